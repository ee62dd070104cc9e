"""A point reduced to what the center sees of one: a journal, keys, and the rules of the exchange."""

import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.clock import Clock
from app.base.ids import random_hex
from app.center.admin import FIRST_ADMIN, status
from app.center.admission import admit, enroll_node
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.features.org.queries import load_tree
from app.features.org.tables import staff
from app.features.people.commands import RegisterPerson
from app.journal.act import Actor
from app.journal.apply import Stamp, apply, apply_stamps
from app.journal.commands import Command
from app.journal.digest import combine, stream_digests
from app.journal.entities import Entity
from app.journal.here import found, save_here, standing
from app.journal.ops import (
    SCHEMA,
    Commit,
    CommitId,
    Malformed,
    Op,
    encode_op,
    first_link,
    new_parts,
    next_link,
    unpack_parts,
)
from app.journal.runner import Outcome, Runner
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from app.sync.enrolment import Enrolment, read_enrolment
from app.sync.pages import in_order, take_items
from app.sync.protocol import (
    AdmitRequest,
    ExchangeRequest,
    ExchangeResponse,
    Page,
    Pull,
    Push,
    PushedCommit,
)
from app.sync.state import SyncState, insert_state

Answer = Callable[[ExchangeRequest], ExchangeResponse]


@dataclass
class Point:
    engine: sa.Engine
    device: str
    clock: Clock
    sign_key: Ed25519PrivateKey
    actor: Actor
    hub: Hub
    cursor: str
    most: int = 1_000
    max_bytes: int = 256 * 1024

    @classmethod
    def enrolled(cls, hub: Hub, node_code: str, clock: Clock) -> "Point":
        made = enroll_node(hub, node_code)
        enrolment = read_enrolment(made.file)
        engine = open_plain(None)
        create_tables(engine)
        sign_key = Ed25519PrivateKey.generate()
        with writing(engine) as conn:
            here = found(conn, device=random_hex(16), letter=made.letter, node=enrolment.node, city=enrolment.city)
            insert_state(conn, _state_of(enrolment))
            _apply_page(conn, enrolment.page)
            known = {row.code: Actor(row.id, row.role, row.node) for row in conn.execute(sa.select(staff.table))}
        actor = known.get(f"u-{node_code}") or known[FIRST_ADMIN]
        seal_key = X25519PrivateKey.generate()
        request = AdmitRequest(
            1, "r", made.code, made.id, here.device, here.epoch, 1, _public(sign_key), _public(seal_key)
        )
        admit(hub, request)
        return cls(engine, here.device, clock, sign_key, actor, hub, enrolment.page.cursor)

    def do(self, command: Command) -> Outcome:
        return Runner(self.engine, self.clock).do(command, self.actor)

    def register(self, name: str, **facts: Any) -> str:
        """Somebody comes in; gives the person's id."""
        command = RegisterPerson(name=name, gender="MALE", age_est=40, **facts)
        return self.do(command).made[0][1]

    def write(self, *ops: Op) -> Commit:
        """A commit of these very ops, whatever a command would say of them."""
        with writing(self.engine) as conn:
            here = standing(conn)
            commit = Commit(
                here.device, here.epoch, here.serial, here.n + 1, self.clock(), here.bound, self.actor.id, SCHEMA,
                new_parts(encode_op(op, here.device, here.epoch) for op in ops),
            )  # fmt: skip
            commit.eff = max(commit.wall, here.last_eff + 1)
            commit.chain = next_link(here.chain, commit)
            apply(conn, [commit])
            save_here(conn, replace(here, n=commit.n, chain=commit.chain, last_eff=commit.eff))
        return commit

    def request(self) -> ExchangeRequest:
        with reading(self.engine) as conn:
            here = standing(conn)
            j = journal.c
            mine = (j.device == here.device, j.epoch == here.epoch)
            rows = conn.execute(
                sa.select(journal).where(*mine, j.n > here.acked_n).order_by(j.n).limit(self.most)
            ).mappings()
            commits, head = [], None
            for row in rows:
                parts = msgspec.Raw(row["payload"])
                commits.append(PushedCommit(row["n"], row["wall"], row["bound"], row["schema"], row["actor"], parts))
                head = row["chain"]
            if head is None:
                head = conn.execute(sa.select(j.chain).where(*mine, j.n == here.acked_n)).scalar()
            head = head or first_link(here.device, here.epoch)
        return ExchangeRequest(
            1, random_hex(8), "test", 1, here.device, here.epoch, here.serial, here.n,
            base64.b64encode(head).decode(), self.clock(), Push(here.acked_n + 1, commits),
            Pull(self.cursor, self.max_bytes),
        )  # fmt: skip

    def take(self, response: ExchangeResponse) -> None:
        with writing(self.engine) as conn:
            _apply_page(conn, response.page)
            here = standing(conn)
            save_here(conn, replace(here, acked_n=response.ack.n, bound=response.now))
        self.cursor = response.page.cursor

    def sync(self, answer: Answer | None = None, rounds: int = 50) -> int:
        """Exchange until there is nothing left either way; gives the number of rounds."""
        for done in range(1, rounds + 1):
            request = self.request()
            response = answer(request) if answer else answer_exchange(self.hub, request, self.hub.clock())
            assert response.request_id == request.request_id
            self.take(response)
            if not response.page.more and not self.unsent():
                return done
        raise AssertionError("never ends")

    def unsent(self) -> int:
        with reading(self.engine) as conn:
            here = standing(conn)
            return here.n - here.acked_n

    def digest(self) -> str:
        with reading(self.engine) as conn:
            tree, node = load_tree(conn), standing(conn).node
            wanted = frozenset(streams_read(tree, node))
            return combine(stream_digests(conn, tree, wanted))


