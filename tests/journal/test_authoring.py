"""Commits made here: numbered without gaps, chained, and applied as those who only have their bytes apply them."""

import gc
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.memory import collecting_later
from app.journal.apply import apply
from app.journal.authoring import author
from app.journal.here import Here, found, save_here, standing
from app.journal.ops import Op, WriteId, first_link, next_link
from app.journal.tables import journal
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from tests.journal.model_entities import MODEL_ENTITIES

DEVICE, EPOCH, NODE, ACTOR = "d" * 32, "e" * 16, "0" * 32, "a" * 32
PERSON = MODEL_ENTITIES["person"]
BEFORE = Here(DEVICE, EPOCH, 1, 0, first_link(DEVICE, EPOCH), 0, 0, 0, 0, 0, "A", NODE, "c")


class Word(StrEnum):
    ONE = "one"


def opened() -> sa.Engine:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        found(conn, device=DEVICE, letter="A", node=NODE, city="c", epoch=EPOCH)
    return engine


def create(number: int, values: dict[str, Any]) -> Op:
    (set_,) = list(PERSON.sets)[:1]
    return Op("create", PERSON.kind, f"{number:032x}", NODE, values, {set_: ["b", "a"]})


def acts() -> list[tuple[int, list[Op]]]:
    """Creations that say much, little, and words that are more than words; then a change of the first."""
    group = next(iter(PERSON.groups))
    name, *others = PERSON.groups[group]
    shown = dict.fromkeys(others)
    made: list[dict[str, Any]] = [{name: "甲", **shown}, {name: None}, {}, {name: Word.ONE}]
    creations = [(100 + at, [create(at, dict(values))]) for at, values in enumerate(made)]
    base = WriteId(DEVICE, EPOCH, 1, 0)
    change = Op("set", PERSON.kind, f"{0:032x}", NODE, {name: "乙", **shown}, {}, group, "", (base,))
    return [*creations, (50, [change, create(9, {name: "丙"})])]


def rows(engine: sa.Engine, table: sa.Table) -> list[dict[str, Any]]:
    with reading(engine) as conn:
        return [dict(row) for row in conn.execute(sa.select(table).order_by(table.c[table.columns[0].name])).mappings()]


def test_numbers_have_no_gaps_times_grow_and_the_chain_holds() -> None:
    here = replace(BEFORE, n=7, skew=5, bound=3, last_eff=1_000)
    commits, after = author(here, [(2_000, [create(1, {})]), (10, [create(2, {})])], ACTOR)
    assert [commit.n for commit in commits] == [8, 9]
    assert [commit.eff for commit in commits] == [2_005, 2_006]
    assert [(c.wall, c.bound, c.actor, c.serial, c.seq) for c in commits] == [
        (2_000, 3, ACTOR, 1, None),
        (10, 3, ACTOR, 1, None),
    ]
    first = next_link(here.chain, commits[0])
    last = next_link(first, commits[1])
    assert [commit.chain for commit in commits] == [first, last]
    assert after == replace(here, n=9, chain=last, last_eff=2_006)


def test_ops_that_are_not_read_back_are_applied_as_their_bytes_say() -> None:
    known, told = opened(), opened()
    with writing(known) as conn:
        commits, after = author(standing(conn), acts(), ACTOR)
        assert [sorted(commit.ops) for commit in commits] == [[0], [0], [0], [], [1]]
        apply(conn, commits, made_here=True)
        save_here(conn, after)
    with writing(told) as conn:
        apply(conn, [replace(commit, ops={}) for commit in commits])
    for table in (journal, PERSON.table):
        assert rows(known, table) == rows(told, table)
    assert all(
        type(value) in (str, int, bool, type(None)) for row in rows(known, PERSON.table) for value in row.values()
    )


def test_a_number_given_twice_is_an_error_and_never_lost() -> None:
    engine = opened()
    with writing(engine) as conn:
        commits, _ = author(standing(conn), [(1, [create(1, {})])], ACTOR)
        apply(conn, commits, made_here=True)
    other, _ = author(BEFORE, [(1, [create(2, {})])], ACTOR)
    assert other[0].id == commits[0].id
    with pytest.raises(Exception, match="UNIQUE"), writing(engine) as conn:
        apply(conn, other, made_here=True)
    assert [row["id"] for row in rows(engine, PERSON.table)] == [f"{1:032x}"]


def test_an_act_that_could_never_be_sent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.journal.authoring.MOST_OPS", 1)
    with pytest.raises(Refused) as refused:
        author(BEFORE, [(1, [create(1, {}), create(2, {})])], ACTOR)
    assert refused.value.code == "too_many"


def test_a_large_batch_is_not_searched_for_garbage_in_its_midst() -> None:
    assert gc.isenabled()
    with collecting_later(3):
        assert gc.isenabled()
    with collecting_later(1_000):
        assert not gc.isenabled()
        with collecting_later(1_000):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
