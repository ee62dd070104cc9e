"""Epochs: numbers of own commits must never be given twice, so a file that was put back begins a new epoch.

What the past epoch holds unsent is still sent, in that epoch; what the center has of it and the file has not comes
back with the next page. Where the center has another history of the epoch, `reissue.py` takes what it has not.
"""

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.ids import random_hex
from app.journal.here import Here, save_here, standing
from app.journal.ops import CommitId, first_link
from app.journal.renumber import change_serial
from app.sync.protocol import PageCommit
from app.sync.sentinel import Sentinel, is_behind
from app.sync.state import change_state, load_state
from app.sync.tables import past_epoch

PUT_BACK, FORKED, CENTER_RESTORED = "told_put_back", "told_forked", "told_center_restored"
"""What made this device begin anew: its file was put back; the center had another history of it; the center itself was
put back. They have words in `resources/text`."""


def begin_epoch(conn: sa.Connection, after_serial: int = 0) -> Here:
    """Close the present epoch at its last commit and begin another, which writes n = 1 next.

    `after_serial`: the latest serial known to have been used, also by files this one has replaced. Readable numbers
    get a letter of their own: the series in the file may have been put back too.
    """
    here = standing(conn)
    values = {"epoch": here.epoch, "serial": here.serial, "n": here.n, "chain": here.chain}
    conn.execute(past_epoch.insert(), {**values, "acked_n": min(here.acked_n, here.n), "safe_n": here.safe_n})
    made, serial = random_hex(8), max(here.serial, after_serial) + 1
    begun = replace(
        here,
        epoch=made,
        serial=serial,
        n=0,
        chain=first_link(here.device, made),
        acked_n=0,
        safe_n=0,
        letter=_letter(here.letter, serial),
    )
    save_here(conn, begun)
    return begun


def begin_where_put_back(conn: sa.Connection, sentinel: Sentinel, now: int) -> bool:
    """At opening: begin a new epoch where the sentinel knows of more than this database. `now`: wall time, µs."""
    mark = sentinel.read()
    if mark is None or not is_behind(standing(conn), mark):
        return False
    begin_epoch(conn, mark.serial)
    tell(conn, PUT_BACK, now)
    return True


def leave_where_it_went_on(conn: sa.Connection, told: Iterable[PageCommit | CommitId], now: int) -> None:
    """Begin a new epoch where the present one has later commits that were not written here: another laptop goes on with
    a copy of this disk, and the next number is taken. `now`: wall time, µs."""
    here = standing(conn)
    if any((one.device, one.epoch) == (here.device, here.epoch) and one.n > here.n for one in told):
        begin_epoch(conn)
        tell(conn, PUT_BACK, now)


def tell(conn: sa.Connection, what: str, now: int) -> None:
    """Keep for people what happened. `what`: one of the words above."""
    if load_state(conn) is not None:
        change_state(conn, told=what, told_at=now)


def take_serials_after(conn: sa.Connection, epoch: str, serial: int) -> Changes:
    """The center does not know `epoch` and has given serials up to `serial`: it and the ones after it move up."""
    here = standing(conn)
    p = past_epoch.c
    ours = [(row.epoch, row.serial) for row in conn.execute(sa.select(p.epoch, p.serial).order_by(p.serial))]
    changes = Changes()
    following = [*ours, (here.epoch, here.serial)]
    at = next((at for at, (name, _) in enumerate(following) if name == epoch), len(following))
    for name, known in following[at:]:
        serial = max(serial + 1, known)
        if serial != known:
            changes = changes | set_serial(conn, name, serial)
    return changes


def set_serial(conn: sa.Connection, epoch: str, serial: int) -> Changes:
    """Give an epoch of this device the serial it is to have; the present one writes under another letter then."""
    here = standing(conn)
    if epoch == here.epoch:
        save_here(conn, replace(here, serial=serial, letter=_letter(here.letter, serial)))
    else:
        conn.execute(past_epoch.update().where(past_epoch.c.epoch == epoch).values(serial=serial))
    return change_serial(conn, here.device, epoch, serial)


def _letter(letter: str, serial: int) -> str:
    return f"{letter.rstrip('0123456789')}{serial}"
