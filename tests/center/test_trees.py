"""The kept org tree: what a transaction saw that was undone is not remembered."""

import contextlib

import sqlalchemy as sa

from app.base.ids import meaning_id, new_id
from app.center.hub import Hub, center_actor
from app.journal.act import Act
from app.journal.here import standing
from app.journal.streams import Tree
from app.store.engine import reading, writing

LOST, FOUND = meaning_id("node", "LOST"), meaning_id("node", "FOUND")


class Cut(Exception):
    """It does not come to its end."""


def _founds(hub: Hub, conn: sa.Connection, code: str) -> Tree:
    """Found a node in this transaction; gives the tree it sees then."""
    act = Act(conn, center_actor(conn), standing(conn), hub.clock(), new_id)
    facts = {"code": code, "name": code, "tier": "VILLAGE", "parent": meaning_id("node", "T1")}
    act.create("node", facts, id=meaning_id("node", code))
    hub.runner().commit(conn, act)
    return hub.trees.tree(conn)


def test_a_node_whose_founding_was_undone_is_in_no_tree(hub: Hub) -> None:
    with contextlib.suppress(Cut), writing(hub.engine) as conn:
        assert LOST in _founds(hub, conn, "LOST").parent
        assert LOST in hub.trees.tree(conn).parent
        raise Cut
    with writing(hub.engine) as conn:  # under the number the other one had
        assert {LOST, FOUND} & _founds(hub, conn, "FOUND").parent.keys() == {FOUND}
    with reading(hub.engine) as conn:
        assert {LOST, FOUND} & hub.trees.tree(conn).parent.keys() == {FOUND}


def test_nor_where_a_part_of_a_transaction_was(hub: Hub) -> None:
    with writing(hub.engine) as conn:
        with contextlib.suppress(Cut), conn.begin_nested():
            assert LOST in _founds(hub, conn, "LOST").parent
            raise Cut
        with conn.begin_nested():
            assert {LOST, FOUND} & _founds(hub, conn, "FOUND").parent.keys() == {FOUND}
        assert {LOST, FOUND} & hub.trees.tree(conn).parent.keys() == {FOUND}
    with reading(hub.engine) as conn:
        assert {LOST, FOUND} & hub.trees.tree(conn).parent.keys() == {FOUND}


def test_what_is_committed_is_read_once(hub: Hub) -> None:
    with reading(hub.engine) as conn:
        kept = hub.trees.tree(conn)
    with writing(hub.engine) as conn:
        assert hub.trees.tree(conn) is kept
    with writing(hub.engine) as conn:
        assert _founds(hub, conn, "FOUND") is hub.trees.tree(conn)
    with reading(hub.engine) as conn:
        assert hub.trees.tree(conn) is hub.trees.tree(conn) is not kept
