"""An act being put together: what its later ops say of the earlier ones."""

import pytest
import sqlalchemy as sa

from app.features.people.tables import person
from app.features.registry import load_features
from app.journal.act import Act, Actor
from app.journal.elements import decode_elements
from app.journal.here import found, standing
from app.journal.runner import Runner
from app.store.engine import open_plain, writing
from app.store.schema import create_tables

load_features()

NODE, OTHER = "a" * 32, "b" * 32


@pytest.mark.parametrize("elsewhere", [False, True], ids=["added here alone", "added before too"])
def test_what_is_added_and_removed_in_one_act_is_gone(elsewhere: bool) -> None:
    engine = open_plain(None)
    create_tables(engine)
    runner, actor = Runner(engine, lambda: 1), Actor("1" * 32, "POINT_HEAD", NODE)

    def new_act(conn: sa.Connection) -> Act:
        return Act(conn, actor, standing(conn), runner.clock(), runner.new_id)

    with writing(engine) as conn:
        found(conn, device="d" * 32, letter="A", node=NODE, city="c")
        act = new_act(conn)
        id_ = act.create("person", {"name": "甲"}, {"grants": [OTHER]} if elsewhere else None)
        runner.commit(conn, act)
    with writing(engine) as conn:
        act = new_act(conn)
        act.add("person", id_, "grants", OTHER)
        act.remove("person", id_, "grants", OTHER)
        runner.commit(conn, act)
        assert len(act.ops[-1].seen) == 1 + elsewhere
        assert decode_elements(conn.execute(sa.select(person.c.grants)).scalar()) == []
    engine.dispose()
