"""`aidpoint center authority` and `center address`: who vouches for the center, and where devices find it."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from app.base.clock import local, wall_clock
from app.center import tls

Action = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
Opened = Callable[[argparse.Namespace], sa.Engine]
Say = Callable[[argparse.Namespace, Mapping[str, object]], None]


def add_tls(actions: Any, action: Action, opened: Opened, say: Say) -> None:
    """`opened`, `say`: how `center` opens its database and answers."""

    def run_authority(args: argparse.Namespace) -> int:
        engine = opened(args)
        if args.next:
            found = tls.prepare_next(engine, wall_clock)
        elif args.switch:
            found = tls.switch(engine, anyway=args.anyway)
        else:
            found = tls.authorities(engine)
        facts = {name: value for name, value in asdict(found).items() if value is not None}
        ends = found.ends_at if args.json else local(found.ends_at).strftime("%Y-%m-%d")
        say(args, {**facts, "ends_at": ends})
        return 0

    def run_address(args: argparse.Namespace) -> int:
        engine = opened(args)
        found = tls.address(engine) if args.url is None else tls.move_to(engine, args.url, anyway=args.anyway)
        say(args, {name: value for name, value in asdict(found).items() if value is not None})
        return 0

    authority = action(actions, "authority", run_authority, "who vouches for the center, now and next")
    which = authority.add_mutually_exclusive_group()
    which.add_argument("--next", action="store_true", help="make the next one; devices are told from now on")
    which.add_argument("--switch", action="store_true", help="move to the next one; then start the center anew")
    authority.add_argument("--anyway", action="store_true", help="though some devices do not know it yet")
    address = action(actions, "address", run_address, "where devices find the center, and how many know")
    address.add_argument("--url", help="the center is found there from now on; devices are told over TLS alone")
    address.add_argument("--anyway", action="store_true", help="though without TLS nobody can prove it is the center")
