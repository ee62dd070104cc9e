"""What the operators of a center do: bring it up, engage people, see how it stands."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.clock import Clock, wall_clock
from app.base.errors import Refused
from app.base.ids import meaning_id, new_id, random_hex
from app.center.admission import enroll_node, revoke
from app.center.hub import Hub, center_actor, center_runner, standing_city
from app.center.tables import SELF, city, counter, device, device_epoch, quarantine, relayed
from app.center.tls import checked_url, make_authority
from app.features.cases.tables import case
from app.features.org.commands import EngageStaff, FoundNode
from app.features.org.queries import node_row, node_rows, staff_by_code, staff_of
from app.journal.digest import combine, stream_digests
from app.journal.here import found
from app.journal.streams import streams_read
from app.journal.tables import journal
from app.store.engine import reading, writing

CITY_CODE = "CITY"
FIRST_ADMIN = "admin"
FIRST_ADMIN_NAME = "系统管理员"


def init_center(
    engine: sa.Engine,
    city_name: str,
    url: str,
    *,
    code: str = CITY_CODE,
    admin: str = FIRST_ADMIN,
    clock: Clock = wall_clock,
) -> str:
    """Make an empty, upgraded database this city's center, with its top node and a first administrator.

    Gives the node's id. Raises `Refused`: "center_exists" where the database has a center, "bad_center_url".
    """
    hub = Hub(engine, clock)
    node = meaning_id("node", code)
    with writing(engine) as conn:
        if conn.execute(sa.select(city.c.one)).first() is None:
            _found_city(conn, city_name, url, node, clock())
        founded = node_row(conn, node) is not None
        if founded and staff_of(conn, node, also_gone=True):
            raise Refused("center_exists", "database", city=conn.execute(sa.select(city.c.name)).scalar_one())
        actor = center_actor(conn)
    runner = hub.runner()
    if not founded:  # where it was cut short after this, only the administrator is missing
        runner.do(FoundNode(code=code, name=city_name, tier="CITY"), actor)
    runner.do(EngageStaff(code=admin, name=FIRST_ADMIN_NAME, role="SYS_ADMIN", node=node), actor)
    return node


def _found_city(conn: sa.Connection, name: str, url: str, node: str, now: int) -> None:
    """Give the city its keys and the center its place among the devices."""
    id_ = new_id()
    made = {
        "one": SELF,
        "id": id_,
        "name": name,
        "url": checked_url(url),
        "sign_key": Ed25519PrivateKey.generate().private_bytes_raw(),
        "seal_key": X25519PrivateKey.generate().private_bytes_raw(),
        "hub_epoch": random_hex(8),
        "made_at": now,
        "notice": "",
    }
    conn.execute(city.insert(), made)
    conn.execute(counter.insert(), {"one": SELF, "v": 0, "tree": 0})
    make_authority(conn, now)
    found(conn, device=random_hex(16), letter="", node=node, city=id_)


def enroll(engine: sa.Engine, node_code: str, *, clock: Clock = wall_clock) -> tuple[bytes, str]:
    """An enrolment file for one new device of a node, and the one-time code that travels apart from it."""
    made = enroll_node(Hub(engine, clock), node_code)
    return made.file, made.code


def check_set_up(engine: sa.Engine) -> None:
    """Raises `Refused("center_missing")` where the database is no center's yet."""
    with reading(engine) as conn:
        standing_city(conn)


def revoke_device(engine: sa.Engine, device_id: str, *, clock: Clock = wall_clock, files: Path | None = None) -> None:
    """Shut a device out. `files`: where the center's photos stand; by default where `Hub` looks."""
    revoke(Hub(engine, clock, files=files), device_id)


def engage(engine: sa.Engine, *, code: str, name: str, role: str, node_code: str, clock: Clock = wall_clock) -> str:
    """Engage somebody at a node; gives the staff record's id. Raises `Refused`: "no_such_node", "staff_code_taken"."""
    node = meaning_id("node", node_code)
    with reading(engine) as conn:
        actor = center_actor(conn)
        if node_row(conn, node) is None:
            raise Refused("no_such_node", "node", node=node_code)
        if staff_by_code(conn, code) is not None:
            raise Refused("staff_code_taken", "code", staff=code)
    command = EngageStaff(code=code, name=name, role=role, node=node)
    outcome = center_runner(engine, clock).do(command, actor)
    return next(id_ for kind, id_ in outcome.made if kind == "staff")


def status(engine: sa.Engine) -> dict[str, Any]:
    """How the center stands. A device's `digest` is of what it must hold; digests of streams stand beside it."""
    with reading(engine) as conn:
        town = standing_city(conn)
        points = node_rows(conn)
        tree = Hub(engine).trees.tree(conn)
        sums = stream_digests(conn, tree)
        codes = {point.id: point.code for point in points}
        devices = [
            {
                "id": row["id"],
                "node": codes.get(row["node"], row["node"]),
                "letter": row["letter"],
                "status": row["status"],
                "admitted_at": row["admitted_at"],
                "last_contact": row["last_contact"],
                "twin_at": row["twin_at"],
                "acked_n": row["acked_n"],
                "safe_n": row["safe_n"],
                "digest": combine({s: sums[s] for s in streams_read(tree, row["node"]) if s in sums}),
            }
            for row in _devices(conn)
        ]
        open_ones = sa.select(sa.func.count()).select_from(quarantine).where(quarantine.c.settled_at.is_(None))
        cases = sa.select(sa.func.count()).select_from(case.table).where(~case.c.hidden)
        return {
            "city": town["name"],
            "url": town["url"],
            "hub_epoch": town["hub_epoch"],
            "points": len(points),
            "devices": devices,
            "cases": conn.execute(cases).scalar_one(),
            "commits": conn.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one(),
            "seq": conn.execute(sa.select(counter.c.v)).scalar_one(),
            "quarantine": conn.execute(open_ones).scalar_one(),
            "relayed": conn.execute(sa.select(sa.func.count()).select_from(relayed)).scalar_one(),
            "streams": {stream: combine({stream: sums[stream]}) for stream in sorted(sums)},
        }


def _devices(conn: sa.Connection) -> list[sa.RowMapping]:
    """Every device with how far its latest epoch has come."""
    e, d = device_epoch.c, device.c
    latest = sa.select(sa.func.max(e.serial)).where(e.device == d.id).correlate(device).scalar_subquery()
    joined = sa.and_(e.device == d.id, e.serial == latest)
    query = sa.select(device, e.acked_n, e.safe_n).outerjoin_from(device, device_epoch, joined)
    return list(conn.execute(query.order_by(d.admitted_at, d.id)).mappings())
