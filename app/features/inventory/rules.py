"""Rules of stock that need no database: what a movement does, when it was, which lot goods belong to."""

import unicodedata
from typing import NamedTuple

from app.base.clock import local
from app.base.ids import meaning_id

SIGN = {
    "RECEIVE": 1,
    "RETURN": 1,
    "TRANSFER_IN": 1,
    "PATROL_BACK": 1,
    "ISSUE": -1,
    "HAND_OUT": -1,
    "WRITE_OFF": -1,
    "TRANSFER_OUT": -1,
    "PATROL_OUT": -1,
}
"""What a kind of movement does to the shelf. A reversal does the opposite of what it corrects; a kind that only a newer
program knows does nothing here until this one is updated."""

COUNT = "COUNT"
"""The kind of a count line in the ledger."""

SOON_DAYS = 30
"""From how many days before its end a lot counts as 临期."""


class Place(NamedTuple):
    """Where a row stands: a position, and just before (-1), at (0) or just after (1) it."""

    at: int
    device: str
    serial: int
    n: int
    op: int
    side: int = 0


def moment(eff: int, wall: int, typed: int | None) -> int:
    """When something happened, by the center's clock.

    A typed time was read off the author's clock, as was the commit's wall time: what can be believed is how long before
    the commit it was. Nothing is written before it happened, so never after the commit.
    """
    return eff if typed is None else min(eff, eff - (wall - typed))


def tidy_batch(batch: str | None) -> str | None:
    """A batch number as it is compared: two people type the same one in full or half width, with or without spaces."""
    text = " ".join(unicodedata.normalize("NFKC", batch or "").split()).upper()
    return text or None


def lot_id(item: str, batch: str | None, expires_on: str | None) -> str:
    """The lot of goods: one for each batch and end date; goods that do not expire are one lot."""
    if expires_on is None:
        return meaning_id("lot", item)
    return meaning_id("lot", item, tidy_batch(batch), expires_on)


def day_of(instant: int) -> str:
    """The day on the field's calendar, as it is compared with an end date."""
    return local(instant).date().isoformat()


def is_expired(expires_on: str | None, day: str) -> bool:
    """Good until the end of its last day."""
    return expires_on is not None and expires_on < day
