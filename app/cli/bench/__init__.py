"""`aidpoint bench`: how fast it is, against a floor measured in the same run on the same machine.

The floors do what nothing can do without: bare inserts, bare posts, an empty window. They hold no history, check no
signature, encrypt nothing: a limit, not a product. Where nothing else is said a figure is a median of repeats, floor
and ours in turn. The last line printed is one JSON object; `over_goal` names what is slower than `GOALS` allows.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from app.features.registry import load_features

ACTIONS = {
    "start": "从启动到窗口可用",
    "apply": "保存：一条条和成批",
    "sync": "同步：第一次上传、第一次下载、少量和空的一轮",
    "search": "列表、筛选和按字词查找",
}
LOADED = {
    "load": "全市同一个中心：尽快送，再加早上九点一起来",
    "exchange": "中心历史很多时，一次往来的代价",
}
DEVICES, CONNECTIONS, HERD_CONNECTIONS = 7_412, 8, 64
SIZES = (10_000, 100_000, 1_000_000)
RECORDS = {"start": 1_000, "apply": 10_000, "sync": 10_000, "search": 10_000}
REPEATS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="命令", dest="action", metavar="命令", required=True)
    for name, words in ACTIONS.items():
        action = actions.add_parser(name, help=words, description=words)
        action.add_argument(
            "--records", type=int, default=RECORDS[name], metavar="N", help=f"几条（{RECORDS[name]:,}）"
        )
        action.add_argument("--repeats", type=int, default=REPEATS, metavar="N", help=f"测几遍（{REPEATS}）")
        action.add_argument("--json", action="store_true", help="只输出 JSON 一行")
        action.set_defaults(run=_run)
    for name, words in LOADED.items():
        action = actions.add_parser(name, help=words, description=words)
        action.add_argument("--database", metavar="URL", help="空的 postgresql://…；不写时新建一个文件")
        action.add_argument("--workers", type=int, metavar="N", help="同 center serve")
        action.add_argument("--json", action="store_true", help="只输出 JSON 一行")
        action.set_defaults(run=_run_loaded)
        if name == "load":
            action.add_argument("--devices", type=int, default=DEVICES, metavar="N", help=f"几台设备（{DEVICES:,}）")
            action.add_argument(
                "--connections", type=int, default=CONNECTIONS, metavar="N", help=f"几条连接（{CONNECTIONS}）"
            )
            action.add_argument(
                "--herd-connections",
                type=int,
                default=HERD_CONNECTIONS,
                metavar="N",
                help=f"九点时几条连接（{HERD_CONNECTIONS}）",
            )
        else:
            action.add_argument(
                "--commits", type=int, nargs="+", default=SIZES, metavar="N", help="中心已有几条，由少到多"
            )


def _run(args: argparse.Namespace) -> int:
    _take_all_along()
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    load_features()
    module = importlib.import_module(f"app.cli.bench.{args.action}")
    with tempfile.TemporaryDirectory(prefix="aidpoint-bench-") as folder:
        figures = module.measure(Path(folder), max(1, args.records), max(1, args.repeats))
    return _say(args, {"records": args.records, "repeats": args.repeats}, figures)


def _run_loaded(args: argparse.Namespace) -> int:
    _take_all_along()
    load_features()
    module = importlib.import_module(f"app.cli.bench.{args.action}")
    with tempfile.TemporaryDirectory(prefix="aidpoint-bench-") as folder:
        figures = module.measure(Path(folder), args)
    return _say(args, {}, figures)


def _take_all_along() -> None:
    """Whoever ends the bench ends what it started too: leaving by an error stops every process it waits for."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))


def _say(args: argparse.Namespace, asked: dict[str, Any], figures: dict[str, Any]) -> int:
    from app.cli.bench.goals import over_goal

    found = {"bench": args.action, **asked, **figures, "over_goal": over_goal(figures["judged"])}
    if not args.json:
        for name, value in figures.items():
            if name != "judged":
                print(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    print(json.dumps(found, ensure_ascii=False))
    return 0
