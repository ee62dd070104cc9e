"""`aidpoint center`: bring a city's center up, serve it, enroll devices, engage people, see how it stands."""

import argparse
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.clock import wall_clock
from app.base.errors import Refused
from app.base.texts import Texts
from app.center import admin
from app.center.hub import Hub
from app.center.serve import PHOTO_SPACE_VARIABLE, serve
from app.center.starting import catch_up, tidy, write_down
from app.center.tls import checked_url, ready_to_serve
from app.center.workers import workers_of
from app.cli.center_backup import add_backup
from app.cli.center_carrying import add_carrying
from app.cli.center_erase import add_erase
from app.cli.center_quarantine import add_quarantine
from app.cli.center_status import device_lines, not_in_a_backup
from app.cli.center_tls import add_tls
from app.cli.parsing import add_files
from app.features.codes import ROLE
from app.features.registry import load_features
from app.store.durable import check_place, write_durably
from app.store.engine import file_of, open_center
from app.store.upgrade import revision_of, upgrade

MOST_PORT = 65_535
Run = Callable[[argparse.Namespace], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="命令", dest="action", metavar="命令", required=True)
    init = _action(actions, "init", _init, "把空的数据库建成市中心")
    init.add_argument("--city", required=True, metavar="NAME", help="市救助管理站的名称")
    init.add_argument("--url", required=True, help="各设备连接中心的地址")
    init.add_argument("--code", default=admin.CITY_CODE, help="市中心自己的点位码")
    init.add_argument("--admin", default=admin.FIRST_ADMIN, metavar="CODE", help="管理员的工号")
    run = _action(actions, "serve", _serve, "为全市的设备提供同步服务")
    run.add_argument("--host", default="127.0.0.1", help="在哪个地址上听；0.0.0.0 是全部（127.0.0.1）")
    run.add_argument("--port", type=int, default=8750, help="端口；0 由系统选一个空的（8750）")
    run.add_argument("--workers", type=int, metavar="N", help="几个进程（PostgreSQL：每个处理器一个；文件：1）")
    add_files(run)
    run.add_argument("--photo-space", type=int, metavar="GIB", help="全部照片最多占多少")
    enroll = _action(actions, "enroll", _enroll, "为一台新设备生成启用文件和一次性启用码")
    enroll.add_argument("--node", required=True, metavar="CODE", help="哪个点位")
    enroll.add_argument("--out", required=True, type=Path, metavar="FILE", help="写成哪个文件")
    user = _action(actions, "user", _user, "在一个点位登记一名工作人员")
    user.add_argument("--code", required=True, help="登录用的工号")
    user.add_argument("--name", required=True, help="姓名")
    user.add_argument("--role", required=True, choices=ROLE.codes, metavar="ROLE", help=_roles())
    user.add_argument("--node", required=True, metavar="CODE", help="哪个点位")
    revoke = _action(actions, "revoke", _revoke, "撤销一台设备")
    revoke.add_argument("--device", required=True, metavar="ID", help="设备编号，见 center status")
    add_files(revoke)
    add_tls(actions, _action, _opened, _say)
    _action(actions, "status", _status, "中心和各设备的情况")
    add_quarantine(actions, _action, _opened, _say)
    add_backup(actions, _action, _opened, _say)
    add_carrying(actions, _action, _opened)
    add_erase(actions, _action, _opened, _say)


def _action(actions: Any, name: str, run: Run, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words)
    parser.add_argument("--database", required=True, metavar="URL", help="postgresql://… 或 sqlite:///路径")
    parser.add_argument("--json", action="store_true", help="用 JSON 回答")
    parser.set_defaults(run=run)
    return parser


def _roles() -> str:
    texts = Texts()
    return "，".join(f"{code} {texts.code(ROLE.name, code)}" for code in ROLE.codes)


def _opened(args: argparse.Namespace, *, make: bool = False) -> sa.Engine:
    """The center's database, brought to what this program knows. Only with `make` is one made of what is none yet.

    Raises `Refused` as `open_center`, and "center_missing".
    """
    load_features()
    engine = open_center(args.database, make=make)
    if not make and revision_of(engine) is None:
        raise Refused("center_missing", "database")
    file = file_of(engine)
    upgrade(engine, file.parent if file else None)
    return engine


def _init(args: argparse.Namespace) -> int:
    url = checked_url(args.url)
    engine = _opened(args, make=True)
    node = admin.init_center(engine, args.city, url, code=args.code, admin=args.admin)
    _say(args, {"city": args.city, "url": args.url, "node": args.code, "node_id": node, "user": args.admin})
    return 0


def _serve(args: argparse.Namespace) -> int:
    _check_numbers(args)
    engine = _opened(args)
    admin.check_set_up(engine)
    ready_to_serve(engine, wall_clock)
    hub = Hub(engine, files=args.files)
    catch_up(hub)
    tidy(hub)
    write_down(hub)
    if args.photo_space is not None:
        os.environ[PHOTO_SPACE_VARIABLE] = str(args.photo_space)
    engine.dispose()

    def tell(line: str) -> None:
        print(line, flush=True)

    serve(args.database, args.host, args.port, workers_of(args.database, args.workers), tell, args.files)
    return 0


def _check_numbers(args: argparse.Namespace) -> None:
    if not 0 <= args.port <= MOST_PORT:
        raise Refused("number_out_of_range", "port", option="--port", least=0, most=MOST_PORT)
    for option in ("workers", "photo_space"):
        number = getattr(args, option)
        if number is not None and number < 1:
            raise Refused("number_too_small", option, option="--" + option.replace("_", "-"), least=1)


def _enroll(args: argparse.Namespace) -> int:
    check_place(args.out)
    file, code = admin.enroll(_opened(args), args.node)
    write_durably(args.out, file)
    _say(args, {"file": str(args.out), "node": args.node, "code": code})
    return 0


def _user(args: argparse.Namespace) -> int:
    id_ = admin.engage(_opened(args), code=args.code, name=args.name, role=args.role, node_code=args.node)
    _say(args, {"user": args.code, "id": id_, "node": args.node, "role": args.role})
    return 0


def _revoke(args: argparse.Namespace) -> int:
    admin.revoke_device(_opened(args), args.device, files=args.files)
    _say(args, {"device": args.device, "status": "REVOKED"})
    return 0


def _status(args: argparse.Namespace) -> int:
    found = admin.status(_opened(args))
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    devices = found.pop("devices")
    found.pop("streams")
    _say(args, {**found, "devices": len(devices), "not_in_a_backup": not_in_a_backup(devices)})
    if devices:
        print("\n".join(device_lines(Texts(), devices)))
    return 0


def _say(args: argparse.Namespace, facts: Mapping[str, object]) -> None:
    if args.json:
        print(json.dumps(dict(facts), ensure_ascii=False))
        return
    words = Texts()
    for name, value in facts.items():
        print(f"{words.field(name, 'center')}: {value}")
