"""What a reader of a restored center may not have read, as far as it knows, is kept until somebody vouches for it."""

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id, new_id
from app.center import brought, quarantine
from app.center.hub import Hub
from app.center.quarantine import set_aside
from app.center.tables import held, relayed
from app.center.tables import quarantine as kept_rows
from app.center.vouching import accept, settle_what_came
from app.features.cases.tables import case
from app.journal.ops import SCHEMA, CommitId, Op
from app.store.engine import reading
from tests.center.points import PointAt
from tests.center.restoring import (
    Lose,
    aside,
    bring,
    create,
    entries,
    handed_over,
    homes,
    known_before,
    names,
    offer,
    page_commit,
    push_again,
    read_and_lost,
)


def test_a_case_that_its_new_owner_alone_has_comes_back_when_somebody_vouches_for_it(
    point_at: PointAt, lose: Lose
) -> None:
    author, owner = known_before(point_at, lose, "V1", "V2")
    commits = handed_over(author, owner)
    again = lose()
    assert bring(again, owner, *commits).taken == 0
    assert homes(again) == []
    kept = entries(again, owner)
    assert [id_.n for id_ in kept] == [1, 2]
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(held)).first() is None
        assert {entry.code for entry in set_aside(conn)} == {brought.NOT_SEEN}
    assert [accept(again, id_).taken for id_ in kept] == [1, 1]
    assert homes(again) == [owner.actor.node]
    assert aside(again) == []
    with reading(again.engine) as conn:
        rows = conn.execute(sa.select(relayed.c.n, relayed.c.offered_by).order_by(relayed.c.n)).all()
    assert [tuple(row) for row in rows] == [(1, owner.device), (2, owner.device)]
    owner.hub, owner.cursor = again, ""
    push_again(again, owner)
    owner.sync()
    with reading(owner.engine) as conn:
        assert conn.execute(sa.select(case.c.story)).scalars().all() == ["住到那边去了"]


def test_what_came_from_its_author_since_is_nobodys_to_look_at(point_at: PointAt, lose: Lose) -> None:
    author, owner = known_before(point_at, lose, "V1", "V2")
    commits = handed_over(author, owner)
    again = lose()
    bring(again, owner, *commits)
    assert settle_what_came(again) == 0
    first, second = entries(again, owner)
    push_again(again, author)
    assert accept(again, first).taken == 0
    assert settle_what_came(again) == 1
    assert aside(again) == []
    for id_ in (first, second):
        with pytest.raises(Refused, match="no_such_commit"):
            accept(again, id_)
    assert bring(again, owner, *commits).taken == 0
    assert aside(again) == []


def test_who_is_vouched_for_brings_nothing_that_its_author_could_not_have_written(
    point_at: PointAt, lose: Lose
) -> None:
    author, other = known_before(point_at, lose, "V1", "V2")
    commit = author.write(create("person", meaning_id("node", "D1"), name="李四"))
    again = lose()
    assert bring(again, other, commit, of=author).taken == 0
    (entry,) = entries(again, other)
    offered = accept(again, entry)
    assert (offered.taken, offered.code) == (0, "not_allowed")
    assert names(again) == set()
    assert [code for _, _, code in aside(again)] == ["not_allowed"]


def test_a_part_of_a_commit_is_kept_where_the_rest_is_taken(point_at: PointAt, lose: Lose) -> None:
    author, town = known_before(point_at, lose, "V1", "T1")
    who = create("person", author.actor.node, name="李四")
    commit = author.write(who, create("case", author.actor.node, person=who.id, case_status="OPEN"))
    again = lose()
    assert bring(again, town, commit, of=author).taken == 1
    assert (len(homes(again)), names(again)) == (1, set())
    (entry,) = entries(again, town)
    with reading(again.engine) as conn:
        q = kept_rows.c
        raw = conn.execute(sa.select(q.raw).where(q.device == entry.device, q.epoch == entry.epoch)).scalar_one()
    assert "李四".encode() in raw
    assert b"case_status" not in raw
    assert accept(again, entry).taken == 1
    assert names(again) == {"李四"}


def test_what_a_newer_program_wrote_is_kept_until_the_center_is_as_new(point_at: PointAt, lose: Lose) -> None:
    reader, commit, again = read_and_lost(point_at, lose)
    told = page_commit(reader, commit)
    told.schema = SCHEMA + 1
    assert offer(again, reader, told).taken == 0
    with reading(again.engine) as conn:
        (entry,) = set_aside(conn)
        raw = conn.execute(sa.select(kept_rows.c.raw)).scalar_one()
    assert entry.code == "newer"
    assert "李四".encode() in raw


def test_what_may_not_have_been_read_never_stands_in_the_way_of_the_rest(
    point_at: PointAt, lose: Lose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 2)
    author, other, mate = point_at("V1"), point_at("V2"), point_at("V2")
    lose.keep()
    foreign = [author.write(create("person", author.actor.node, name=f"李{n}")) for n in range(5)]
    ours = mate.write(create("person", mate.actor.node, name="王五"))
    mate.sync()
    other.sync()
    again = lose()
    for commit in foreign:
        assert bring(again, other, commit, of=author).taken == 0
    assert len(entries(again, other)) == 3
    assert bring(again, other, ours).taken == 1


def test_what_its_author_sent_is_not_accepted_as_brought(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    commit = point.write(Op("create", "person", new_id(), new_id(), {"name": "李四"}, {}))
    point.sync()
    (kept,) = aside(hub)
    assert kept[:2] == (point.device, 1)
    with pytest.raises(Refused, match="no_such_commit"):
        accept(hub, commit.id)
    with pytest.raises(Refused, match="no_such_commit"):
        accept(hub, CommitId(point.device, commit.epoch, 7))
