"""Where a point stands with its center, for the pill on the screen and for `point status`."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.base.clock import DAY, SECOND
from app.journal.attached import waiting
from app.journal.heads import disputes_to_settle
from app.journal.here import standing
from app.journal.streams import Tree
from app.store.engine import writing
from app.sync.holding import device_digest
from app.sync.outbox import oldest_unsent, unsent
from app.sync.state import change_state, enrolled
from app.sync.tables import set_aside, sync_round, verdict

TOLD_US = 30 * DAY
"""How long people are told of a beginning anew, unless somebody has read it before."""


@dataclass(frozen=True, slots=True)
class PastRound:
    """`at`: when it began, µs. `outcome`: "ok" or the code of what ended it early."""

    at: int
    sent: int
    received: int
    bytes_out: int
    bytes_in: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is cheap to know: shown all the time. Times in µs of the wall clock, ages in seconds.

    `held_back`: own commits the center took and keeps aside until somebody settles it; `set_aside`: commits that came
    and could not be applied. `twin`: another installation goes on under this device's id (words: "told_twin"). `told`:
    what last made the device begin anew, a code of `app.sync.epochs` with words of its own, empty where nothing did;
    `told_at`: when.
    `photos_waiting`: photos the center does not have yet, `photo_bytes` in all; `photo_trouble`: why they do not go,
    empty while nothing is in their way.
    """

    unsent: int
    oldest_unsent_age_s: int | None
    last_contact: int | None
    last_error: str
    admitted: bool
    behind: int
    held_back: int
    set_aside: int
    next_in_s: int
    notice: str
    twin: bool = False
    told: str = ""
    told_at: int | None = None
    photos_waiting: int = 0
    photo_bytes: int = 0
    photo_trouble: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything `point status` tells. `digest`: of all this device must hold and the center has numbered."""

    standing: Standing
    device: str
    node: str
    city: str
    letter: str
    conflicts: int
    digest: str
    rounds: tuple[PastRound, ...]


def standing_now(conn: sa.Connection, now: int) -> Standing:
    """`now`: wall time, µs."""
    state = enrolled(conn)
    oldest = oldest_unsent(conn)
    photos = waiting(conn, state.hub_epoch)
    return Standing(
        unsent=unsent(conn),
        oldest_unsent_age_s=None if oldest is None else max(0, (now - oldest) // SECOND),
        last_contact=state.last_contact,
        last_error=state.last_error,
        admitted=state.admitted_at is not None,
        behind=state.behind,
        held_back=_count(conn, verdict, verdict.c.dropped_at.is_(None)),
        set_aside=_count(conn, set_aside),
        next_in_s=state.next_in_s,
        notice=state.notice,
        twin=state.twin,
        told=state.told if state.told_at is not None and now - state.told_at < TOLD_US else "",
        told_at=state.told_at,
        photos_waiting=photos.photos,
        photo_bytes=photos.bytes,
        photo_trouble=photos.trouble,
    )


def status(conn: sa.Connection, tree: Tree, now: int) -> Status:
    """The whole of it; the digest and the conflicts read all records."""
    here = standing(conn)
    return Status(
        standing=standing_now(conn, now),
        device=here.device,
        node=here.node,
        city=here.city,
        letter=here.letter,
        conflicts=len(disputes_to_settle(conn)),
        digest=device_digest(conn, tree, here.node),
        rounds=past_rounds(conn),
    )


def past_rounds(conn: sa.Connection) -> tuple[PastRound, ...]:
    """The last rounds, latest first."""
    names = [sync_round.c[name] for name in PastRound.__dataclass_fields__]
    rows = conn.execute(sa.select(*names).order_by(sync_round.c.id.desc()))
    return tuple(PastRound(**row._mapping) for row in rows)


def note_told(engine: sa.Engine) -> None:
    """Somebody has read what made this device begin anew."""
    with writing(engine) as conn:
        change_state(conn, told="")


def _count(conn: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(*which)).scalar_one())
