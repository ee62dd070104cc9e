"""Asking the center for its links of an epoch, to find the last commit that both histories have in common.

A link is the chain's value after a commit; its first bytes are enough to compare. Not here: what follows from it.
"""

import base64

import msgspec
import sqlalchemy as sa

from app.journal.tables import journal

LINKS_PATH = "/sync/v1/links"
MOST_LINKS = 4_000
"""Links in one answer."""
LINK_BYTES = 6
NO_LINK = bytes(LINK_BYTES)
"""Stands for a commit whose link the center does not know."""


class LinksRequest(msgspec.Struct):
    version: int
    request_id: str
    device: str
    epoch: str
    upto: int
    """The last commit asked about."""


class LinksResponse(msgspec.Struct):
    request_id: str
    from_n: int
    """The commit of the first link."""
    links: str
    """The first six bytes of each link, one after the other, base64."""
    serial: int
    """The greatest serial the center knows of this device."""


def common_n(conn: sa.Connection, device: str, epoch: str, answer: LinksResponse) -> int | None:
    """The greatest n with the same link here and there; None where the answer does not reach down far enough."""
    links = base64.b64decode(answer.links)
    told = [links[at : at + LINK_BYTES] for at in range(0, len(links), LINK_BYTES)]
    j = journal.c
    rows = conn.execute(
        sa.select(j.n, j.chain)
        .where(j.device == device, j.epoch == epoch, j.n >= answer.from_n, j.n < answer.from_n + len(told))
        .order_by(j.n.desc())
    )
    for n, chain in rows:
        if chain is not None and told[n - answer.from_n] == chain[:LINK_BYTES]:
            return int(n)
    return 0 if answer.from_n <= 1 else None


def is_other_at(conn: sa.Connection, device: str, epoch: str, n: int, answer: LinksResponse) -> bool:
    """Whether the link of commit n is surely another there than here: both are known."""
    links = base64.b64decode(answer.links)
    at = (n - answer.from_n) * LINK_BYTES
    told = links[at : at + LINK_BYTES] if at >= 0 else b""
    j = journal.c
    chain = conn.execute(sa.select(j.chain).where(j.device == device, j.epoch == epoch, j.n == n)).scalar()
    return len(told) == LINK_BYTES and told != NO_LINK and chain is not None and chain[:LINK_BYTES] != told
