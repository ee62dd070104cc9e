"""`aidpoint center take`: files that points packed are taken, and answered by files to carry back.

A folder stands for the files in it, or in its own folder of them as a stick has one. Not here: the points' end
(`carrying.py`).
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.center.carrying import check_answers_fit, requests_at, take_into
from app.center.hub import Hub
from app.cli.parsing import add_files
from app.sync.folders import folder_at

REFUSED, ENVIRONMENT = 1, 3
Run = Callable[[argparse.Namespace], int]
Action = Callable[[Any, str, Run, str], argparse.ArgumentParser]
"""Adds a subcommand with what all of its kind have."""


def add_carrying(actions: Any, action: Action, opened: Callable[[argparse.Namespace], sa.Engine]) -> None:
    def run(args: argparse.Namespace) -> int:
        return _take(args, opened(args))

    take = action(actions, "take", run, "收下各点带来的文件，写出带回去的回执")
    take.add_argument(
        "--in", dest="source", required=True, type=Path, metavar="FILE|DIR", help="各点带来的文件，或它们的文件夹"
    )
    take.add_argument("--out", required=True, type=Path, metavar="FILE|DIR", help="回执写在哪里")
    add_files(take)


def _take(args: argparse.Namespace, engine: sa.Engine) -> int:
    hub = Hub(engine, files=args.files)
    found, out = requests_at(hub, args.source), folder_at(args.out)
    check_answers_fit(out, found)
    files = [_take_one(hub, path, out) for path in found]
    if args.json:
        print(json.dumps({"files": files}, ensure_ascii=False))
    else:
        for told in files:
            print(f"{told['file']}: {told['words']}")
    if any(told["environment"] for told in files):
        return ENVIRONMENT
    return REFUSED if any(told["refused"] or told["declined"] for told in files) else 0


def _take_one(hub: Hub, path: Path, out: Path) -> dict[str, Any]:
    """One file that is wrong, or cannot be read, never keeps the others."""
    texts = Texts()
    try:
        answer, taken = take_into(hub, path, out)
    except (Refused, Environment) as why:
        words, is_trouble = texts.refusal(why.code, **why.facts), isinstance(why, Environment)
        return {"file": str(path), "refused": why.code, "declined": "", "words": words, "environment": is_trouble}
    whose = f"{taken.point} {taken.letter}" if taken.point else f"还没有接纳的电脑 {taken.device}"
    words = f"{whose} 收到 {taken.commits} 条"
    words += f"，其中 {taken.aside} 条暂存" if taken.aside else ""
    words += f"，带回 {taken.pages} 条，{answer}"
    if taken.declined:
        code = taken.declined if texts.knows_refusal(taken.declined) else "center_refused"
        words += f"。{texts.refusal(code)}"
    told = {"file": str(path), "answer": str(answer), "refused": "", "words": words, "environment": False}
    return {**told, **asdict(taken)}
