"""What an admitted device may ask of the center: path → what is asked, who answers. Every request is a signed POST.

The HTTP application makes a route of each; a simulated network looks them up here. Not here: admission, which comes
before a device is known, and the bytes of photos and snapshots (`files.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from app.center.comparing import answer_compare, compare_told
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.links import answer_links
from app.center.offers import answer_offer
from app.center.snapshot import answer_snapshot, snapshot_told
from app.sync.comparing import COMPARE_PATH, CompareRequest
from app.sync.links import LINKS_PATH, LinksRequest
from app.sync.offering import OFFER_PATH, OfferRequest, OfferResponse
from app.sync.protocol import EXCHANGE_PATH, ExchangeRequest, ExchangeResponse
from app.sync.snapshot_wire import SNAPSHOT_PATH, SnapshotRequest


@dataclass(frozen=True, slots=True)
class Call:
    """`request` names its sender as `device`, itself as `request_id`. `answer` gets the time of receipt (µs) and
    raises `Declined`. `told`: what the log says of it, never what a record says."""

    request: type[msgspec.Struct]
    answer: Callable[[Hub, Any, int], msgspec.Struct]
    told: Callable[[Any, Any], str]


def _exchange_told(request: ExchangeRequest, response: ExchangeResponse) -> str:
    stamps = sum(len(stamp.effs) for stamp in response.page.stamps)
    counts = (len(request.push.commits), len(response.ack.verdicts), len(response.page.commits), stamps)
    return " {} in, {} set aside, {} and {} stamps out".format(*counts)


def _offer_told(request: OfferRequest, response: OfferResponse) -> str:
    counts = (len(request.ids), len(response.wanted), len(request.commits), response.taken)
    return " {} offered, {} wanted, {} sent, {} taken".format(*counts)


CALLS: dict[str, Call] = {
    EXCHANGE_PATH: Call(ExchangeRequest, answer_exchange, _exchange_told),
    SNAPSHOT_PATH: Call(SnapshotRequest, answer_snapshot, snapshot_told),
    LINKS_PATH: Call(LinksRequest, answer_links, lambda request, response: f" {request.upto} asked"),
    COMPARE_PATH: Call(CompareRequest, answer_compare, compare_told),
    OFFER_PATH: Call(OfferRequest, answer_offer, _offer_told),
}
