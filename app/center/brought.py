"""What readers brought back to a restored center and could not be applied: kept raw beside what authors sent.

It stands in the quarantine under an epoch made from its own bytes, so that it never takes the place of what its author
sends under the same number. It is never run again (`rerun.py`): a person looks, and accepts it (`vouching.py`) or drops
it. What it would have created is held like any other creation that was put aside, and what stands on it waits, but for
what its reader may not have read. It counts against the reader who brought it, and never against its author.
"""

import hashlib
import re
from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from app.center import quarantine
from app.center.arrivals import Arrival, Sender
from app.center.erased import without_erased
from app.center.tables import device_epoch
from app.center.tables import quarantine as kept
from app.journal.erasing import contradict
from app.journal.ops import CommitId, Malformed, OpPart, unpack_parts
from app.sync.protocol import PushedCommit

NOT_SEEN = "not_seen"
"""The code of what its reader may not have read, as far as the center knows."""
_FROM = re.compile(r"of ([0-9a-f]{16}) by ([0-9a-f]{32})")
_decoder = msgspec.json.Decoder(PushedCommit)


def keep(conn: sa.Connection, by: str, sender: Sender, arrival: Arrival, receipt: int) -> bool:
    """Keep what device `by` brought of `sender`, once however often it comes; whether it is new."""
    pushed = arrival.pushed
    said = hashlib.sha256(f"{sender.epoch}.{pushed.n}.".encode() + bytes(pushed.parts)).hexdigest()
    place = Sender(sender.device, said[:16], sender.serial)
    k = kept.c
    if conn.execute(sa.select(k.n).where(k.device == place.device, k.epoch == place.epoch)).first() is not None:
        return False
    (arrival.pushed,) = without_erased(conn, sender, [pushed])  # of its author's epoch: an erase may name single writes
    arrival.detail = f"{arrival.detail} of {sender.epoch}{_by(by)}".strip()
    quarantine.put(conn, place, [arrival], receipt)
    return True


def is_full(conn: sa.Connection, by: str, *, unseen: bool = False) -> bool:
    """Whether so much of what this device brought waits that it may bring no more; of what it may not have read, where
    `unseen`: that does not stop it from bringing the rest."""
    k, e = kept.c, device_epoch.c
    authors_own = sa.exists().where(e.device == k.device, e.epoch == k.epoch)
    which = k.code == NOT_SEEN if unseen else k.code != NOT_SEEN
    return quarantine.are_too_many(conn, k.detail.endswith(_by(by)), which, ~authors_own)


def _by(device: str) -> str:
    """How the detail of an entry ends that this device brought."""
    return f" by {device}"


def is_by(detail: str, device: str) -> bool:
    """Whether device `device` brought what has this detail."""
    return detail.endswith(_by(device))


def whose(detail: str) -> tuple[str, str] | None:
    """The epoch in which its author wrote what was brought, and the device that brought it."""
    found = _FROM.search(detail)
    return None if found is None else (found[1], found[2])


def says_other(one: Iterable[OpPart], known: Iterable[OpPart]) -> bool:
    """Whether two tellings of one commit contradict each other. What is gone from one by erasure does not."""
    there = {part.at: part for part in known}
    return any(part.at in there and contradict(part, there[part.at]) for part in one)


def parts_aside(conn: sa.Connection, id_: CommitId) -> list[OpPart]:
    """The ops of a commit that its author sent and that was put aside, gone ones too; none where its frame cannot be
    read."""
    k = kept.c
    query = sa.select(k.raw).where(k.device == id_.device, k.epoch == id_.epoch, k.n == id_.n)
    try:
        return unpack_parts(_decoder.decode(conn.execute(query).scalar_one()).parts)
    except (Malformed, msgspec.MsgspecError):
        return []


def is_brought(conn: sa.Connection, device: str, epoch: str) -> bool:
    """Whether an entry of the quarantine came from a reader: its author never sent anything in such an epoch."""
    e = device_epoch.c
    return conn.execute(sa.select(e.epoch).where(e.device == device, e.epoch == epoch)).first() is None
