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

    authority = action(actions, "authority", run_authority, "现在和下一个证书机构")
    which = authority.add_mutually_exclusive_group()
    which.add_argument("--next", action="store_true", help="预备下一个，各设备从此得知")
    which.add_argument("--switch", action="store_true", help="换到下一个，然后重新启动中心")
    authority.add_argument("--anyway", action="store_true", help="还有设备不知道，也照换")
    address = action(actions, "address", run_address, "各设备连接中心的地址，有几台已经知道")
    address.add_argument("--url", help="今后的地址；只有加密连接的设备会得知")
    address.add_argument("--anyway", action="store_true", help="不加密就谁都可以冒充中心，也照换")
