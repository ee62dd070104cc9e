"""A restored center takes back from readers what their streams hold and its authors might have written, once."""

from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import new_id
from app.center import quarantine
from app.center.admin import status
from app.center.exchange import answer_exchange
from app.center.hub import Declined, Hub
from app.center.offers import MOST_AT_ONCE, answer_offer
from app.center.past import WINDOW_US
from app.center.rerun import run_again
from app.center.restore import say_put_back
from app.center.tables import device, feed, former_seq, relayed
from app.center.vouching import accept, not_seen
from app.features.cases.tables import case
from app.features.inventory.ids import reversal_id
from app.features.org.tables import node
from app.journal.here import save_here, standing
from app.journal.ops import Op, OpPart, WriteId, encode, pack_parts, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.sync.offering import OfferedId, OfferRequest
from app.sync.protocol import PageCommit
from tests.center.points import PointAt, rechained
from tests.center.restoring import (
    Lose,
    aside,
    bring,
    create,
    hub_epoch,
    known_before,
    names,
    offer,
    page_commit,
    push_again,
    read_and_lost,
)


def test_what_is_missing_is_asked_for_and_taken_once(point_at: PointAt, lose: Lose) -> None:
    author, reader = point_at("V1"), point_at("V1")
    first = author.write(create("person", author.actor.node, name="李四"))
    author.sync()
    lose.keep()
    second = author.write(create("person", author.actor.node, name="王五"))
    author.sync()
    reader.sync()
    again = lose()
    ids = [OfferedId(*first.id, [0]), OfferedId(*second.id, [0])]
    asked = offer(again, reader, ids=ids)
    assert asked.wanted == [OfferedId(*second.id, [0])]
    assert bring(again, reader, second).taken == 1
    assert bring(again, reader, second).taken == 0
    assert offer(again, reader, ids=ids).wanted == []
    assert names(again) == {"李四", "王五"}
    with reading(again.engine) as conn:
        row = conn.execute(sa.select(relayed)).one()
    assert (row.device, row.n, row.offered_by) == (author.device, 2, reader.device)


def test_others_come_in_between_what_is_brought(point_at: PointAt, lose: Lose) -> None:
    author, reader = point_at("V1"), point_at("V1")
    lose.keep()
    made = [author.write(create("person", author.actor.node, name=f"李{n}")) for n in range(2 * MOST_AT_ONCE + 1)]
    author.sync()
    reader.sync()
    again, seen, looks = lose(), list[int](), list[bool]()

    def look(_conn: sa.Connection) -> None:
        if not looks:  # looking ends with a commit too
            looks.append(True)
            seen.append(len(names(again)))
            looks.clear()

    sa.event.listen(again.engine, "commit", look)
    assert bring(again, reader, *made).taken == len(made)
    assert {0, MOST_AT_ONCE, 2 * MOST_AT_ONCE} <= set(seen)


def test_two_readers_bring_two_parts_and_the_author_the_whole(point_at: PointAt, lose: Lose) -> None:
    """The town has read the case, the point the person too; each part brings the commit under a new number."""
    author, neighbour, town = point_at("V1"), point_at("V1"), point_at("T1")
    late = point_at("V1")
    for point in (author, neighbour, town, late):
        point.sync()
    lose.keep()
    node = author.actor.node
    who = create("person", node, name="李四")
    about = create("case", node, person=who.id, case_status="OPEN")
    commit = author.write(who, about)
    for point in (author, neighbour, town):
        point.sync()
    again = lose()
    with reading(town.engine) as conn:
        held = conn.execute(sa.select(journal.c.payload).where(journal.c.device == author.device)).scalar_one()
    assert [part.at for part in unpack_parts(held)] == [1]
    assert bring(again, town, commit).taken == 1
    assert names(again) == set()
    wanted = offer(again, neighbour, ids=[OfferedId(*commit.id, [0, 1])]).wanted
    assert wanted == [OfferedId(*commit.id, [0])]
    assert offer(again, neighbour, page_commit(neighbour, commit, {0})).taken == 1
    assert names(again) == {"李四"}
    for point in (late, author):  # the late reader stands at the relayed number when the author comes
        point.hub = again
    late.cursor = ""
    late.sync()
    with reading(again.engine) as conn:
        before = conn.execute(sa.select(journal).where(journal.c.device == author.device)).mappings().one()
        assert before["chain"] is None
    with writing(author.engine) as conn:
        save_here(conn, replace(standing(conn), acked_n=0))
    author.cursor = ""
    author.sync()
    with reading(again.engine) as conn:
        after = conn.execute(sa.select(journal).where(journal.c.device == author.device)).mappings().one()
        assert conn.execute(sa.select(relayed)).first() is None
        lines = conn.execute(sa.select(feed.c.seq).where(feed.c.stream == f"own:{node}")).scalars().all()
        former = conn.execute(sa.select(former_seq.c.seq)).scalars().all()
    assert after["seq"] > before["seq"]
    assert after["chain"] == commit.chain
    assert [part.salt for part in unpack_parts(after["payload"])] == [part.salt for part in commit.parts]
    assert after["seq"] in lines
    assert not set(former) & set(lines)
    cursor = late.cursor
    assert late.sync() == 1
    assert cursor.split(".")[2] != late.cursor.split(".")[2]
    told = {row["id"]: row["digest"] for row in status(again.engine)["devices"]}
    assert (late.digest(), author.digest()) == (told[late.device], told[author.device])


