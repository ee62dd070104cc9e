"""Values in a point's tables are no longer what the journal says: comparing with the center finds and mends them."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.features.people.tables import person
from app.journal.entities import Entity, entities
from app.journal.tables import cover, head, void
from app.store.engine import reading, writing
from app.sync.comparing import repair_round
from tests.proof.city import PASSWORD, City, Laptop, agreed, aidpoint
from tests.proof.ugly_days.days import amend, reopened, somebody, sound

MET = {
    "gender": "MALE", "age_est": 45, "features": "灰色棉衣", "place_type": "BRIDGE", "health_obs": ["OK"],
    "disposition": "ON_SITE_AID",
}  # fmt: skip


@pytest.fixture
def pair(city: City, tmp_path: Path) -> Iterator[tuple[Laptop, Laptop]]:
    """Two laptops of a point with a week's work, corrections and a quarrel between them."""
    one, other = city.laptop("V1", tmp_path / "one"), city.laptop("V1", tmp_path / "other", "w")
    who = somebody(one, "甲")
    for at in range(8):
        one.do("LogEncounter", **MET, note=f"第{at}次")
    quarrel(one, other, who)
    yield one, other
    other.session.close()
    one.session.close()


def quarrel(one: Laptop, other: Laptop, who: str) -> None:
    for laptop in (one, other):
        assert laptop.sync().error == ""
    amend(one, who, name="乙")
    amend(other, who, name="丙")
    for laptop in (one, other, one):
        assert laptop.sync().error == ""


def spoil(laptop: Laptop, rng: random.Random) -> str:
    """One value, row or head becomes something else; says what."""
    with writing(laptop.session.engine) as conn:
        held = [e for e in entities() if conn.execute(sa.select(e.c.id).limit(1)).first() and e.kind != "node"]
        how = rng.choice((_a_value, _a_row, _a_head))
        return how(conn, rng.choice(held), rng)


def _a_value(conn: sa.Connection, entity: Entity, rng: random.Random) -> str:
    id_ = rng.choice(conn.execute(sa.select(entity.c.id)).scalars().all())
    texts = [name for name in entity.group_of if isinstance(entity.c[name].type, sa.Text)]
    name = rng.choice([*texts, "node"])
    conn.execute(entity.table.update().where(entity.c.id == id_).values({name: "0" * 32}))
    return f"{entity.kind}.{name}"


def _a_row(conn: sa.Connection, entity: Entity, rng: random.Random) -> str:
    id_ = rng.choice(conn.execute(sa.select(entity.c.id)).scalars().all())
    conn.execute(entity.table.delete().where(entity.c.id == id_))
    return f"{entity.kind} gone"


def _a_head(conn: sa.Connection, entity: Entity, rng: random.Random) -> str:
    for table in rng.sample((head, cover, void), k=3):
        found = conn.execute(sa.select(table.c.record)).scalars().all()
        if found:
            conn.execute(table.delete().where(table.c.record == rng.choice(found)))
            return f"{table.name} gone"
    return _a_row(conn, entity, rng)


def test_whatever_is_damaged_is_made_anew(
    city: City, pair: tuple[Laptop, Laptop], sized: Callable[[int, int], int]
) -> None:
    one, other = pair
    for seed in range(sized(8, 24)):  # the center answers a device so many questions in a row
        done = [spoil(one, random.Random(seed * 10 + each)) for each in range(3)]
        waiting = somebody(one, f"未发{seed}")
        with closing(one.session.transport()) as transport:
            assert repair_round(one.session.engine, transport, clock=one.session.clock).even, done
        with reading(one.session.engine) as conn:
            assert conn.execute(sa.select(person.c.id).where(person.c.id == waiting)).first(), done
        assert one.sync().error == ""
        assert agreed(city, one), done
    assert other.sync().error == ""
    everybody = sa.select(person.c.id, person.c.name, person.c.features, person.c.hidden).order_by(person.c.id)
    assert one.rows(everybody) == other.rows(everybody)
    assert sound(one)


def test_the_command_line_says_what_it_mended(city: City, pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    with writing(one.session.engine) as conn:
        conn.execute(person.table.update().values(features="错"))
    one.session.close()
    password = one.data.parent / "password"
    password.write_text(PASSWORD)
    said = (
        "point",
        "check",
        "--with-center",
        "--data",
        str(one.data),
        "--user",
        "u-V1",
        "--password-file",
        str(password),
        "--json",
    )
    status, (found,) = aidpoint(*said)
    assert status != 0
    assert found["center"].startswith("mended ")
    status, (found,) = aidpoint(*said)
    assert (status, found["center"], found["ok"]) == (0, "ok", True)
    again = reopened(one)
    assert agreed(city, again)
    again.session.close()
