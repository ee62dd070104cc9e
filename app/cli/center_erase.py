"""`aidpoint center erase`: a record goes, by law, from the center and from every device.

Nothing of what it said is shown. Not here: backups and copies made before, which hold it still.
"""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from app.center.erase import erase
from app.center.hub import Hub
from app.cli.parsing import add_files

Action = Callable[..., argparse.ArgumentParser]
Opened = Callable[[argparse.Namespace], sa.Engine]
Say = Callable[[argparse.Namespace, Mapping[str, object]], None]


def add_erase(actions: Any, action: Action, opened: Opened, say: Say) -> None:
    def run(args: argparse.Namespace) -> int:
        done = erase(Hub(opened(args), files=args.files), args.kind, args.record, args.write)
        say(args, {"commit": done.commit, "erased": len(done.records)})
        return 0

    parser = action(actions, "erase", run, "依法删除一条记录和挂在它下面的内容")
    parser.add_argument("--kind", required=True, help="哪一类记录：person、case、encounter……")
    parser.add_argument("--record", required=True, metavar="ID", help="记录的编号")
    parser.add_argument("--write", action="append", default=[], metavar="ID", help="只删这一次写入的内容")
    add_files(parser)
