"""Something new upon another point's record: taken from who was let in, had it or stands above it, from nobody else."""

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id, new_id
from app.center.hub import Hub
from app.center.quarantine import set_aside
from app.features.cases.tables import encounter, note
from app.features.org.tables import review
from app.journal.elements import element_key
from app.journal.entities import find_entity
from app.journal.heads import heads_of
from app.journal.ops import Op, WriteId
from app.store.engine import reading
from tests.center.points import Point, PointAt

PHOTO = {"photo": "0" * 64, "bytes": 5}


class Case:
    """A case of a point with somebody's person, one contact and goods that moved."""

    def __init__(self, point: Point) -> None:
        self.person, self.case, self.contact, self.moved, self.count = (new_id() for _ in range(5))
        self.node, self.lot = point.actor.node, meaning_id("lot", "1" * 32)
        self.line = meaning_id("count_line", self.count, self.lot)
        point.write(
            Op("create", "person", self.person, self.node, {"name": "赵六"}, {}),
            Op("create", "case", self.case, self.node, {"person": self.person, "status": "OPEN"}, {}),
            Op("create", "encounter", self.contact, self.node, {"case": self.case}, {}),
            Op("create", "movement", self.moved, self.node, {"lot": self.lot, "kind": "RECEIVE", "quantity": 5}, {}),
            Op("create", "count", self.count, self.node, {}, {}),
            Op("create", "count_line", self.line, self.node, {"count": self.count, "lot": self.lot}, {}),
        )
        point.sync()

    def upon_it(self, node: str) -> list[Op]:
        """Everything that can be made upon these records, at `node`."""
        found: list[tuple[str, str, dict[str, Any]]] = [
            ("encounter", new_id(), {"case": self.case}),
            ("note", new_id(), {"encounter": self.contact, "text": "来过"}),
            ("follow_up", new_id(), {"case": self.case}),
            ("follow_up", new_id(), {"encounter": self.contact}),
            ("notice_given", new_id(), {"encounter": self.contact}),
            ("encounter_photo", new_id(), {"encounter": self.contact, **PHOTO}),
            ("person_photo", new_id(), {"person": self.person, **PHOTO}),
            ("case", new_id(), {"person": self.person}),
            ("movement", meaning_id("reversal", self.moved), {"corrects": self.moved, "kind": "REVERSAL"}),
            ("movement", meaning_id("correction", self.moved), {"corrects": self.moved, "kind": "RECEIVE"}),
            ("count_line", meaning_id("count_line", self.count, "2" * 32), {"count": self.count, "lot": "2" * 32}),
            ("answer", meaning_id("answer", self.moved, self.line), {"movement": self.moved, "line": self.line}),
        ]
        return [Op("create", kind, id_, node, values, {}) for kind, id_, values in found]


def made(hub: Hub, ops: Sequence[Op]) -> list[str]:
    """The kinds of those of these records that are at the center, and at whose device they were made."""
    with reading(hub.engine) as conn:
        return [op.kind for op in ops if _is_there(conn, op)]


def _is_there(conn: sa.Connection, op: Op) -> bool:
    entity = find_entity(op.kind)
    assert entity is not None
    return conn.execute(sa.select(entity.c.node).where(entity.c.id == op.id)).scalar() == op.node


def test_nobody_makes_anything_upon_the_record_of_a_point_that_did_not_let_them_in(hub: Hub, point_at: PointAt) -> None:
    owner, stranger = point_at("V1"), point_at("V2")
    case = Case(owner)
    forged = case.upon_it(stranger.actor.node)
    for op in forged:
        stranger.write(op)
    stranger.register("李四")
    stranger.sync()
    assert made(hub, forged) == []
    with reading(hub.engine) as conn:
        assert [entry.detail for entry in set_aside(conn)] == [f"create {op.kind} upon another's" for op in forged]
    own = case.upon_it(case.node)
    for op in own:
        owner.write(op)
    owner.sync()
    assert made(hub, own) == [op.kind for op in own]
    assert stranger.unsent() == 0


