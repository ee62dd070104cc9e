"""`aidpoint center backup` and `center restore`: everything in one sealed file, and back again."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.clock import local
from app.center.backup import Backup, back_up, read_lines
from app.center.hub import Hub
from app.center.restore import restore, say_put_back, stands_since
from app.cli.parsing import add_files, first_line
from app.store.durable import check_place
from app.store.engine import reading

Action = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
Opened = Callable[..., sa.Engine]
Say = Callable[[argparse.Namespace, Mapping[str, object]], None]


def add_backup(actions: Any, action: Action, opened: Opened, say: Say) -> None:
    """`opened`, `say`: how `center` opens its database and answers. What is asked for is looked at before that."""

    def run_backup(args: argparse.Namespace) -> int:
        check_place(args.to)
        made = back_up(Hub(opened(args)), args.to, args.passphrase)
        say(args, {"backup": str(args.to), **_facts(args, made)})
        return 0

    def run_restore(args: argparse.Namespace) -> int:
        if args.put_back:
            hub = Hub(opened(args), files=args.files)
            seq = say_put_back(hub)
            with reading(hub.engine) as conn:
                since = _at(args, stands_since(conn))
            say(args, {"seq": seq, **_to_do_again(since)})
            return 0
        if args.passphrase is None:
            args.usage("还缺 --passphrase-file")
        next(read_lines(args.source, args.passphrase))  # its first line opens, so it is a backup and this its secret
        made = restore(Hub(opened(args, make=True), files=args.files), args.source, args.passphrase)
        since = _at(args, made.about.made_at)
        say(args, {"backup": str(args.source), **_facts(args, made), **_to_do_again(since)})
        return 0

    backup = action(actions, "backup", run_backup, "把全部内容写成一个密封的文件，并读回核对")
    backup.add_argument("--to", required=True, type=Path, metavar="FILE", help="写成哪个文件")
    _add_passphrase(backup, required=True)
    back = action(actions, "restore", run_restore, "从备份恢复到空的数据库；缺的由各设备再送来")
    which = back.add_mutually_exclusive_group(required=True)
    which.add_argument("--from", dest="source", type=Path, metavar="FILE", help="哪个备份文件")
    which.add_argument("--put-back", action="store_true", help="数据库已用别的工具恢复，只说一声")
    _add_passphrase(back, required=False)
    add_files(back)
    back.set_defaults(usage=back.error)


def _add_passphrase(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--passphrase-file", dest="passphrase", required=required, type=first_line, metavar="FILE",
        help="第一行是备份的口令",
    )  # fmt: skip


def _facts(args: argparse.Namespace, made: Backup) -> dict[str, object]:
    about = made.about
    return {"city": about.city, "made_at": _at(args, about.made_at), "seq": about.seq, "rows": made.rows}


def _to_do_again(since: object) -> dict[str, object]:
    """What stands beside the photos is done again by itself; where that folder is lost too, by whoever reads this."""
    return {"revoke_since": since, "erase_since": since}


def _at(args: argparse.Namespace, at: int) -> object:
    return at if args.json else local(at).strftime("%Y-%m-%d %H:%M")
