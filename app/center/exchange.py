"""One round trip: push, then pull, then what the device should do next. Knows no HTTP."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from app.base.clock import SECOND
from app.center.feed import Reader, read_page, seq_in
from app.center.hub import Declined, Hub, standing_city
from app.center.intake import PushTaken, is_epoch, skew_of, take_push
from app.center.links import epochs_of, sees_twin
from app.center.rerun import allow_again, let_in
from app.center.restore import check_hub_epoch
from app.center.tables import device
from app.center.telling import Told, told_of, verdicts
from app.center.tls import address_to_tell, note_trusts, pins_to_tell
from app.journal.ops import SCHEMA
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.bulk import Kept
from app.store.engine import reading
from app.sync.loop import phase_of
from app.sync.protocol import (
    VERSION,
    Ack,
    Directives,
    ExchangeRequest,
    ExchangeResponse,
    Held,
    LateAck,
    Page,
    PastAck,
    Verdict,
)

SCHEMA_MIN = 1
MAX_BYTES = 256 * 1024
_LEAST_BYTES = 8 * 1024
_APP = re.compile(r"[\x20-\x7e]{0,32}", re.ASCII)
_SOONEST_S = 60
_CONTACT_US = 60 * SECOND
"""The last contact of a device that has nothing new is written down this often: an empty round then writes nothing."""

_SKEW_US = 2 * SECOND
"""A clock that went so far is worth noting: what is carried by hand is timed by it."""

_DEVICE = Kept(sa.select(device).where(device.c.id == sa.bindparam("of_device")))


def answer_exchange(hub: Hub, request: ExchangeRequest, receipt: int) -> ExchangeResponse:
    """Answer a request whose signature was checked. `receipt`: when it arrived, µs. Raises `Declined`."""
    head = _checked(request)
    seen = None if request.push.commits else _even(hub, request, head, receipt)
    if seen is None:
        taken = take_push(hub, request, head, receipt)
        if taken.awaited or hub.owed.rerun:
            let_in(hub)
        allow_again(hub, taken.granted)
        with reading(hub.engine) as conn:
            seen = _see(conn, hub, request, taken, standing_city(conn), _asking(conn, request))
    return _answer(hub, request, seen, receipt)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks: the device's row, and how far each of its epochs has come."""

    row: Mapping[str, Any]
    epochs: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one moment of the center has for who asks."""

    taken: PushTaken
    city: Mapping[str, Any]
    asking: _Asking
    page: Page
    pins: list[str]
    verdicts: list[Verdict]
    told: Told


def _asking(conn: sa.Connection, request: ExchangeRequest) -> _Asking:
    row = _DEVICE.first(conn, of_device=request.device)
    if row is None:
        raise Declined(401, "not_admitted")
    return _Asking(row, epochs_of(conn, request.device))


def _even(hub: Hub, request: ExchangeRequest, head: bytes, receipt: int) -> _Seen | None:
    """What there is for a device that has nothing to say; None where there is something to be written down."""
    with reading(hub.engine) as conn:
        city = check_hub_epoch(conn, request)
        asking = _asking(conn, request)
        taken = _nothing_new(asking, request, head, receipt)
        return None if taken is None else _see(conn, hub, request, taken, city, asking)


def _see(
    conn: sa.Connection, hub: Hub, request: ExchangeRequest, taken: PushTaken, city: Mapping[str, Any], asking: _Asking
) -> _Seen:
    """Raises `Declined` 401 revoked, 426 too_old, 409 snapshot_required; each says what was taken all the same."""
    row = asking.row
    # Asked only now that others may push: where much is set aside, the answer takes a while.
    aside = verdicts(conn, request.device, request.epoch, request.push.from_n) if taken.tells else []
    kept = LateAck(taken.acked_n, aside)
    if row["status"] == "REVOKED":
        raise Declined(401, "revoked", **_facts(kept))
    if request.version < VERSION:
        raise Declined(426, "too_old", **_facts(kept))
    tree = hub.trees.tree(conn)
    reader = Reader(request.device, request.epoch, _shown_n(request, taken), streams_read(tree, row["node"]))
    if request.pull.max_bytes > 0:
        max_bytes = max(_LEAST_BYTES, min(request.pull.max_bytes, MAX_BYTES))
        page = read_page(conn, tree, reader, request.pull.cursor, city["hub_epoch"], max_bytes)
        if _is_far_behind(conn, hub, request, page):
            raise Declined(409, "snapshot_required", **_facts(kept))
    else:  # it has something to send first
        page = Page([], [], request.pull.cursor, True, 0)
    sent_again = Held(request.epoch, [each.n for each in aside])
    told = told_of(conn, request.device, [sent_again, *request.held])
    return _Seen(taken, city, asking, page, pins_to_tell(conn, city, request.trusts), aside, told)


def _facts(kept: LateAck) -> dict[str, Any]:
    return msgspec.to_builtins(kept)  # type: ignore[no-any-return]


def _answer(hub: Hub, request: ExchangeRequest, seen: _Seen, receipt: int) -> ExchangeResponse:
    taken, city, row, epochs = seen.taken, seen.city, seen.asking.row, seen.asking.epochs
    note_trusts(hub.engine, row, request.trusts)
    past = [PastAck(e["epoch"], e["acked_n"], e["safe_n"]) for e in epochs if e["epoch"] != request.epoch]
    ack = Ack(taken.acked_n, taken.safe_n, seen.verdicts, past, seen.told.dropped, seen.told.held)
    twin = sees_twin(hub, request, row, epochs, is_fresh=bool(taken.fresh), receipt=receipt)
    directives = Directives(
        _next_in_s(request.device, receipt, seen.page, hub.load.period_s()),
        MAX_BYTES,
        SCHEMA_MIN,
        SCHEMA,
        city["notice"],
        twin=twin,
        pins=seen.pins,
        url=address_to_tell(city, request.trusts),
    )
    return ExchangeResponse(request.request_id, hub.clock(), city["hub_epoch"], ack, seen.page, directives)


def _is_far_behind(conn: sa.Connection, hub: Hub, request: ExchangeRequest, page: Page) -> bool:
    """Whether the device is better served by the state than by history. One of schema 1 knows no snapshots."""
    behind = len(page.commits) + page.behind
    if request.schema < 2 or behind <= hub.snapshot_behind:
        return False
    # Its own come back as mere numbers: they do not count.
    own = sa.select(sa.func.count()).where(journal.c.device == request.device, journal.c.seq > seq_in(page.cursor))
    return behind - int(conn.execute(own).scalar_one()) > hub.snapshot_behind


def _checked(request: ExchangeRequest) -> bytes:
    """The head a well-formed request names. Raises `Declined` 400."""
    numbers = [commit.n for commit in request.push.commits]
    first = request.push.from_n
    if first < 1 or numbers != list(range(first, first + len(numbers))):
        raise Declined(400, "bad_request", what="numbers")
    if request.have_n < first + len(numbers) - 1 or not is_epoch(request.epoch, request.serial):
        raise Declined(400, "bad_request", what="epoch")
    if not _APP.fullmatch(request.app):
        raise Declined(400, "bad_request", what="app")
    try:
        return base64.b64decode(request.head, validate=True)
    except binascii.Error:
        raise Declined(400, "bad_request", what="head") from None


def _shown_n(request: ExchangeRequest, taken: PushTaken) -> int:
    """Up to where the device has shown that the history of this epoch here is its own: what is above comes back to it
    with payload, also where it has commits of the same numbers."""
    last_n = request.push.from_n + len(request.push.commits) - 1
    return last_n if last_n <= taken.acked_n else 0


def _nothing_new(asking: _Asking, request: ExchangeRequest, head: bytes, receipt: int) -> PushTaken | None:
    """The outcome of an empty push of a device in good standing, seen a moment ago; else None."""
    row = asking.row
    epoch = next((each for each in asking.epochs if each["epoch"] == request.epoch), None)
    if epoch is None:
        return None
    same = (epoch["acked_n"] + 1, epoch["chain"], epoch["serial"], row["epoch"], row["app"])
    if same != (request.push.from_n, head, request.serial, request.epoch, request.app):
        return None
    if row["last_contact"] is None or not 0 <= receipt - row["last_contact"] < _CONTACT_US:
        return None
    if abs(skew_of(request, receipt) - row["skew"]) > _SKEW_US:
        return None
    return PushTaken(epoch["acked_n"], epoch["safe_n"])


def _next_in_s(device_id: str, now: int, page: Page, period_s: int) -> int:
    """When the device should come again by itself: at once while more waits, else at its own second of the period."""
    if page.more:
        return 0
    wait = (phase_of(device_id, period_s) - now // SECOND) % period_s
    return wait if wait >= _SOONEST_S else wait + period_s
