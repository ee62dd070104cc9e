"""Exchanges carried by hand, from the command line: `point pack` and `point unpack`.

A folder stands for the files in it, or in its own folder of them as a stick has one. Not here: the center's end
(`center_carrying.py`).
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from app.base.texts import Texts
from app.cli import bootstrap
from app.journal.here import standing
from app.store.engine import reading
from app.sync.answers import Unread, note_answered, read_each
from app.sync.carrying import pack_into
from app.sync.folders import answers_at, folder_at
from app.sync.state import enrolled
from app.sync.unpacking import Unpacked, unpack_file

REFUSED = 1
Action = Callable[[Any, str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
"""Adds a subcommand with what all of its kind have."""


def add_carrying(actions: Any, action: Action) -> None:
    pack = action(actions, "pack", _pack, "把中心还没有的装成一个文件，带到中心去")
    pack.add_argument("--to", required=True, type=Path, metavar="DIR|FILE", help="写在哪里：优盘的文件夹，或文件名")
    unpack = action(actions, "unpack", _unpack, "读入中心给的回执")
    unpack.add_argument("file", type=Path, metavar="FILE|DIR", help="回执，或放着它的文件夹")


def _pack(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password) as session:
        path, packed = pack_into(session.engine, folder_at(args.to), clock=session.clock, sentinel=session.sentinel)
    told = {"file": str(path), "commits": packed.commits, "bytes": packed.size}
    words = f"已装好：{packed.commits} 条记录，{path}。中心还没有收到，请带到中心去读，再把中心给的文件带回来。"
    _say(args, told, words)
    return 0


def _unpack(args: argparse.Namespace) -> int:
    with bootstrap.open_point(args.data, args.user, args.password) as session:
        with reading(session.engine) as conn:
            identity = enrolled(conn).identity(standing(conn).device)

        def take(file: BinaryIO) -> Unpacked:
            got = unpack_file(session.engine, file, clock=session.clock)
            note_answered(session.engine, got)
            return got

        answers = answers_at(args.file, identity.device, identity.public_seal_key())
        return max(_tell(args, path, got) for path, got in read_each(answers, take))


def _tell(args: argparse.Namespace, path: Path, got: Unpacked | Unread) -> int:
    """What one file came to; gives the exit code. Where others could be read, one that could not be asks for none."""
    if not isinstance(got, Unpacked):
        words = Texts().refusal(got.code, **got.facts)
        _say(args, {"file": str(path), "refused": got.code, "words": words}, f"{path.name}：{words}")
        return 0
    told = {name: getattr(got, name) for name in Unpacked.__dataclass_fields__ if name != "changes"}
    words = _words(got)
    _say(args, {"file": str(path), "refused": "", **told, "words": words}, words)
    return REFUSED if got.error else 0


def _words(got: Unpacked) -> str:
    texts = Texts()
    if got.error:
        code = got.error if texts.knows_refusal(got.error) else "center_refused"
        return texts.refusal(code, **got.facts)
    if got.brought_nothing:
        words = "没有新内容：这个文件已经读过，或比本机旧。" if got.is_old else "没有新内容，已与中心一致。"
    else:
        words = f"已读入：中心确认收到本机 {got.acked} 条，带来 {got.received} 条。"
    words += f"有 {got.verdicts} 条中心暂存待处理。" if got.verdicts else ""
    words += f"中心还有约 {got.behind} 条没装下，请再带一次。" if got.behind else ""
    return words + (f"本机还有 {got.unsent} 条中心没有收到。" if got.unsent else "")


def _say(args: argparse.Namespace, told: Mapping[str, Any], words: str) -> None:
    print(json.dumps(told, ensure_ascii=False) if args.json else words)
