"""`aidpoint center erase` as an operator types it, and `center serve` finishing what was cut short."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.__main__ import main
from app.base.clock import wall_clock
from app.center.hub import Hub
from app.center.starting import catch_up
from app.features.people.tables import person
from app.journal.tables import erasing, journal
from app.store.engine import open_center, reading, writing
from app.store.upgrade import upgrade
from tests.center.points import Point
from tests.sync.town import found_city


def center(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["center", *words])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'center.db'}"
    engine = open_center(url)
    upgrade(engine, None)
    found_city(engine, "http://127.0.0.1:1")
    engine.dispose()
    return url


def test_a_person_goes_by_one_command(database: str) -> None:
    engine = open_center(database)
    point = Point.enrolled(Hub(engine), "V1", wall_clock)
    id_ = point.register("赵秘密")
    point.sync()
    status, out, _ = center("erase", "--database", database, "--kind", "person", "--record", id_, "--json")
    assert status == 0
    assert json.loads(out)["erased"] == 1
    with reading(engine) as conn:
        assert conn.execute(sa.select(person.c.name).where(person.c.id == id_)).scalar_one() is None
        assert not any("赵秘密".encode() in row for row in conn.execute(sa.select(journal.c.payload)).scalars())
    status, _, err = center("erase", "--database", database, "--kind", "person", "--record", "0" * 32)
    assert status == 1
    assert err
    point.engine.dispose()
    engine.dispose()


def test_what_was_cut_short_is_finished_at_the_next_start(database: str) -> None:
    engine = open_center(database)
    point = Point.enrolled(Hub(engine), "V1", wall_clock)
    id_ = point.register("赵秘密")
    point.sync()
    with writing(engine) as conn:  # as a kill left it: the erase is written, the journal not yet looked through
        conn.execute(erasing.insert(), {"record": id_, "device": "", "epoch": "", "n": 0})
    catch_up(Hub(engine))
    with reading(engine) as conn:
        assert conn.execute(sa.select(erasing.c.record)).first() is None
        assert not any("赵秘密".encode() in row for row in conn.execute(sa.select(journal.c.payload)).scalars())
    point.engine.dispose()
    engine.dispose()
