"""What the devices of a planted city send: real signed requests, made before anything is measured."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.base.clock import SECOND, wall_clock
from app.base.ids import new_id
from app.cli.bench.city import ITEM, LOT, Planted
from app.cli.bench.record import KIND, Records, sets_of, values_of
from app.journal.ops import SCHEMA, Commit, Op, encode_op, first_link, new_parts, next_link, pack_parts
from app.sync.exchange import APP
from app.sync.protocol import (
    CLIENT_LEVEL,
    EXCHANGE_PATH,
    MEDIA_TYPE,
    VERSION,
    ExchangeRequest,
    ExchangeResponse,
    Pull,
    Push,
    PushedCommit,
    pack,
)
from app.sync.signing import sign

MOST_BYTES = 256 * 1024
_GOODS_EVERY = 5
"""One change in so many is goods that came, the others are encounters."""
_APART = 20 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class Request:
    """Ready to be sent."""

    id: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Device:
    """One device as its center sees it. `n`, `chain`: the last commit it wrote; `acked_n`: the last one known there."""

    planted: Planted
    cursor: str
    n: int = 0
    acked_n: int = 0
    chain: bytes = b""
    unsent: list[PushedCommit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chain = self.chain or first_link(self.planted.id, self.planted.epoch)

    def write(self, records: Records, changes: int, rng: Random, until: int) -> None:
        """So many changes, the last of them at `until` (µs)."""
        one = self.planted
        for number in range(changes):
            self.n += 1
            goods = number % _GOODS_EVERY == _GOODS_EVERY - 1
            op = _came(one.node, rng) if goods else _met(one.node, records)
            wall = until - (changes - number) * _APART
            parts = new_parts([encode_op(op, one.id, one.epoch)])
            commit = Commit(one.id, one.epoch, 1, self.n, wall, 0, one.id, SCHEMA, parts)
            self.chain = next_link(self.chain, commit)
            raw = msgspec.Raw(pack_parts(parts))
            self.unsent.append(PushedCommit(self.n, wall, 0, SCHEMA, one.id, raw))

    def request(self) -> Request:
        """The next exchange: what is unsent, and what is new since the cursor."""
        one, id_ = self.planted, secrets.token_hex(16)
        request = ExchangeRequest(
            version=VERSION,
            request_id=id_,
            app=APP,
            schema=SCHEMA,
            device=one.id,
            epoch=one.epoch,
            serial=1,
            have_n=self.n,
            head=base64.b64encode(self.chain).decode(),
            wall=wall_clock(),
            push=Push(self.acked_n + 1, self.unsent),
            pull=Pull(self.cursor, MOST_BYTES),
        )
        body = pack(request, CLIENT_LEVEL)
        key = Ed25519PrivateKey.from_private_bytes(one.key)
        signed = sign(key, one.id, "POST", EXCHANGE_PATH, body, request.wall // SECOND)
        return Request(id_, {"Content-Type": MEDIA_TYPE, **signed}, body)

    def take(self, response: ExchangeResponse) -> int:
        """What the center said; gives how many commits it took now."""
        self.cursor = response.page.cursor
        return self.acked(response.ack.n)

    def acked(self, n: int) -> int:
        """The center has all up to this commit; gives how many that are now."""
        taken = n - self.acked_n
        self.acked_n, self.unsent = n, []
        return taken


def devices_of(planted: Sequence[Planted]) -> list[Device]:
    return [Device(one, one.cursor) for one in planted]


def _met(node: str, records: Records) -> Op:
    record = records.take(1)[0]
    return Op("create", KIND, record["id"], node, values_of(record), sets_of(record))


def _came(node: str, rng: Random) -> Op:
    values = {"lot": LOT, "item": ITEM, "kind": "RECEIVE", "quantity": rng.randint(1, 48)}
    return Op("create", "movement", new_id(), node, values, {})
