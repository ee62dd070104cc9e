"""What was erased by law is gone from what was set aside too, whether that came before the erase or after it."""

import msgspec
import pytest
import sqlalchemy as sa

from app.center.erase import erase
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.tables import quarantine
from app.center.vouching import accept, settle_what_came
from app.journal.apply import door
from app.journal.ops import SCHEMA, Commit, Op, first_link, next_link, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.store.schema import metadata
from app.sync.protocol import PushedCommit
from tests.center.points import Point, PointAt, rechained
from tests.center.restoring import Lose, aside, create, entries, offer, page_commit, push_again

SECRET = "赵秘密"


def is_told(hub: Hub) -> bool:
    """Whether any table says it."""
    with reading(hub.engine) as conn:
        rows = (row for table in metadata.sorted_tables for row in conn.execute(sa.select(table)))
        return any(
            SECRET.encode() in (bytes(value) if isinstance(value, bytes) else str(value).encode())
            for row in rows
            for value in row
        )


def open_case(author: Point) -> Op:
    about = create("case", author.actor.node, case_status="OPEN", story="天冷，睡在桥下")
    author.write(about)
    author.sync()
    return about


def known_case(point_at: PointAt, lose: Lose) -> tuple[Point, Point, Op]:
    """Whose case it is, who may bring what is written of it, and the case; then a backup is made."""
    author, reader = point_at("V1"), point_at("V2")
    about = open_case(author)
    reader.sync()
    lose.keep()
    return author, reader, about


def story(about: Op) -> Op:
    return Op("set", "case", about.id, about.node, {"story": SECRET}, {}, "story")


def test_what_is_sent_after_the_erase_and_not_allowed_is_kept_without_it(hub: Hub, point_at: PointAt) -> None:
    author, other = point_at("V1"), point_at("V2")
    about = open_case(author)
    other.sync()
    erase(hub, "case", about.id)
    other.write(story(about))
    other.sync()
    assert aside(hub) == [(other.device, 1, "not_allowed")]
    assert not is_told(hub)


def test_what_is_brought_after_the_erase_is_kept_without_it(point_at: PointAt, lose: Lose) -> None:
    author, reader, about = known_case(point_at, lose)
    told = page_commit(author, author.write(story(about)))
    again = lose()
    erase(again, "case", about.id)
    for _ in range(2):
        assert offer(again, reader, told).taken == 0
    assert not is_told(again)
    (entry,) = entries(again, reader)
    assert accept(again, entry).taken == 1
    assert aside(again) == []
    assert not is_told(again)


def test_what_was_brought_before_the_erase_settles_as_what_its_author_sends(point_at: PointAt, lose: Lose) -> None:
    author, reader, about = known_case(point_at, lose)
    told = page_commit(author, author.write(story(about)))
    again = lose()
    offer(again, reader, told)
    erase(again, "case", about.id)
    assert not is_told(again)
    push_again(again, author)
    assert settle_what_came(again) == 1
    assert not is_told(again)


def test_what_hangs_on_it_and_lies_aside_is_erased_with_it(point_at: PointAt, lose: Lose) -> None:
    author, reader, about = known_case(point_at, lose)
    met = create("encounter", author.actor.node, case=about.id)
    note = create("note", author.actor.node, encounter=met.id, text=SECRET)
    told = page_commit(author, author.write(met, note))
    again = lose()
    assert offer(again, reader, told).taken == 0
    assert erase(again, "case", about.id).records == [op.key for op in (about, met, note)]
    assert not is_told(again)
    (entry,) = entries(again, reader)
    assert accept(again, entry).taken == 1
    push_again(again, author)
    assert not is_told(again)


def test_what_is_no_op_at_all_does_not_keep_from_erasing(hub: Hub, point_at: PointAt) -> None:
    author = point_at("V1")
    about = create("case", author.actor.node, case_status="OPEN", story=SECRET)
    author.write(about)
    author.write(create("person", author.actor.node, name="李四"))
    request = author.request()
    request.push.commits[1].parts = msgspec.Raw(f'[[0,"",["create","case","{about.id}"]]]'.encode())
    request.head = rechained(request)
    assert [verdict.code for verdict in answer_exchange(hub, request, hub.clock()).ack.verdicts] == ["malformed"]
    erase(hub, "case", about.id)
    assert not is_told(hub)


UNREAD = [
    '[[0,"AAAAAAAAAAA",["annotate","person","{id}","{node}","name",{{"name":"{words}"}},[]]]]',
    '[[0,"AAAAAAAAAAA",["create","person",{{"id":"{id}","name":"{words}"}}]]]',
    '{{"{id}":"{words}"}}',
]
"""What an older program cannot read: an op it has no word for, what is no op to it, what is no list of ops."""


@pytest.mark.parametrize("comes", ["before", "after"])
@pytest.mark.parametrize("parts", UNREAD)
def test_what_nobody_here_can_read_is_kept_without_what_was_erased(
    hub: Hub, point_at: PointAt, parts: str, comes: str
) -> None:
    author, newer = point_at("V1"), point_at("V1")
    who, other = author.register("赵秘密"), author.register("钱留下")
    author.sync()
    newer.sync()
    for id_ in (who, other):
        newer.write(create("person", newer.actor.node))
        raw = parts.format(id=id_, node=newer.actor.node, words=SECRET if id_ == who else "钱也留下")
        change(newer, raw)

    def push() -> None:
        request = newer.request()
        for commit in request.push.commits:
            commit.schema = SCHEMA + 1
        request.head = rechained(request)
        newer.take(answer_exchange(hub, request, hub.clock()))

    if comes == "before":
        push()
    erase(hub, "person", who)
    if comes == "after":
        push()
    assert len(aside(hub)) == 2
    assert not is_told(hub)
    with reading(hub.engine) as conn:
        assert "钱也留下".encode() in b"".join(conn.execute(sa.select(quarantine.c.raw)).scalars())
    assert chain_holds_aside(hub)


def change(point: Point, parts: str) -> None:
    """The last commit of this point says something else."""
    last = sa.select(sa.func.max(journal.c.n)).where(journal.c.device == point.device).scalar_subquery()
    with door(), writing(point.engine) as conn:
        these = (journal.c.device == point.device, journal.c.n == last)
        conn.execute(journal.update().where(*these).values(payload=parts.encode()))


def chain_holds_aside(hub: Hub) -> bool:
    """Whether the links kept with what was set aside follow from what is left of it, as far as they are known."""
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(quarantine).order_by(quarantine.c.n)).mappings().all()
    link = first_link(rows[0]["device"], rows[0]["epoch"])
    for row in rows:
        if row["chain"] is None:
            return True
        p = msgspec.json.decode(row["raw"], type=PushedCommit)
        parts = unpack_parts(p.parts)
        link = next_link(link, Commit(row["device"], row["epoch"], 1, p.n, p.wall, p.bound, p.actor, p.schema, parts))
        if link != row["chain"]:
            return False
    return True
