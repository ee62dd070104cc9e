"""The kept org tree: what a transaction saw that was undone is not remembered."""

import contextlib

import sqlalchemy as sa

from app.base.ids import meaning_id, new_id
from app.center.hub import Hub, center_actor
from app.journal.act import Act
from app.journal.here import standing
from app.store.engine import reading, writing

LOST, FOUND = meaning_id("node", "LOST"), meaning_id("node", "FOUND")


class Cut(Exception):
    """It does not come to its end."""


def _found(conn: sa.Connection, hub: Hub, code: str) -> None:
    """Another worker founds a node in this transaction."""
    worker = Hub(hub.engine, hub.clock)
    act = Act(conn, center_actor(conn), standing(conn), hub.clock(), new_id)
    facts = {"code": code, "name": code, "tier": "VILLAGE", "parent": meaning_id("node", "T1")}
    act.create("node", facts, id=meaning_id("node", code))
    worker.runner().commit(conn, act)


def _seen(hub: Hub, conn: sa.Connection) -> set[str]:
    return {LOST, FOUND} & hub.trees.tree(conn).parent.keys()


def test_a_node_whose_founding_was_undone_is_in_no_tree(hub: Hub) -> None:
    with contextlib.suppress(Cut), writing(hub.engine) as conn:
        _found(conn, hub, "LOST")
        assert _seen(hub, conn) == {LOST}
        raise Cut
    with writing(hub.engine) as conn:  # under the number the other one had
        _found(conn, hub, "FOUND")
        assert _seen(hub, conn) == {FOUND}
    with reading(hub.engine) as conn:
        assert _seen(hub, conn) == {FOUND}


def test_nor_where_a_part_of_a_transaction_was(hub: Hub) -> None:
    with writing(hub.engine) as conn:
        with contextlib.suppress(Cut), conn.begin_nested():
            _found(conn, hub, "LOST")
            assert _seen(hub, conn) == {LOST}
            raise Cut
        with conn.begin_nested():
            _found(conn, hub, "FOUND")
            assert _seen(hub, conn) == {FOUND}
        assert _seen(hub, conn) == {FOUND}
    with reading(hub.engine) as conn:
        assert _seen(hub, conn) == {FOUND}


def test_what_is_committed_is_read_once(hub: Hub) -> None:
    with reading(hub.engine) as conn:
        kept = hub.trees.tree(conn)
    with writing(hub.engine) as conn:
        assert hub.trees.tree(conn) is kept
        _found(conn, hub, "FOUND")
        assert hub.trees.tree(conn) is hub.trees.tree(conn)
    with reading(hub.engine) as conn:
        assert hub.trees.tree(conn) is hub.trees.tree(conn) is not kept
