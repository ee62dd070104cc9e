"""All that the page of sync shows, read in one go. Not here: how it is said and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.features.cases.disputes import DisputeRow, called_of, open_disputes
from app.features.cases.overruled import OverruledRow, overruled_rows
from app.features.cases.queries import case_of
from app.features.org.reviews import OpenReview, open_reviews
from app.sync.overruled import Overruled, unread
from app.sync.status import Aside, PastRound, Standing, aside_rows, past_rounds, standing_now

MOST_REVIEWS = 50


@dataclass(frozen=True, slots=True)
class Picture:
    """`overruled`: what the person at work wrote and another did not take, with what can be read of it. `about`:
    (kind, id) of a reviewed record → what it is called; `cases`: id of one of all these → the case on whose page it is
    to be seen."""

    standing: Standing
    rounds: tuple[PastRound, ...]
    disputes: tuple[DisputeRow, ...]
    overruled: tuple[tuple[Overruled, OverruledRow], ...]
    reviews: tuple[OpenReview, ...]
    about: Mapping[tuple[str, str], str]
    cases: Mapping[str, str]
    aside: tuple[Aside, ...]


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
        {(each.kind, each.record): called_of(conn, each.kind, each.record, now) for each in reviews},
        {id_: seen_at for kind, id_ in spoken_of if (seen_at := case_of(conn, kind, id_))},
        tuple(aside_rows(conn)),
    )