def test_a_device_brings_nothing_that_it_could_not_have_read(point_at: PointAt, lose: Lose) -> None:
    author, other = known_before(point_at, lose, "V1", "V2")
    commit = author.write(create("person", author.actor.node, name="李四"))
    author.sync()
    again = lose()
    assert bring(again, other, commit, of=author).taken == 0
    assert names(again) == set()
    assert [code for _, _, code in aside(again)] == ["not_seen"]


def test_nobody_lets_themselves_in_with_a_creation(point_at: PointAt, lose: Lose) -> None:
    author, guest = known_before(point_at, lose, "V1", "V2")
    about = Op("create", "case", new_id(), author.actor.node, {}, {"grants": [guest.actor.node]})
    made = author.write(about, create("encounter", author.actor.node, case=about.id))
    again = lose()
    assert bring(again, guest, made, of=author).taken == 0


def test_a_device_brings_nothing_that_its_author_could_not_have_written(point_at: PointAt, lose: Lose) -> None:
    """Forged in the name of a device of another node, or of nobody who may write there."""
    forger, victim = known_before(point_at, lose, "T1", "V2")
    again = lose()
    made = forger.write(create("case", forger.actor.node, case_status="OPEN"))
    named = page_commit(forger, made)
    assert offer(again, forger, msgspec.structs.replace(named, device=victim.device)).taken == 0
    tree = encode(["create", "node", new_id(), new_id(), {"code": "X", "name": "X", "tier": "CITY"}])
    parts = msgspec.Raw(pack_parts([OpPart(0, "", msgspec.Raw(tree))]))
    forged = msgspec.structs.replace(named, device=victim.device, n=9, parts=parts)
    assert offer(again, forger, forged).taken == 0
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(case.c.id)).first() is None


def test_nobody_takes_back_what_another_point_gave_out_by_bringing_it(point_at: PointAt, lose: Lose) -> None:
    """Who hung something on a case may have been let in by what the center lost. Into stock nobody is ever let in."""
    owner, forger = point_at("V1"), point_at("V2")
    given_out = Op("create", "movement", new_id(), owner.actor.node, {"kind": "ISSUE", "quantity": 3}, {})
    owner.write(given_out)
    for point in (owner, forger):
        point.sync()
    lose.keep()
    again = lose()
    taken_back = {"kind": "REVERSAL", "corrects": given_out.id}
    forged = forger.write(Op("create", "movement", reversal_id(given_out.id), forger.actor.node, taken_back, {}))
    assert offer(again, forger, msgspec.structs.replace(page_commit(forger, forged), device="d" * 32)).taken == 0
    assert aside(again) == [("d" * 32, 1, "not_allowed")]


