"""Every command by every role at a device of its own point, of the points above and of a neighbour: who may what.

Made from the commands themselves; one without a row here fails. What each does is put together once at a village, and
then asked about as the point asks before it commits and as the center asks of every op: both must say what the row
says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.arrivals import Arrival, Sender, read_commits, touched_by
from app.center.intake import judge
from app.center.locks import lock_rows
from app.center.rights import People
from app.features.codes import ROLE
from app.features.org.commands import EngageStaff
from app.features.org.queries import load_tree
from app.features.registry import load_features
from app.journal.act import Act, Actor
from app.journal.commands import commands, from_json, handler_of
from app.journal.entities import Entity, entities, find_entity
from app.journal.fields import Code
from app.journal.here import standing
from app.journal.ops import SCHEMA, encode_op, new_parts
from app.journal.rights import leans_on
from app.journal.roles import ANYBODY
from app.journal.runner import Runner
from app.store.engine import reading
from app.sync.protocol import PushedCommit
from tests.proof.city import served_city
from tests.proof.examples import EXAMPLES, World

load_features()

NAMES = [cls.__name__ for cls in commands()]
ALL = frozenset(ROLE.codes)
WORKING = ALL - {"SEC_ADMIN", "AUDITOR"}
ANSWERING = WORKING - {"ASSISTANT", "LIAISON"}
HEADS = frozenset({"POINT_HEAD", "DISTRICT", "CENTER_HEAD", "SYS_ADMIN", "SEC_ADMIN"})
OFFICE = frozenset({"DISTRICT", "STATION_DUTY", "STATION_CASE", "CENTER_HEAD", "SYS_ADMIN"})
UP = frozenset({"V1", "T1", "D1", "CITY"})
"""The point itself and those above it; `V2` is a neighbour."""
DEVICES = (*sorted(UP), "V2")

HUNG = frozenset(
    ["case", "note", "encounter_photo", "person_photo", "notice_given", "follow_up", "movement", "count_line", "answer"]
)
"""The kinds that hang on records of a point, or are about them. A contact is made with its case here."""

Row = tuple[frozenset[str], frozenset[str]]
LOCAL: Row = (ALL, UP | {"V2"})
"""What writes no record: it never leaves the device."""


def rows(roles: frozenset[str], text: str, devices: frozenset[str] = UP) -> dict[str, Row]:
    return dict.fromkeys(text.split(), (roles, devices))


ROWS: dict[str, Row] = {
    **dict.fromkeys(("KeepDraft", "DropDraft", "KeepPhoto", "DropPhotos", "FetchPhoto"), LOCAL),
    **rows(ALL, "ShowInFull"),
    **rows(
        WORKING,
        "AddEncounterPhotos AddNote AddPersonPhotos AddPlace AllotGoods AmendCase AmendEncounter AmendPerson "
        "AmendPlace "
        "AnswerBeforeAfter AskForGoods CancelCount CancelTransfer CloseCase ClosePlace CorrectMovement FinishCount "
        "GiveNotice HandOut LinkPersons LogEncounter OpenCase OpeningCount PlaceLot PlanFollowUp QuarantineLot "
        "ReceiveGoods ReceiveTransfer RecordCountLine RecordFollowUp RegisterPerson ReleaseLot RemoveEncounterPhoto "
        "RemovePersonPhoto ReopenCase ReturnGoods ReverseMovement SendTransfer SettleDispute StartCount UndoCommit "
        "UndoHandOut WithdrawConsent WriteOff",
    ),
    **rows(
        ANSWERING,
        "AddPartner AmendPartner ApproveTransfer EndPartner GrantCase HandOverCase PostNotice RejectTransfer "
        "ReviewCase RevokeCase SetItemLevel SettleReview TakeDownNotice",
    ),
    **rows(HEADS, "AmendStaff DismissStaff EngageStaff"),
    **rows(OFFICE, "AmendCampaign EndCampaign StartCampaign", frozenset({"D1", "CITY"})),
    **rows(OFFICE, "AmendNode SetNodeStatus", frozenset({"CITY"})),
    "AddStandardItems": LOCAL,  # in a city that has them it writes nothing; what it adds is asked about as AddItem is
    **rows(OFFICE | {"STOCK_MANAGER"}, "AddItem AmendItem", frozenset({"CITY"})),
    **rows(frozenset({"CENTER_HEAD", "SYS_ADMIN"}), "FoundNode", frozenset({"CITY"})),
}
"""Command → the roles that may, and the points at whose devices they may."""


@dataclass(frozen=True)
class Court:
    """A village's laptop on which nobody asked for rights while the examples were made, and somebody of every role."""

    world: World
    people: dict[str, Actor]

    def said(self, name: str) -> Iterator[tuple[str, str, bool, bool]]:
        """Device's point, role, and whether the point and the center allow what the command does."""
        session, nodes = self.world.point.session, self.world.city.nodes
        command = from_json(name, EXAMPLES[name](self.world))
        runner = Runner(session.engine, session.clock, tree=load_tree)
        with reading(session.engine) as conn:
            act = Act(conn, session.actor, standing(conn), session.clock(), session.runner.new_id)
            with conn.begin_nested() as local:
                handler_of(command)(act, command)
                local.rollback()
            for device in DEVICES:
                act.here = replace(act.here, node=nodes[device])
                for role, actor in self.people.items():
                    act.actor = actor
                    yield device, role, _is_allowed(runner, act), self._is_taken(act)

    def copied(self, name: str, device: str) -> list[tuple[str, bool, bool]]:
        """What the command newly makes upon records of the village, made by somebody else as their own: the kind,
        whether there is something of the village's that it is upon, and whether the center takes it."""
        session, at = self.world.point.session, self.world.city.nodes[device]
        command = from_json(name, EXAMPLES[name](self.world))
        with reading(session.engine) as conn:
            act = Act(conn, self.people["SYS_ADMIN"], standing(conn), session.clock(), session.runner.new_id)
            with conn.begin_nested() as local:
                handler_of(command)(act, command)
                local.rollback()
            ops, home = act.ops, act.here.node
            act.here = replace(act.here, node=at)
            found = []
            for op in ops:
                entity = find_entity(op.kind)
                if op.name == "create" and op.node == home and entity is not None:
                    act.ops = [replace(op, node=at)]
                    upon = any(_is_of(conn, other, id_, home) for other, id_ in leans_on(entity, op))
                    found.append((op.kind, upon, self._is_taken(act)))
            return found

    def _is_taken(self, act: Act) -> bool:
        if not act.ops:
            return True
        sender = Sender(act.here.device, act.here.epoch, act.here.serial)
        ops = (encode_op(op, sender.device, sender.epoch) for op in act.ops)
        parts = msgspec.Raw(msgspec.json.encode(new_parts(ops)))
        pushed = PushedCommit(act.here.n + 1, act.now, 0, SCHEMA, act.actor.id, parts)
        arrivals: Sequence[Arrival] = read_commits(sender, [pushed])
        arrivals[0].eff = act.now
        nodes = lock_rows(act.conn, touched_by(arrivals).rows)
        people = People(act.conn, sender.device, arrivals)
        judge(act.conn, load_tree(act.conn), people, act.here.node, arrivals, nodes)
        return not arrivals[0].code


