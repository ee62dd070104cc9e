"""`aidpoint center erase`: a record goes, by law, from the center and from every device.

Nothing of what it said is shown. Not here: backups and copies made before, which hold it still.
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.center.erase import erase
from app.center.hub import Hub

Action = Callable[..., argparse.ArgumentParser]
Opened = Callable[[argparse.Namespace], sa.Engine]
Say = Callable[[argparse.Namespace, Mapping[str, object]], None]


def add_erase(actions: Any, action: Action, opened: Opened, say: Say) -> None:
    def run(args: argparse.Namespace) -> int:
        done = erase(Hub(opened(args), files=args.files), args.kind, args.record, args.write)
        say(args, {"commit": done.commit, "erased": len(done.records)})
        return 0

    parser = action(actions, "erase", run, "erase a record and what hangs on it, by law")
    parser.add_argument("--kind", required=True, help="person, case, encounter, …")
    parser.add_argument("--record", required=True, metavar="ID")
    parser.add_argument("--write", action="append", default=[], metavar="ID", help="only what this write said of it")
    parser.add_argument("--files", type=Path, metavar="DIR", help="where photos stand; by default beside the database")
