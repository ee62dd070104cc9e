"""`aidpoint demo`: a center, a sample city and a point that has been at work for months, all on this computer.

Safe to run again: what is there is used again. Nothing leaves the computer, and nothing in it is real.
"""

import argparse
import json
import os
import sys
from functools import partial
from pathlib import Path

from app.base import paths
from app.base.clock import wall_clock
from app.cli.folder_lock import locked
from app.cli.sample.folder import ENROLMENT, IN_USE, Demo, open_demo_center, prepare, prepare_point
from app.cli.sample.served import served
from app.features.registry import load_features
from app.store.durable import on_disk


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=paths.default_data() / "demo", metavar="DIR", help="数据文件夹")
    parser.add_argument("--for", dest="for_s", type=float, metavar="S", help="过这么多秒就全部关掉")
    parser.add_argument("--shots", type=Path, metavar="DIR", help="把每个画面存成图片，然后结束")
    parser.add_argument("--screen", action="append", metavar="NAME", help="只画这一种尺寸，例如 768-100-light")
    parser.add_argument("--point", metavar="CODE", help="坐在城市的这个点位")
    parser.add_argument("--seed", type=int, metavar="N", help="换一座城市")
    parser.add_argument("--points", type=int, metavar="N", help="城市一共有几个点位（136）")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    load_features()
    with on_disk():
        args.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(args.data / IN_USE):
        demo = prepare(args.data, args.seed, args.points, wall_clock)
        node = demo.node(args.point)
        center = open_demo_center(demo)
        try:
            with served(center, demo.choice.port):
                user = prepare_point(demo, center, node, wall_clock)
                return _show(args, demo, demo.point(node), user)
        finally:
            center.dispose()


def _show(args: argparse.Namespace, demo: Demo, data: Path, user: str) -> int:
    from app.cli.desktop import run_desktop

    if args.shots is not None:
        _tell(demo, data, user)
        return _draw(args.shots, args.screen, demo, data)
    return run_desktop(data, user, demo.password(), args.for_s, partial(_tell, demo, data, user))


def _draw(folder: Path, wanted: list[str] | None, demo: Demo, data: Path) -> int:
    from app.cli.drawing import copies_of
    from app.desktop.shots.stage import SCREENS
    from app.desktop.shots.tour import draw

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with copies_of(data, data / ENROLMENT, demo.password()) as copies:
        draw(folder, copies.stage, tuple(screen for screen in SCREENS if not wanted or screen.name in wanted))
    return 0


def _tell(demo: Demo, data: Path, user: str) -> None:
    """One line for whoever started this: what to reach, and how."""
    facts = {
        "ready": True,
        "url": demo.url,
        "data": str(data),
        "user": user,
        "password_file": str(demo.password_file),
        "database": f"sqlite:///{demo.database}",
    }
    print(json.dumps(facts, ensure_ascii=False), flush=True)