def _is_of(conn: sa.Connection, entity: Entity, id_: str, node: str) -> bool:
    return conn.execute(sa.select(entity.c.node).where(entity.c.id == id_)).scalar() == node


def _is_allowed(runner: Runner, act: Act) -> bool:
    try:
        runner.check_rights(act)
    except Refused as refused:
        return refused.code not in ("not_allowed", "not_this_point")
    return True


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    folder = tmp_path_factory.mktemp("city")
    with served_city(f"sqlite:///{folder / 'center.db'}") as city:
        point, neighbour = city.laptop("V1", folder / "point"), city.laptop("T1", folder / "neighbour")
        with point.session, neighbour.session:
            point.session.runner = replace(point.session.runner, tree=None)
            engaged: dict[str, Any] = {"name": "赵六", "node": city.nodes["CITY"]}
            people = {}
            for role in ROLE.codes:
                made = point.session.runner.do(EngageStaff(code=f"r-{role}", role=role, **engaged), point.session.actor)
                people[role] = Actor(made.made[0][1], role, city.nodes["CITY"])
            yield Court(World(city, point, neighbour), people)


def test_every_command_has_a_row_and_every_row_a_command() -> None:
    assert sorted(ROWS) == NAMES


def test_every_kind_says_who_may_write_it() -> None:
    for each in entities():
        assert each.roles is not ANYBODY, each.kind
        parts = {"create", "void", "rehome", *each.groups, *each.sets}
        coded = {name: field.table.codes for name, field in each.fields().items() if isinstance(field, Code)}
        values = {f"{name}={code}" for name, known in coded.items() for code in known}
        assert set(each.roles.finer) <= parts | values, each.kind
        named = [roles for roles in (each.roles.usual, *each.roles.finer.values()) if roles is not None]
        assert all(roles <= ALL for roles in named), each.kind


@pytest.mark.parametrize("name", NAMES)
def test_point_and_center_say_what_the_row_says(court: Court, name: str) -> None:
    roles, devices = ROWS[name]
    wrong = []
    for device, role, allowed, taken in court.said(name):
        expected = role in roles and device in devices
        if (allowed, taken) != (expected, expected):
            wrong.append((device, role, {"row": expected, "point": allowed, "center": taken}))
    assert wrong == []


def test_what_hangs_on_a_record_is_made_where_the_record_is_and_above(court: Court) -> None:
    seen, wrong = set(), []
    for name in NAMES:
        for device in ("T1", "V2"):
            for kind, upon, taken in court.copied(name, device):
                seen.add(kind) if upon else None
                if upon and taken != (device == "T1"):
                    wrong.append((name, device, kind, taken))
    assert wrong == []
    assert seen >= HUNG
