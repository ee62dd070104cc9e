"""What a reader of a restored center brings and the center cannot take is neither lost nor taken for something else."""

import msgspec
import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id
from app.center import quarantine
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.tables import quarantine as kept_rows
from app.center.vouching import accept, not_seen, settle_what_came
from app.journal.ops import Commit, Op
from app.store.engine import reading
from app.sync.protocol import PageCommit
from tests.center.points import Point, PointAt
from tests.center.restoring import (
    Lose,
    aside,
    bring,
    create,
    entries,
    handed_over,
    homes,
    hub_epoch,
    known_before,
    names,
    offer,
    page_commit,
    push_again,
)

TOO_MUCH = 10**25
"""An age that no column holds."""


def otherwise(told: PageCommit, old: str, new: str) -> PageCommit:
    return msgspec.structs.replace(told, parts=msgspec.Raw(bytes(told.parts).replace(old.encode(), new.encode())))


def somebody(author: Point, name: str) -> Commit:
    return author.write(create("person", author.actor.node, name=name))


def written_and_lost(point_at: PointAt, lose: Lose, reader_at: str) -> tuple[Point, Point, PageCommit, Hub]:
    """Who registered 李四 after the backup and never sent it, who brings it, as what, and the center put back since."""
    author, reader = point_at("V1"), point_at(reader_at)
    lose.keep()
    return author, reader, page_commit(author, somebody(author, "李四")), lose()


def test_what_cannot_be_applied_is_kept_and_holds_up_nothing(point_at: PointAt, lose: Lose) -> None:
    author, reader = point_at("V1"), point_at("V1")
    lose.keep()
    told = [page_commit(author, somebody(author, name)) for name in ("李四", "王五")]
    told[0] = otherwise(told[0], '"李四"', f'"李四","age_est":{TOO_MUCH}')
    again = lose()
    for taken in (1, 0):
        assert offer(again, reader, *told).taken == taken
    assert names(again) == {"王五"}
    assert aside(again) == [(author.device, 1, "apply_failed")]


@pytest.mark.parametrize("wall", [1 << 63, -(1 << 70)])
@pytest.mark.parametrize(("code", "why"), [("V1", "apply_failed"), ("V2", "not_seen")])
def test_nor_is_what_names_a_time_that_no_column_holds(
    point_at: PointAt, lose: Lose, wall: int, code: str, why: str
) -> None:
    author, reader, told, again = written_and_lost(point_at, lose, code)
    assert offer(again, reader, msgspec.structs.replace(told, wall=wall)).taken == 0
    assert aside(again) == [(author.device, 1, why)]
    with reading(again.engine) as conn:
        (entry,) = (each.id for each in quarantine.set_aside(conn))
    assert accept(again, entry).code == "apply_failed"
    assert accept(again, entry).code == "apply_failed"
    assert aside(again) == [(author.device, 1, "apply_failed")]


@pytest.mark.parametrize("in_order", [True, False])
def test_what_an_author_wrote_who_is_lost_as_well_can_be_vouched_for(
    point_at: PointAt, lose: Lose, *, in_order: bool
) -> None:
    """The giver's laptop came to the city only after the backup: the center has never heard of it."""
    owner = point_at("V2")
    owner.sync()
    lose.keep()
    commits = handed_over(point_at("V1"), owner)
    again = lose()
    assert bring(again, owner, *commits).taken == 0
    kept = entries(again, owner)
    assert [accept(again, id_).taken for id_ in (kept if in_order else reversed(kept))] == [1, 1]
    assert homes(again) == [owner.actor.node]
    assert aside(again) == []


def test_who_is_accepted_is_named_whole(point_at: PointAt, lose: Lose) -> None:
    author, reader, told, again = written_and_lost(point_at, lose, "V2")
    offer(again, reader, told)
    with reading(again.engine) as conn:
        assert [len(not_seen(conn, by)) for by in (reader.device, reader.device[-1], "", author.device)] == [1, 0, 0, 0]
        assert len(not_seen(conn)) == 1


def test_what_its_author_told_otherwise_has_not_come(point_at: PointAt, lose: Lose) -> None:
    author, reader, told, again = written_and_lost(point_at, lose, "V2")
    offer(again, reader, otherwise(told, "李四", "李五"))
    push_again(again, author)
    (entry,) = entries(again, reader)
    assert settle_what_came(again) == 0
    assert accept(again, entry).code == "relayed_other"
    assert aside(again) == [(author.device, 1, "relayed_other")]
    assert names(again) == {"李四"}


def test_nor_has_what_its_author_sent_unreadably(point_at: PointAt, lose: Lose) -> None:
    author, reader, told, again = written_and_lost(point_at, lose, "V2")
    offer(again, reader, told)
    request = author.request()
    request.hub_epoch, request.push.commits[0].parts = hub_epoch(again), msgspec.Raw(b"[[7]]")
    assert [verdict.code for verdict in answer_exchange(again, request, again.clock()).ack.verdicts] == ["malformed"]
    assert settle_what_came(again) == 0
    (entry,) = entries(again, reader)
    accept(again, entry)
    assert {code for _, _, code in aside(again)} == {"malformed", "apply_failed"}


def test_what_was_settled_meanwhile_stays_as_it_was_settled(point_at: PointAt, lose: Lose) -> None:
    author, owner = known_before(point_at, lose, "V1", "V2")
    told = [page_commit(owner, commit) for commit in handed_over(author, owner)]
    again = lose()
    offer(again, owner, *told)
    first, second = entries(again, owner)
    assert accept(again, first).taken == 1
    with pytest.raises(Refused, match="no_such_commit"):
        accept(again, first)
    assert offer(again, owner, *told).taken == 0
    assert entries(again, owner) == [second]
    with reading(again.engine) as conn:
        q = kept_rows.c
        assert conn.execute(sa.select(q.settled_as).where(q.epoch == first.epoch)).scalar_one() == "applied"


def test_what_was_brought_is_not_among_what_is_tried_again(point_at: PointAt, lose: Lose) -> None:
    author, reader = point_at("V1"), point_at("V2")
    author.sync()
    lose.keep()
    about = create("case", author.actor.node, case_status="OPEN")
    told = page_commit(author, author.write(about, create("person", meaning_id("node", "D1"), name="李四")))
    again = lose()
    assert offer(again, reader, told).taken == 0
    (entry,) = entries(again, reader)
    assert accept(again, entry).code == "not_allowed"
    with reading(again.engine) as conn:
        assert quarantine.refused_upon(conn, {author.actor.node}, {about.id}, 0) == []


def test_what_was_brought_in_part_names_what_it_waits_on(point_at: PointAt, lose: Lose) -> None:
    """The reader holds one op of the second commit: what it was written with is not for that point."""
    author, stranger, reader = point_at("V1"), point_at("V2"), point_at("V1")
    lose.keep()
    again = lose()
    who, other = (create("person", author.actor.node, name=name) for name in ("李四", "王五"))
    made = msgspec.structs.replace(page_commit(author, author.write(who)), actor=stranger.actor.id)
    called = Op("set", "person", who.id, who.node, {"phone": "13800000001"}, {}, "phone")
    about = page_commit(author, author.write(other, called), {1})
    assert offer(again, reader, made, about).taken == 0
    with reading(again.engine) as conn:
        maker, waiting = quarantine.set_aside(conn)
        assert (maker.code, waiting.code) == ("not_allowed", "waits")
        assert quarantine.waits_on(conn, [maker, waiting]) == {waiting.id: [maker.id]}
