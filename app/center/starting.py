"""What a center does at its start, before it answers: what an older program left undone, and what a kill cut short.

Commits of newer programs were set aside, or taken in without the words nobody here knew; after an upgrade they are
applied by themselves. So are those whose author is known since. An erasing that was cut short is finished. Every worker
may do it: done twice it changes nothing.
"""

from dataclasses import dataclass

from app.center.erase import finish_erasing
from app.center.hub import Hub
from app.center.locks import pass_gate
from app.center.quarantine import set_aside
from app.center.rerun import WAITS, run_again
from app.center.rights import UNKNOWN
from app.journal.apply import apply_unread
from app.store.engine import reading, writing

NEWER = "newer"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """`applied`: commits that were set aside for a newer program; `records`: into which more of what was said came."""

    applied: int
    records: int


def catch_up(hub: Hub) -> CaughtUp:
    """Do what waits for this program. Cheap where nothing does."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        records = sum(1 for _ in apply_unread(conn).pairs())
    with reading(hub.engine) as conn:
        codes = {entry.code for entry in set_aside(conn)}
    tried = frozenset({NEWER, UNKNOWN})
    applied = run_again(hub, codes=tried | {WAITS}).applied if tried & codes else 0
    finish_erasing(hub)
    return CaughtUp(applied, records)
