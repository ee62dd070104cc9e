"""A whole city in the center's database at once: its nodes, and a device admitted at each. No admissions one by one.

Nodes and goods go through the one door, as commits of the center; devices and their epochs are rows, which is all that
an admission leaves behind. Their keys follow from their number, so that the sender knows them too.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.clock import DAY, wall_clock
from app.base.ids import meaning_id
from app.center import admin
from app.center.feed import newest_cursor
from app.center.hub import Hub, center_actor, standing_city
from app.center.intake import new_epoch
from app.center.tables import device, device_epoch
from app.journal.apply import apply
from app.journal.here import save_here, standing
from app.journal.load import chunks
from app.journal.ops import SCHEMA, Commit, Op, encode_op, new_parts, next_link
from app.journal.streams import Tree, streams_read
from app.store.bulk import insert_rows
from app.store.engine import reading, writing
from app.store.upgrade import upgrade

DISTRICTS, TOWNS, POINTS = 15, 187, 7_412
"""A real city; a smaller one has the same proportions."""
ITEM, LOT = meaning_id("item", "BENCH"), meaning_id("lot", "BENCH")
_OPS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Planted:
    """A device that the center knows. `cursor`: of one that has everything the center says by now."""

    id: str
    epoch: str
    node: str
    cursor: str
    key: bytes


def plant(engine: sa.Engine, points: int) -> list[Planted]:
    """Make an empty database the center of a city with so many nodes, and a device at each of them.

    Raises `Refused("already_exists")` where the database is a center's already.
    """
    return admit(engine, found_city(engine, points))


def found_city(engine: sa.Engine, points: int) -> list[str]:
    """The city alone; gives its nodes, those above first."""
    upgrade(engine, None)
    city = admin.init_center(engine, "演示市救助管理站", "http://127.0.0.1")
    nodes = list(_nodes(city, points))
    ops = [Op("create", "node", id_, id_, _about(id_, tier, above), {}) for id_, tier, above in nodes]
    ops.append(Op("create", "item", ITEM, ITEM, {"name": "瓶装水", "item_code": "BENCH", "unit": "BOTTLE"}, {}))
    ops.append(Op("create", "lot", LOT, LOT, {"item": ITEM}, {}))
    for start in range(0, len(ops), _OPS_AT_ONCE):
        _say(engine, ops[start : start + _OPS_AT_ONCE])
    return [city, *(id_ for id_, _, _ in nodes)]


def _nodes(city: str, points: int) -> Iterator[tuple[str, str, str]]:
    """(id, tier, the node above) of all but the top, those above first."""
    districts = max(1, min(points - 1, round(points * DISTRICTS / POINTS)))
    towns = max(1, min(points - 1 - districts, round(points * TOWNS / POINTS)))
    villages = points - 1 - districts - towns
    for number in range(districts):
        yield meaning_id("node", f"D{number}"), "COUNTY", city
    for number in range(towns):
        yield meaning_id("node", f"T{number}"), "TOWN", meaning_id("node", f"D{number % districts}")
    for number in range(villages):
        yield meaning_id("node", f"V{number}"), "VILLAGE", meaning_id("node", f"T{number % towns}")


def _about(id_: str, tier: str, above: str) -> dict[str, object]:
    return {"name": f"救助点{id_[-6:]}", "code": f"B-{id_[-8:]}", "tier": tier, "parent": above}


def _say(engine: sa.Engine, ops: Sequence[Op]) -> None:
    """One commit of the center."""
    publisher = Hub(engine).publisher
    with writing(engine) as conn:
        here, now = standing(conn), wall_clock()
        parts = new_parts(encode_op(op, here.device, here.epoch) for op in ops)
        actor = center_actor(conn).id
        commit = Commit(here.device, here.epoch, here.serial, here.n + 1, now, here.bound, actor, SCHEMA, parts)
        commit.eff = max(now, here.last_eff + 1)
        commit.chain = next_link(here.chain, commit)
        before = publisher.before(conn, ops)
        apply(conn, [commit], lambda count: publisher.number(conn, count))
        publisher.publish(conn, [commit], before)
        n, chain = commit.n, commit.chain
        save_here(conn, replace(here, n=n, acked_n=n, chain=chain, last_eff=commit.eff))


def admit(engine: sa.Engine, nodes: Sequence[str], words: str = "bench device") -> list[Planted]:
    """A device at each of these nodes, which has everything that stands at the center by now, and somebody of the
    device's own id who works there. `words`: tell the devices of one call from those of another."""
    keys = [hashlib.sha256(f"{words} {at}".encode()).digest() for at in range(len(nodes))]
    for some in chunks(zip(keys, nodes, strict=True), _OPS_AT_ONCE):
        _say(engine, [_engaged(_id_of(key), node) for key, node in some])
    with reading(engine) as conn:
        tree, hub_epoch = Hub(engine).trees.tree(conn), standing_city(conn)["hub_epoch"]
        planted = [_device(conn, tree, key, node, hub_epoch) for key, node in zip(keys, nodes, strict=True)]
    now = wall_clock()
    rows, epochs = [], []
    for one in planted:
        sign = Ed25519PrivateKey.from_private_bytes(one.key).public_key().public_bytes_raw()
        seal = X25519PrivateKey.from_private_bytes(one.key).public_key().public_bytes_raw()
        rows.append(
            {
                "id": one.id, "node": one.node, "letter": "A", "sign_key": sign, "seal_key": seal, "status": "ACTIVE",
                "epoch": one.epoch, "app": "", "admitted_at": now, "last_contact": now - DAY,
            }
        )  # fmt: skip
        epochs.append(new_epoch(one.id, one.epoch, 1, now))
    with writing(engine) as conn:
        insert_rows(conn, device, rows)
        insert_rows(conn, device_epoch, epochs)
    return planted


def _device(conn: sa.Connection, tree: Tree, key: bytes, node: str, hub_epoch: str) -> Planted:
    cursor = newest_cursor(conn, streams_read(tree, node), hub_epoch)
    return Planted(_id_of(key), key.hex()[32:48], node, cursor, key)


def _id_of(key: bytes) -> str:
    return key.hex()[:32]


def _engaged(id_: str, node: str) -> Op:
    about = {"name": "张三", "code": f"u-{id_[:12]}", "role": "SPECIALIST", "active": True}
    return Op("create", "staff", id_, node, about, {})
