"""`aidpoint point`: a point's data without a screen: enrolling, commands as JSON lines, syncing, status, checks.

`exec` answers a line after the commit is durable and never stops for what it is given; what it does is the runner's.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base import paths
from app.base.clock import Clock
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.cli import bootstrap, point_exec
from app.cli.carrying import add_carrying
from app.cli.parsing import first_line
from app.cli.point_check import OK, check_point
from app.cli.point_status import status_words
from app.features.cases.queries import CaseFilter, case_count
from app.features.inventory.queries import stock_by_code
from app.features.org.queries import load_tree
from app.store.durable import check_place
from app.store.engine import reading
from app.sync.carrying import on_its_way
from app.sync.comparing import repair_round
from app.sync.photos import UNBOUNDED, photo_turn
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.status import Status, status
from app.sync.transport import Declined, Transport

REFUSED, ENVIRONMENT = 1, 3
_TROUBLE = frozenset(
    {"no_network", "name_unknown", "center_away", "line_broken", "time_out", "portal", "not_our_center", "center_busy",
     "center_failed", "certificate_bad", "certificate_name", "authority_unknown", "intercepted", "disk_full",
     "disk_error", "database_locked", "database_damaged"}
)  # fmt: skip
Run = Callable[[argparse.Namespace], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="命令", dest="action", metavar="命令", required=True)
    enroll = _action(actions, "enroll", _enroll, "用启用文件把文件夹建成一个救助点")
    enroll.add_argument("--file", required=True, type=Path, metavar="FILE", help="中心给的启用文件")
    enroll.add_argument("--code", default="", help="一次性启用码，第一次联系中心时用")
    exec_ = _action(actions, "exec", _exec, "每行读一项 JSON 操作，每行答一次", signed_in=False)
    exec_.add_argument("--list", action="store_true", help="列出全部操作和它们的字段")
    _action(actions, "sync", _sync, "和中心同步")
    add_carrying(actions, _action)
    _action(actions, "status", _status, "救助点的情况")
    check = _action(actions, "check", _check, "核对数据是否完好")
    check.add_argument("--with-center", action="store_true", help="并与中心核对，不一致的改过来")
    _action(actions, "backup", _backup, "备份数据，并核对").add_argument(
        "--to", type=Path, metavar="FILE", help="写成哪个文件；不写时放在数据文件夹的备份里"
    )
    restore = _action(actions, "restore", _restore, "用备份换下现在的数据")
    restore.add_argument("--from", dest="source", required=True, type=Path, metavar="FILE", help="哪个备份文件")


def _action(actions: Any, name: str, run: Run, words: str, *, signed_in: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words, description=words)
    parser.add_argument("--data", type=Path, default=paths.default_data() / "point", metavar="DIR", help="数据文件夹")
    parser.add_argument("--user", required=signed_in, metavar="CODE", help="工号")
    parser.add_argument(
        "--password-file", dest="password", required=signed_in, type=first_line, metavar="FILE", help="第一行是密码"
    )
    parser.add_argument("--json", action="store_true", help="用 JSON 回答")
    parser.set_defaults(run=run, usage=parser.error)
    return parser


def _enroll(args: argparse.Namespace) -> int:
    try:
        file = args.file.read_bytes()
    except FileNotFoundError:
        raise Refused("no_such_file", "file", file=str(args.file)) from None
    except OSError:
        raise Refused("enrolment_unreadable", "file") from None
    bootstrap.create_point(args.data, file, args.user, args.password, code=args.code)
    with bootstrap.open_point(args.data, args.user, args.password, to_write=False) as session:
        facts = bootstrap.facts_of(session)
    _say(args, {"enrolled": True, **facts}, f"{facts['city']}：这台电脑已启用，设备字母 {facts['letter']}。")
    return 0


def _exec(args: argparse.Namespace) -> int:
    if args.list:
        print(point_exec.listing())
        return 0
    if args.user is None or args.password is None:
        args.usage("还缺 --user 和 --password-file")
    with bootstrap.open_point(args.data, args.user, args.password) as session:
        return point_exec.serve(session.runner, session.actor, sys.stdin.buffer, sys.stdout.buffer)


def _sync(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password) as session:
        session.follow_center()
        transport = session.transport()
        try:
            report = sync_round(session.engine, transport, clock=session.clock, sentinel=session.sentinel)
            photos = None if report.error else photo_turn(session.engine, transport, budget=UNBOUNDED)
        finally:
            transport.close()
    told = {name: getattr(report, name) for name in RoundReport.__dataclass_fields__ if name != "changes"}
    told["changes"] = {kind: len(ids) for kind, ids in report.changes.ids.items()}
    texts = Texts()
    if photos is not None:
        told |= {"photos_sent": photos.sent, "photos_received": photos.received, "photos_waiting": photos.waiting}
        told["photo_error"] = photos.error
    if not report.error:
        words = f"同步完成：送出 {report.sent} 条，收到 {report.received} 条"
        words += f"，{report.conflicts} 处内容不一致，请核对。" if report.conflicts else "。"
        words += f"还有 {told['photos_waiting']} 张照片待送出。" if told["photos_waiting"] else ""
        _say(args, told, words)
        return 0
    told["words"] = _said_once(texts, report.error, report.facts)
    _say(args, told, told["words"])
    return ENVIRONMENT if report.error in _TROUBLE else REFUSED


def _said_once(texts: Texts, code: str, facts: Mapping[str, Any]) -> str:
    """Why there was no exchange. Nothing here tries again by itself, as the desktop does: some words are others."""
    known = (each for each in (f"{code}_once", code, "center_refused") if texts.knows_refusal(each))
    return texts.refusal(next(known), **facts)


def _status(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password, to_write=False) as session:
        now = session.clock()
        with reading(session.engine) as conn:
            found = status(conn, load_tree(conn), now)
            cases, carried = case_count(conn, CaseFilter()), on_its_way(conn)
            told = {**_told(found), "cases": cases, "stock": stock_by_code(conn, found.node)}
    told["on_its_way"] = None if carried is None else asdict(carried)
    _say(args, told, status_words(Texts(), found, carried, cases, now))
    return 0


def _told(found: Status) -> dict[str, Any]:
    """One flat object; the rounds as a list of objects."""
    told = asdict(found)
    return {**told.pop("standing"), **told}


def _check(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password, to_write=args.with_center) as session:
        found, center = check_point(session.engine), None
        if args.with_center:
            with closing(session.transport()) as transport:
                center = _compared(session.engine, transport, session.clock)
    wrong = "；".join(f"{name} {answer}" for name, answer in found.items() if answer != OK)
    told = {"ok": not wrong and (center is None or not center.differs), **found}
    words = f"数据有问题，请联系管理员：{wrong}。" if wrong else "数据完好。"
    if center is not None:
        told |= {"center": center.answer, "center_trouble": center.trouble}
        words += center.words
    _say(args, told, words)
    if not told["ok"]:
        return ENVIRONMENT
    if center is None or not center.trouble:
        return 0
    return ENVIRONMENT if center.trouble in _TROUBLE else REFUSED


@dataclass(frozen=True, slots=True)
class _Center:
    """What comparing with the center gave. `trouble`: the code of why nothing was compared, which says nothing of the
    data."""

    answer: str
    words: str
    trouble: str = ""

    @property
    def differs(self) -> bool:
        return self.answer == "differs"


def _compared(engine: sa.Engine, transport: Transport, clock: Clock) -> _Center:
    try:
        compared = repair_round(engine, transport, clock=clock)
    except (Declined, Environment) as trouble:
        words = _said_once(Texts(), trouble.code, trouble.facts)
        return _Center("not_compared", f"没有与中心核对：{words}", trouble.code)
    if not compared.even:
        return _Center("differs", "与中心核对后仍有不一致，请联系管理员。")
    mended = compared.renewed + compared.dropped
    if mended:
        return _Center(f"mended {mended}", f"有 {mended} 条与中心不一致，已按中心的内容改正，请再检查一次。")
    return _Center(OK, "与中心一致。")


def _backup(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password, to_write=False) as session:
        target = args.to or args.data / bootstrap.BACKUPS / f"{session.clock()}.db"
        if args.to is not None:
            check_place(target)
        bootstrap.back_up(session, target)
    _say(args, {"file": str(target)}, f"已备份到 {target}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    kept = bootstrap.put_back(args.data, args.source, args.user, args.password)
    words = "已用备份恢复。" + ("" if kept is None else f"原来的数据存为 {kept}")
    _say(args, {"restored": True, "kept": None if kept is None else str(kept)}, words)
    return 0


def _say(args: argparse.Namespace, told: Mapping[str, Any], words: str) -> None:
    print(json.dumps(told, ensure_ascii=False) if args.json else words)
