"""The histories a device has here: the links of an epoch, for one that has to find where its own went another way; and
whether two installations go on under one id.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY
from app.center.feed import seq_in
from app.center.hub import Declined, Hub
from app.center.tables import device, device_epoch, quarantine
from app.journal.tables import journal
from app.store.bulk import Kept
from app.store.engine import reading, writing
from app.sync.links import LINK_BYTES, MOST_LINKS, NO_LINK, LinksRequest, LinksResponse
from app.sync.protocol import ExchangeRequest

TOLD_US = 30 * DAY
"""How long both are told of each other after the one left behind was last heard of."""
_NOTED_US = DAY


def answer_links(hub: Hub, request: LinksRequest, receipt: int) -> LinksResponse:
    """The newest links of an epoch up to a commit. Raises `Declined` 401 where the device is not known."""
    with reading(hub.engine) as conn:
        if conn.execute(sa.select(device.c.id).where(device.c.id == request.device)).first() is None:
            raise Declined(401, "not_admitted")
        epochs = epochs_of(conn, request.device)
        acked_n = next((e["acked_n"] for e in epochs if e["epoch"] == request.epoch), 0)
        upto = max(0, min(request.upto, acked_n))
        from_n = max(1, upto - MOST_LINKS + 1)
        found: dict[int, bytes] = {}
        for table in (journal, quarantine):
            t = table.c
            mine = (t.device == request.device, t.epoch == request.epoch, t.n >= from_n, t.n <= upto)
            rows = conn.execute(sa.select(t.n, t.chain).where(*mine, t.chain.is_not(None)))
            found.update((n, chain[:LINK_BYTES]) for n, chain in rows)
    links = b"".join(found.get(n, NO_LINK) for n in range(from_n, upto + 1))
    serial = max((e["serial"] for e in epochs), default=0)
    return LinksResponse(request.request_id, from_n, base64.b64encode(links).decode(), serial)


_EPOCHS = Kept(sa.select(device_epoch).where(device_epoch.c.device == sa.bindparam("of_device")))


def epochs_of(conn: sa.Connection, device_id: str) -> Sequence[Mapping[str, Any]]:
    """How far each epoch of a device has come."""
    return _EPOCHS.mappings(conn, of_device=device_id)


def sees_twin(
    hub: Hub,
    request: ExchangeRequest,
    row: Mapping[str, Any],
    epochs: Sequence[Mapping[str, Any]],
    *,
    is_fresh: bool,
    receipt: int,
) -> bool:
    """Whether the device is to be told that another installation goes on under its id.

    An installation leaves an epoch for good. Somebody who writes on in one that was left, or has read on since, is
    another; a request that was merely late does neither. Of one that was set up anew nothing is heard any more.
    `row`: the device; `is_fresh`: it pushed something new.
    """
    after = [e for e in epochs if e["serial"] > request.serial]
    later = [e["begun_seq"] for e in after if receipt - max(e["made_at"], e["last_eff"]) < TOLD_US]
    has_read_on = bool(later) and seq_in(request.pull.cursor) > min(later)
    if later and (is_fresh or has_read_on):
        if row["twin_at"] is None or receipt - row["twin_at"] >= _NOTED_US:
            with writing(hub.engine) as conn:
                conn.execute(device.update().where(device.c.id == request.device).values(twin_at=receipt))
        return True
    return row["twin_at"] is not None and receipt - row["twin_at"] < TOLD_US
