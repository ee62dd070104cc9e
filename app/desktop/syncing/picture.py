"""All that the page of sync shows, read in one go. Not here: how it is said and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.features.cases.disputes import DisputeRow, authors_of, called_of, first_called, open_disputes
from app.features.cases.overruled import OverruledRow, overruled_rows
from app.features.cases.queries import case_of
from app.features.inventory.queries import item_of
from app.features.org.history import Event, written_then
from app.features.org.reviews import LATE_EDIT, OpenReview, open_reviews
from app.journal.ops import Key
from app.sync.kept_apart import Aside, Drop, aside_rows, unread_drops
from app.sync.overruled import Overruled, unread
from app.sync.status import PastRound, Standing, past_rounds, standing_now

MOST_REVIEWS = 50
MOST_WRITTEN = 8


@dataclass(frozen=True, slots=True)
class About:
    """A record as it is spoken of. `page`, `intent`: where it is to be seen; an empty page where it is nowhere."""

    kind: str
    called: str
    page: str = ""
    intent: Any = None


@dataclass(frozen=True, slots=True)
class Picture:
    """`overruled`: what the person at work wrote and another did not take, with what can be read of it. `written`: id
    of a review → what was written, as far as it is here. `about`: (kind, id) of a reviewed record → what it is called;
    `cases`: id of one of all these → the case on whose page it is to be seen.
    `dropped`: what the person at work wrote and the center will never take in; `aside`: what waits apart, with who
    wrote it; each with the record it is about, where one is known."""

    standing: Standing
    rounds: tuple[PastRound, ...]
    disputes: tuple[DisputeRow, ...]
    overruled: tuple[tuple[Overruled, OverruledRow], ...]
    reviews: tuple[OpenReview, ...]
    written: Mapping[str, Sequence[Event]]
    about: Mapping[tuple[str, str], str]
    cases: Mapping[str, str]
    dropped: tuple[tuple[Drop, About | None], ...]
    aside: tuple[tuple[Aside, About | None, str], ...]


def read_picture(conn: Any, now: int, in_full: frozenset[str], actor: str) -> Picture:
    reviews = open_reviews(conn)[:MOST_REVIEWS]
    found = unread(conn, actor)
    read = overruled_rows(conn, [(one.kind, one.record, one.group, one.mine, one.by) for one in found], now)
    spoken_of = [*((each.kind, each.record) for each in reviews), *((one.kind, one.record) for one in found)]
    return Picture(
        standing_now(conn, now),
        past_rounds(conn),
        tuple(open_disputes(conn, now, in_full)),
        tuple((one, row) for one, row in zip(found, read, strict=True) if row is not None),
        tuple(reviews),
        _written(conn, reviews),
        {(each.kind, each.record): called_of(conn, each.kind, each.record, now) for each in reviews},
        {id_: seen_at for kind, id_ in spoken_of if (seen_at := case_of(conn, kind, id_))},
        tuple((each, _about(conn, each.records, now)) for each in unread_drops(conn, actor)),
        _aside(conn, now),
    )


def _written(conn: Any, reviews: Sequence[OpenReview]) -> dict[str, Sequence[Event]]:
    """Of the first that came late: what is theirs is looked for in the whole history of a record."""
    late = [each for each in reviews if each.code == LATE_EDIT][:MOST_WRITTEN]
    return {each.id: written_then(conn, each.kind, each.record, each.at, each.by) for each in late}


def _aside(conn: Any, now: int) -> tuple[tuple[Aside, About | None, str], ...]:
    found = aside_rows(conn)
    authors = authors_of(conn, {each.by for each in found})
    return tuple((each, _about(conn, each.records, now), authors.get(each.by, ("", ""))[0]) for each in found)


def _about(conn: Any, records: Sequence[Key], now: int) -> About | None:
    """The first of a commit's records that has a name, else of what kind the first is."""
    if not records:
        return None
    (kind, id_), called = first_called(conn, records, now) or (records[0], "")
    case, item = case_of(conn, kind, id_), item_of(conn, kind, id_)
    if case:
        return About(kind, called, "cases", case)
    return About(kind, called, "stock", {"item": item}) if item else About(kind, called)