def test_what_one_brings_in_anothers_name_is_bounded_and_stands_in_nobodys_way(
    point_at: PointAt, lose: Lose, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put aside counts against who brought it, not against the author named."""
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 3)
    author, forger, honest = point_at("V2"), point_at("V1"), point_at("V1")
    lose.keep()
    again = lose()
    own = forger.actor.node

    def forged(n: int, node: str) -> PageCommit:
        parts = [OpPart(0, "", msgspec.Raw(encode(["create", "person", new_id(), node, {"name": "李四"}])))]
        now, schema = again.clock(), author.write(create("person", author.actor.node)).schema
        raw = msgspec.Raw(pack_parts(parts))
        return PageCommit(author.device, "f" * 16, 1, n, 0, now, now, 0, schema, author.actor.id, raw)

    offer(again, forger, *(forged(n, own) for n in range(1, 4)))
    assert len(aside(again)) == 3
    with pytest.raises(Declined, match="409 aside_full"):
        offer(again, forger, forged(4, own))
    assert len(aside(again)) == 3
    offer(again, honest, forged(5, own))
    assert len(aside(again)) == 4
    author.hub = again
    request = author.request()
    request.hub_epoch, request.push.commits[-1].actor = hub_epoch(again), "0" * 32
    request.head = rechained(request)
    ack = answer_exchange(again, request, again.clock()).ack
    assert [verdict.code for verdict in ack.verdicts] == ["actor_unknown"]
    forger.write(create("person", own, name="王五"))
    request = forger.request()
    request.hub_epoch = hub_epoch(again)
    assert answer_exchange(again, request, again.clock()).ack.n == 1


def test_nobody_speaks_in_the_centers_own_name(hub: Hub, point_at: PointAt, lose: Lose) -> None:
    """Of what it wrote before it was put back only what the offering device may write is taken, of now nothing."""
    forger = point_at("V1")
    forger.sync()
    with reading(hub.engine) as conn:
        before = standing(conn)
    lose.keep()
    again = lose()
    with reading(again.engine) as conn:
        now = standing(conn)
    assert now.serial == before.serial + 1
    assert now.epoch != before.epoch
    made = page_commit(forger, forger.write(create("person", forger.actor.node, name="李四")))
    mine = msgspec.structs.replace(made, device=now.device, epoch=now.epoch, n=now.n + 1)
    assert offer(again, forger, mine).taken == 0
    assert aside(again) == [(now.device, now.n + 1, "not_allowed")]
    tree = encode(["create", "node", new_id(), new_id(), {"code": "X", "name": "X", "tier": "CITY"}])
    parts = msgspec.Raw(pack_parts([OpPart(0, "", msgspec.Raw(tree))]))
    for _ in range(2):
        older = msgspec.structs.replace(made, device=now.device, epoch=before.epoch, n=before.n + 1, parts=parts)
        assert offer(again, forger, older).taken == 0
    assert sorted(aside(again)) == sorted([(now.device, n, "not_allowed") for n in (now.n + 1, before.n + 1)])
    assert run_again(again).applied == 0
    assert names(again) == set()
    with reading(again.engine) as conn:
        assert "X" not in set(conn.execute(sa.select(node.c.code)).scalars())


def test_an_unknown_author_may_do_what_the_offering_device_may(point_at: PointAt, lose: Lose) -> None:
    """Nobody gets more rights by naming a device that nobody knows, or an older time."""
    forger, city = known_before(point_at, lose, "V1", "CITY")
    again = lose()
    notice = create("notice", city.actor.node, title="放假", text="放假")
    forged = page_commit(forger, forger.write(notice))
    assert offer(again, forger, msgspec.structs.replace(forged, device="d" * 32)).taken == 0
    assert aside(again) == [("d" * 32, 1, "not_allowed")]
    with reading(again.engine) as conn:
        last = conn.execute(sa.select(sa.func.max(journal.c.eff))).scalar_one()
    fair = page_commit(forger, forger.write(create("person", forger.actor.node, name="李四")))
    old = msgspec.structs.replace(fair, device="d" * 32, n=1, eff=1)
    assert offer(again, forger, old).taken == 1
    new = msgspec.structs.replace(fair, device="d" * 32, n=2, eff=1 << 60)
    assert offer(again, forger, new).taken == 1
    with reading(again.engine) as conn:
        query = sa.select(journal.c.eff).where(journal.c.device == "d" * 32).order_by(journal.c.n)
        effs = list(conn.execute(query).scalars())
    assert effs[0] == last
    assert last < effs[1] <= again.clock()


def test_what_stands_on_what_was_put_aside_waits_beside_it(point_at: PointAt, lose: Lose) -> None:
    """The person was registered by somebody who may not act there: what others wrote about them is not numbered."""
    author, stranger = point_at("V1"), point_at("V2")
    reader = point_at("V1")
    lose.keep()
    again = lose()
    who = create("person", author.actor.node, name="李四")
    made = msgspec.structs.replace(page_commit(author, author.write(who)), actor=stranger.actor.id)
    seen = WriteId(author.device, made.epoch, made.n, 0)
    called = Op("set", "person", who.id, who.node, {"phone": "13800000001"}, {}, group="phone", seen=(seen,))
    about = page_commit(author, author.write(called))
    assert offer(again, reader, made, about).taken == 0
    assert aside(again) == [(author.device, 1, "not_allowed"), (author.device, 2, "waits")]
    fair = page_commit(author, author.write(create("person", author.actor.node, name="王五")))
    assert offer(again, reader, fair).taken == 1


def test_a_grant_to_nobody_stands_in_nobodys_way(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    say_put_back(hub)
    about = create("case", point.actor.node, case_status="OPEN")
    point.write(about)
    point.write(Op("add", "case", about.id, about.node, {}, {}, "grants", "x" * 60))
    push_again(hub, point)
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(case.c.id)).scalar_one() == about.id


@pytest.mark.parametrize("parts", [b"[]", b"{}", b'[[0,"","x"]]', b'[[1,"",["create"]],[0,"",["create"]]]', b"null"])
def test_nonsense_is_dropped_and_the_rest_taken(point_at: PointAt, lose: Lose, parts: bytes) -> None:
    reader, commit, again = read_and_lost(point_at, lose)
    good = page_commit(reader, commit)
    bad = msgspec.structs.replace(good, n=7, parts=msgspec.Raw(parts))
    assert offer(again, reader, bad, good).taken == 1
    assert names(again) == {"李四"}


def test_what_is_brought_long_after_a_restore_waits_for_somebody_to_look(
    hub: Hub, point_at: PointAt, lose: Lose
) -> None:
    """Its author's disk may be gone: then it is nowhere else."""
    reader, commit, again = read_and_lost(point_at, lose)
    ids = [OfferedId(commit.device, commit.epoch, commit.n, [0])]
    assert offer(hub, reader, ids=ids).wanted == []  # it was never restored
    request = OfferRequest(1, "r", reader.device, hub_epoch(again), ids, [page_commit(reader, commit)])
    late = answer_offer(again, request, again.clock() + WINDOW_US + DAY)
    assert (late.wanted, late.taken) == (ids, 0)
    assert names(again) == set()
    with reading(again.engine) as conn:
        (waits,) = not_seen(conn)
    assert accept(again, waits).taken == 1
    assert names(again) == {"李四"}


def test_who_may_not_pull_may_not_offer(point_at: PointAt, lose: Lose) -> None:
    reader = point_at("V1")
    reader.sync()
    lose.keep()
    again = lose()
    request = OfferRequest(1, "r", reader.device, "f" * 16, [], [])
    with pytest.raises(Declined, match="409 epoch"):
        answer_offer(again, request, again.clock())
    with writing(again.engine) as conn:
        conn.execute(device.update().values(status="REVOKED"))
    with pytest.raises(Declined, match="401 revoked"):
        offer(again, reader)
    with writing(again.engine) as conn:
        conn.execute(device.delete())
    with pytest.raises(Declined, match="401 not_admitted"):
        offer(again, reader)


def test_a_device_that_knew_the_center_before_is_told_where_it_stands(hub: Hub, point_at: PointAt, lose: Lose) -> None:
    point = point_at("V1")
    point.register("李四")
    point.sync()
    lose.keep()
    before = hub_epoch(hub)
    seq = status(hub.engine)["seq"]
    again = lose()
    request = point.request()
    request.hub_epoch = before
    point.hub = again
    with pytest.raises(Declined) as caught:
        answer_exchange(again, request, again.clock())
    assert caught.value.facts["since"] == seq
    assert caught.value.facts["hub_epoch"] == hub_epoch(again)
    assert caught.value.facts["epochs"] == {request.epoch: [1, 1]}
    request.hub_epoch = "0" * 16
    with pytest.raises(Declined) as caught:
        answer_exchange(again, request, again.clock())
    assert caught.value.facts["since"] == 0
    request.hub_epoch = hub_epoch(again)
    assert answer_exchange(again, request, again.clock()).page.commits == []  # its cursor still holds
