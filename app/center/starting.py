"""What a center does at its start, before it answers: what an older program left undone, and what a kill cut short.

Commits of newer programs were set aside, or taken in without the words nobody here knew; after an upgrade they are
applied by themselves. So are those whose author is known since. An erasing that was cut short is finished, and what is
written down beside the photos is done again where the database does not know it. Every worker may do it: done twice it
changes nothing.
"""

from dataclasses import dataclass

from app.center.erase import finish_erasing
from app.center.erased import keep_erased
from app.center.files import drop_old_parts, drop_unreferenced
from app.center.hub import Hub
from app.center.kept import keep_taken
from app.center.locks import pass_gate
from app.center.quarantine import set_aside
from app.center.rerun import let_in, run_again
from app.center.restore import do_again
from app.center.revoked import keep_revoked, keep_used
from app.journal.apply import apply_unread
from app.store.durable import on_disk
from app.store.engine import reading, writing

NEWER = "newer"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """`applied`: commits that were set aside for a newer program; `records`: into which more of what was said came."""

    applied: int
    records: int


def catch_up(hub: Hub) -> CaughtUp:
    """Do what waits for this program. Cheap where nothing does. Raises `Refused`: "photos_elsewhere" where something is
    to be erased from another folder, "erased_unreadable"."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        do_again(conn, hub)
        records = sum(1 for _ in apply_unread(conn).pairs())
    with reading(hub.engine) as conn:
        codes = {entry.code for entry in set_aside(conn)}
    applied = run_again(hub, codes={NEWER}).applied if NEWER in codes else 0
    applied += let_in(hub, most=None).applied
    finish_erasing(hub)
    return CaughtUp(applied, records)


def tidy(hub: Hub) -> None:
    """Take out of the folder what a kill left there, also a photo whose record was erased while it was kept, and pieces
    whose rest never came. Nobody is served here yet."""
    hub.content.drop_unfinished()
    keep_taken(hub)
    drop_unreferenced(hub)
    drop_old_parts(hub)


def write_down(hub: Hub) -> None:
    """Keep beside the photos what must outlive the database. Who serves knows where that is, and makes the folder."""
    with on_disk():
        hub.content.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_revoked(hub)
    keep_used(hub)
    keep_erased(hub)
