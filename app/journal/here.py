"""What this installation is and how far it has written: the single row of `here`."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.base.ids import random_hex
from app.journal import tables
from app.journal.ops import first_link
from app.store.bulk import all_rows, update_rows


@dataclass(frozen=True, slots=True)
class Here:
    """`n`, `chain`: the last own commit. `skew`: µs to add to the wall clock to guess the center's time. `bound`: the
    `now` of the last answer applied. `acked_n`: up to where the center has it. `safe_n`: up to where it is in a
    verified backup there. `letter`: tells devices of one point apart in readable numbers. `node`: the org node's id."""

    device: str
    epoch: str
    serial: int
    n: int
    chain: bytes
    acked_n: int
    safe_n: int
    skew: int
    bound: int
    last_eff: int
    letter: str
    node: str
    city: str


_NAMES = tuple(Here.__dataclass_fields__)


def found(conn: sa.Connection, *, device: str, letter: str, node: str, city: str, epoch: str | None = None) -> Here:
    """Write the first row: a new installation with a fresh epoch."""
    epoch = epoch or random_hex(8)
    made = Here(device, epoch, 1, 0, first_link(device, epoch), 0, 0, 0, 0, 0, letter, node, city)
    conn.execute(tables.here.insert(), {"one": tables.SELF, **_columns(made)})
    return made


def load_here(conn: sa.Connection) -> Here | None:
    """None where the database belongs to no installation yet."""
    rows = all_rows(conn, tables.here, _NAMES)
    return Here(*rows[0]) if rows else None


def standing(conn: sa.Connection) -> Here:
    """`load_here` of a database that is known to be founded."""
    row = load_here(conn)
    if row is None:
        raise LookupError("this database belongs to no installation yet")
    return row


def save_here(conn: sa.Connection, here: Here) -> None:
    update_rows(conn, tables.here, ("one",), [{"one": tables.SELF, **_columns(here)}])


def _columns(here: Here) -> dict[str, object]:
    return {name: getattr(here, name) for name in _NAMES}
