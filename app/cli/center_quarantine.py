"""`aidpoint center quarantine`: what was acknowledged and not applied, why, what waits on it; to try, accept, drop.

Nothing of what a commit says is shown: its bytes may be about somebody.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.base.clock import local, wall_clock
from app.base.errors import Refused
from app.base.texts import Texts
from app.center import quarantine
from app.center.hub import Hub
from app.center.rerun import run_again
from app.center.telling import codes_now
from app.center.vouching import accept, not_seen, settle_what_came
from app.journal.ops import CommitId, commit_id
from app.store.engine import reading, writing

Action = Callable[..., argparse.ArgumentParser]
Opened = Callable[[argparse.Namespace], sa.Engine]
Say = Callable[[argparse.Namespace, Mapping[str, object]], None]


def add_quarantine(actions: Any, action: Action, opened: Opened, say: Say) -> None:
    def run(args: argparse.Namespace) -> int:
        return _quarantine(args, opened(args), say)

    parser = action(actions, "quarantine", run, "隔离区：列出、再试、收下、不收")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--again", nargs="?", const="", metavar="ID", help="全部再试，或只试这一条")
    what.add_argument("--accept", metavar="ID", help="收下一台设备带回的这一条，或写设备编号收下它的全部")
    what.add_argument("--drop", metavar="ID", help="决定不收这一条；原文和理由留在中心")
    parser.add_argument("--reason", default="", help="不收的理由，写的人会看到")


def _quarantine(args: argparse.Namespace, engine: sa.Engine, say: Say) -> int:
    facts: dict[str, object] = {}
    if args.again is not None:
        hub = Hub(engine)
        facts["applied"] = run_again(hub, _id(args.again, "again") if args.again else None).applied
        settle_what_came(hub)
    if args.accept is not None:
        with reading(engine) as conn:
            ids = not_seen(conn, args.accept) or [_id(args.accept, "accept")]
        facts["applied"] = sum(accept(Hub(engine), id_).taken for id_ in ids)
    if args.drop is not None:
        with writing(engine) as conn:
            quarantine.drop(conn, _id(args.drop, "drop"), args.reason, wall_clock())
    with reading(engine) as conn:
        entries = quarantine.set_aside(conn)
        makers = quarantine.waits_on(conn, entries)
        codes = codes_now(conn, {entry.id: (entry.code, entry.detail) for entry in entries})
    facts["quarantine"] = len(entries)
    entries = [replace(entry, code=codes[entry.id]) for entry in entries]
    told = [_told(entry, makers.get(entry.id, [])) for entry in entries]
    say(args, {**facts, "entries": told} if args.json else facts)
    if not args.json:
        words = Texts()
        for entry, shown in zip(entries, told, strict=True):
            came = local(entry.received_at).strftime("%Y-%m-%d %H:%M")
            print(f"{shown['id']}  {came}  {words.code('SET_ASIDE', entry.code.upper())}  {entry.detail}")
            for maker in makers.get(entry.id, []):
                print(f"    ← {maker.text()}")
    return 0


def _id(text: str, option: str) -> CommitId:
    try:
        return commit_id(text)
    except ValueError:
        raise Refused("no_such_commit", option, commit=text) from None


def _told(entry: quarantine.SetAside, makers: list[CommitId]) -> dict[str, object]:
    return {
        "id": entry.id.text(),
        "device": entry.device,
        "n": entry.n,
        "code": entry.code,
        "detail": entry.detail,
        "received_at": entry.received_at,
        "waits_on": [maker.text() for maker in makers],
    }