def test_nobody_moves_a_contact_of_their_own_into_such_a_case(hub: Hub, point_at: PointAt) -> None:
    owner, stranger = point_at("V1"), point_at("V2")
    case, own = Case(owner), Case(stranger)
    stranger.write(Op("set", "encounter", own.contact, own.node, {"case": case.case}, {}, "case"))
    stranger.sync()
    with reading(hub.engine) as conn:
        assert conn.execute(sa.select(encounter.c.case).where(encounter.c.id == own.contact)).scalar() == own.case


def test_one_commit_is_not_taken_in_part(hub: Hub, point_at: PointAt) -> None:
    owner, stranger = point_at("V1"), point_at("V2")
    case, own = Case(owner), Case(stranger)
    upon_own = Op("create", "note", new_id(), own.node, {"encounter": own.contact, "text": "自己的"}, {})
    stranger.write(upon_own, Op("create", "note", new_id(), own.node, {"encounter": case.contact, "text": "假"}, {}))
    stranger.sync()
    assert made(hub, [upon_own]) == []


@pytest.mark.parametrize("above", ["T1", "D1", "CITY"])
def test_who_stands_above_works_on_the_records_below(hub: Hub, point_at: PointAt, above: str) -> None:
    case, town = Case(point_at("V1")), point_at(above)
    ops = case.upon_it(town.actor.node)
    for op in ops:
        town.write(op)
    town.sync()
    assert made(hub, ops) == [op.kind for op in ops]


def test_who_was_let_in_works_on_and_who_is_no_more_comes_late(hub: Hub, point_at: PointAt) -> None:
    owner, guest = point_at("V1"), point_at("V2")
    case, node = Case(owner), guest.actor.node
    granted = [("case", case.case), ("person", case.person)]
    for kind, id_ in granted:
        owner.write(Op("add", kind, id_, case.node, {}, {}, "grants", node))
    owner.sync()
    guest.sync()
    upon = [op for op in case.upon_it(node) if op.kind not in ("movement", "count_line", "answer")]
    for op in upon[:4]:
        guest.write(op)
    guest.sync()
    assert made(hub, upon) == [op.kind for op in upon[:4]]
    for op in upon[4:]:
        guest.write(op)
    guest.write(Op("create", "note", new_id(), node, {"encounter": upon[0].id, "text": "自己的接触"}, {}))
    for kind, id_ in granted:
        owner.write(Op("remove", kind, id_, case.node, {}, {}, "grants", node, _grants(owner, kind, id_, node)))
    owner.sync()
    guest.sync()
    assert made(hub, upon) == [op.kind for op in upon]
    with reading(hub.engine) as conn:
        assert set_aside(conn) == []
        listed = set(conn.execute(sa.select(review.c.record).where(review.c.code == "LATE_EDIT")).scalars())
        assert listed == {case.contact, case.person}
        assert conn.execute(sa.select(sa.func.count()).where(note.c.encounter == upon[0].id)).scalar() == 1


def test_a_case_given_away_takes_what_its_former_point_had_written(hub: Hub, point_at: PointAt) -> None:
    former, new = point_at("V1"), point_at("V2")
    case = Case(former)
    with reading(former.engine) as conn:
        home = tuple(heads_of(conn, "case", case.case).home)
    former.write(Op("rehome", "case", case.case, case.node, {"node": new.actor.node}, {}, "@home", "", home))
    former.sync()
    new.sync()
    late = Op("create", "encounter", new_id(), case.node, {"case": case.case}, {})
    former.write(late)
    former.sync()
    fresh = Op("create", "encounter", new_id(), new.actor.node, {"case": case.case}, {})
    new.write(fresh)
    new.sync()
    assert made(hub, [late, fresh]) == ["encounter", "encounter"]
    with reading(hub.engine) as conn:
        assert set_aside(conn) == []
        assert conn.execute(sa.select(review.c.record)).scalars().all() == [case.case]


def _grants(point: Point, kind: str, id_: str, node: str) -> tuple[WriteId, ...]:
    with reading(point.engine) as conn:
        return tuple(sorted(heads_of(conn, kind, id_).of(element_key("grants", node))))