PointAt = Callable[[str], Point]
"""Gives a new device of the node with this code."""


def _apply_page(conn: sa.Connection, page: Page) -> None:
    take_items(conn, in_order(page), 0)
    device = conn.execute(sa.text("SELECT device FROM here")).scalar_one()
    stamps = []
    for own in page.stamps:
        eff = 0
        for offset, more in enumerate(own.effs):
            eff += more
            stamps.append(Stamp(CommitId(device, own.epoch, own.n + offset), own.seq + offset, eff))
    apply_stamps(conn, stamps)


def _state_of(enrolment: Enrolment) -> SyncState:
    """Where a device stands that has asked nothing yet; its keys are kept apart."""
    return SyncState(
        city=enrolment.city,
        city_name=enrolment.city_name,
        url=enrolment.url,
        pins="[]",
        city_sign_key=b"",
        city_seal_key=b"",
        enrolment=enrolment.id,
        code="",
        sign_key=b"",
        seal_key=b"",
        admitted_at=None,
        hub_epoch=enrolment.hub_epoch,
        cursor="",
        behind=0,
        batch_bytes=0,
        max_bytes=0,
        next_in_s=0,
        notice="",
        last_contact=None,
        last_error="",
    )


def _public(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def rechained(request: ExchangeRequest) -> str:
    """The head of a push from the first commit on whose commits were changed; frames that cannot be read are passed."""
    chain = first_link(request.device, request.epoch)
    for p in request.push.commits:
        with contextlib.suppress(Malformed):
            parts = unpack_parts(p.parts)
            chain = next_link(
                chain,
                Commit(
                    request.device, request.epoch, request.serial, p.n, p.wall, p.bound, p.actor, p.schema, parts
                ),
            )  # fmt: skip
    return base64.b64encode(chain).decode()


def has(point: Point, entity: Entity, id_: str) -> bool:
    with reading(point.engine) as conn:
        return conn.execute(sa.select(entity.c.id).where(entity.c.id == id_)).first() is not None


def all_agree(hub: Hub, *points: Point) -> None:
    """Every point holds what the center says it must hold."""
    for point in points:
        point.sync()
    for point in points:
        point.sync()
    told = {device["id"]: device["digest"] for device in status(hub.engine)["devices"]}
    assert [point.digest() for point in points] == [told[point.device] for point in points]
