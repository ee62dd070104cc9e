"""Where a point stands with its center: the single row of `sync_state`, read and written whole or in part."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.clock import DAY
from app.journal.here import standing
from app.store.bulk import all_rows, update_rows
from app.sync import tables
from app.sync.identity import Identity
from app.sync.pins import are_pins, speaks_tls

NEVER_COMPARED = 0
"""Of `compared_at`: due, whenever the last time was."""


@dataclass(frozen=True, slots=True)
class SyncState:
    """See `app.sync.tables.sync_state` for what the fields mean."""

    city: str
    city_name: str
    url: str
    pins: str
    city_sign_key: bytes
    city_seal_key: bytes
    enrolment: str
    code: str = field(repr=False)
    sign_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)
    admitted_at: int | None
    hub_epoch: str
    cursor: str
    behind: int
    batch_bytes: int
    max_bytes: int
    next_in_s: int
    notice: str
    last_contact: int | None
    last_error: str
    must_offer: bool = False
    twin: bool = False
    told: str = ""
    told_at: int | None = None
    floor_seq: int = 0
    lacking: str = ""
    url_at: int = 0
    pins_at: int = 0
    settled_seq: int = 0
    streams: str = ""
    compared_at: int | None = None
    """`NEVER_COMPARED` where that is due."""
    next_url: str = ""

    def identity(self, device: str) -> Identity:
        return Identity(device, self.sign_key, self.seal_key)


_NAMES = tuple(SyncState.__dataclass_fields__)


def load_state(conn: sa.Connection) -> SyncState | None:
    """None where this database was never enrolled."""
    rows = all_rows(conn, tables.sync_state, _NAMES)
    return SyncState(*rows[0]) if rows else None


def enrolled(conn: sa.Connection) -> SyncState:
    """`load_state` of a database that is known to be enrolled."""
    state = load_state(conn)
    if state is None:
        raise LookupError("this database was never enrolled")
    return state


def insert_state(conn: sa.Connection, state: SyncState) -> None:
    values = {name: getattr(state, name) for name in _NAMES}
    conn.execute(tables.sync_state.insert(), {"one": tables.SELF, **values})


def change_state(conn: sa.Connection, **values: Any) -> None:
    update_rows(conn, tables.sync_state, ("one",), [{"one": tables.SELF, **values}])


def take_pins(conn: sa.Connection, pins: list[str], said_at: int, *clocks: int) -> None:
    """Believe in these certificates from now on. `said_at`: when the center said so, µs by its clock; what it said
    before what is known (`is_later`) is old, and what is no certificate is no use."""
    if pins and is_later(said_at, enrolled(conn).pins_at, *clocks) and are_pins(pins):
        change_state(conn, pins=msgspec.json.encode(pins).decode(), pins_at=said_at)


def hear_pins(conn: sa.Connection, pins: list[str], said_at: int, *clocks: int) -> None:
    """`take_pins` of what came over the line: believed only where TLS proved who said so."""
    if speaks_tls(enrolled(conn).url):
        take_pins(conn, pins, said_at, *clocks)


def take_address(conn: sa.Connection, url: str, said_at: int, *clocks: int) -> None:
    """Find the center there from now on, unless it has said otherwise since (`is_later`)."""
    if is_later(said_at, enrolled(conn).url_at, *clocks):
        change_state(conn, url=url, url_at=said_at, next_url="")


def hear_address(conn: sa.Connection, url: str, said_at: int, *clocks: int) -> None:
    """The center says that it moves there: it is looked for there from now on (`moving.py`). Believed only where TLS
    proved who said so, and only of an address where it proves who answers."""
    state = enrolled(conn)
    if is_later(said_at, state.url_at, *clocks) and speaks_tls(state.url) and speaks_tls(url):
        change_state(conn, next_url="" if url == state.url else url, url_at=said_at)


def is_later(said_at: int, known_at: int, *clocks: int) -> bool:
    """Whether the center said this after what is known, µs by its clock. That may have stood in 2099 when it said what
    is known: where one of these `clocks` shows that as still to come, and not this, this counts."""
    return said_at > known_at or any(said_at <= now + DAY < known_at for now in clocks)


def clocks_here(conn: sa.Connection, now: int) -> tuple[int, int]:
    """What this device's clock says, and the center's by the last that was heard of it: either may be wrong by years.
    `now`: wall time, µs."""
    return now, now + standing(conn).skew
