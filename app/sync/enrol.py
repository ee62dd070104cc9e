"""Enrolling: from an enrolment file to a database that works, with no network.

Founds the installation with fresh keys, remembers the center, applies the first page with its real numbers. The
one-time code is kept until the center has admitted the device at first contact (`rounds.py`).
"""

import base64
from dataclasses import dataclass, replace

import msgspec
import sqlalchemy as sa

from app.base.changes import Changes
from app.base.clock import Clock
from app.base.errors import Refused
from app.journal.here import Here, found, load_here, save_here, standing
from app.store.engine import writing
from app.sync.enrolment import Enrolment, read_enrolment
from app.sync.identity import new_identity
from app.sync.pages import take_commits
from app.sync.state import (
    SyncState,
    change_state,
    clocks_here,
    enrolled,
    insert_state,
    is_later,
    load_state,
    take_address,
    take_pins,
)

FIRST_BATCH = 32 * 1024
PAGE_BYTES = 256 * 1024
_SLICE = 500


def enrol(engine: sa.Engine, enrolment: Enrolment, clock: Clock, code: str = "") -> Changes:
    """Make this database an installation at the enrolment's node, in one transaction.

    Run again it changes nothing but the code, or takes a later file for the same node. Raises `Refused`:
    "enrolment_other_city", "enrolment_other_node".
    """
    with writing(engine) as conn:
        return enrol_within(conn, enrolment, clock(), code)


def enrol_within(conn: sa.Connection, enrolment: Enrolment, now: int, code: str = "") -> Changes:
    """`enrol` inside the caller's transaction. `now`: wall time, µs."""
    state, here = load_state(conn), load_here(conn)
    # Read late, an older one would bring back what is no longer for this node: the rest of it is known, or on its way.
    is_news = state is None or is_later(enrolment.made_at, _heard_at(conn, state), *clocks_here(conn, now))
    if state is None:
        _first_state(conn, enrolment, here, code)
    else:
        _check_same_place(conn, enrolment, state)
        _take_later_file(conn, enrolment, state, now, code)
    changes = Changes()
    # Numbers given before a center was put back, or since, mean nothing beside those known here: a round brings them.
    counts = is_news and (state is None or state.hub_epoch in ("", enrolment.hub_epoch))
    commits = enrolment.page.commits if counts else []
    for start in range(0, len(commits), _SLICE):
        changes = changes | take_commits(conn, commits[start : start + _SLICE], now)
    if counts and not enrolled(conn).cursor:
        change_state(conn, cursor=enrolment.page.cursor)
    return changes


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a later enrolment file changed. `changes`: records it brought; `is_news`: it said something that was not
    known; `wants_code`: the center has not taken this device in, and the code that goes with the file is not here."""

    changes: Changes
    is_news: bool
    wants_code: bool


def renew(engine: sa.Engine, file: bytes, clock: Clock) -> Renewed:
    """Take a later enrolment file at an installation that works. Raises `Refused` as `read_enrolment` and `enrol`; then
    nothing has changed."""
    enrolment = read_enrolment(file)
    with writing(engine) as conn:
        before = enrolled(conn)
        changes = enrol_within(conn, enrolment, clock())
        now = enrolled(conn)
    is_news = bool(changes) or _said(before) != _said(now)
    return Renewed(changes, is_news, now.admitted_at is None and not now.code)


def is_for(conn: sa.Connection, enrolment: Enrolment, now: int) -> bool:
    """Whether it is for this installation's city and node, and made since the center's address was last heard. `now`:
    wall time, µs."""
    state = enrolled(conn)
    try:
        _check_same_place(conn, enrolment, state)
    except Refused:
        return False
    return is_later(enrolment.made_at, state.url_at, *clocks_here(conn, now))


def keep_code(conn: sa.Connection, code: str) -> None:
    """Keep a one-time code for the next contact. Raises `Refused`: "missing", "admitted_already"."""
    if not _tidy(code):
        raise Refused("missing", "code")
    if enrolled(conn).admitted_at is not None:
        raise Refused("admitted_already", "code")
    change_state(conn, code=_tidy(code))


def _first_state(conn: sa.Connection, enrolment: Enrolment, here: Here | None, code: str) -> None:
    if here is not None:  # a center's own database, or one of an unknown past
        raise Refused("enrolment_other_city", "file")
    identity = new_identity()
    found(conn, device=identity.device, letter=enrolment.letter, node=enrolment.node, city=enrolment.city)
    state = SyncState(
        city=enrolment.city,
        city_name=enrolment.city_name,
        url=enrolment.url,
        pins=msgspec.json.encode(enrolment.pins).decode(),
        city_sign_key=base64.b64decode(enrolment.sign_key),
        city_seal_key=base64.b64decode(enrolment.seal_key),
        enrolment=enrolment.id,
        code=_tidy(code),
        sign_key=identity.sign_key,
        seal_key=identity.seal_key,
        admitted_at=None,
        hub_epoch=enrolment.hub_epoch,
        cursor="",
        behind=0,
        batch_bytes=FIRST_BATCH,
        max_bytes=PAGE_BYTES,
        next_in_s=0,
        notice="",
        last_contact=None,
        last_error="",
        url_at=enrolment.made_at,
        pins_at=enrolment.made_at,
    )
    insert_state(conn, state)


def _check_same_place(conn: sa.Connection, enrolment: Enrolment, state: SyncState) -> None:
    # The city's id is no secret and anybody can sign a file with a key of their own: only the first key counts.
    if (state.city, state.city_sign_key) != (enrolment.city, base64.b64decode(enrolment.sign_key)):
        raise Refused("enrolment_other_city", "file")
    if standing(conn).node != enrolment.node:
        raise Refused("enrolment_other_node", "file")


def _take_later_file(conn: sa.Connection, enrolment: Enrolment, state: SyncState, now: int, code: str) -> None:
    """A later file for the same node serves too; until admission its letter and code count. One made before what is
    known, found on an old stick, does not set back where the center is and whom to believe."""
    if state.admitted_at is None:
        if enrolment.id != state.enrolment:
            save_here(conn, replace(standing(conn), letter=enrolment.letter))
            state = replace(state, code="")  # the old code belongs to the old file
        change_state(conn, enrolment=enrolment.id, code=_tidy(code) or state.code)
    clocks = clocks_here(conn, now)
    take_address(conn, enrolment.url, enrolment.made_at, *clocks)
    take_pins(conn, enrolment.pins, enrolment.made_at, *clocks)


def _heard_at(conn: sa.Connection, state: SyncState) -> int:
    """When the center last said anything that is known here, also by hand, µs by its clock."""
    here = standing(conn)
    answered = 0 if state.last_contact is None else state.last_contact + here.skew
    return max(state.url_at, here.bound, answered)


def _said(state: SyncState) -> tuple[str, str, str]:
    return state.url, state.pins, state.enrolment


def _tidy(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()
