"""For every command, lines that a point accepts: as few fields as it allows, with one line where it has lines.

An example is made anew at each call, with what it needs made before it, so that one can be carried out many times.
"""

import base64
import hashlib
import itertools
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.center.hub import Hub
from app.center.locks import pass_gate
from app.center.reviews import list_all
from app.features.inventory import tables
from app.features.inventory.rules import lot_id
from app.features.org.amending import shown_heads
from app.features.org.reviews import RELAYED, Raised, open_reviews
from app.journal.heads import disputes
from app.store.engine import reading, writing
from tests.photographs import prepared
from tests.proof.city import WATER, City, Laptop, now

Example = dict[str, Any]
TRANSFERS = 14
"""How many transfers of each kind wait at the point: an example uses one up each time."""
GOODS = {"item": WATER, "quantity": 24, "batch": "B1", "expires_on": "2027-06-30"}
LOT = lot_id(WATER, "B1", "2027-06-30")
MET = {
    "gender": "MALE",
    "age_est": 45,
    "features": "灰色棉衣，左眉有疤",
    "place_type": "BRIDGE",
    "health_obs": ["OK"],
    "disposition": "ON_SITE_AID",
}
WHY = {"reason": "核对后更正"}


def photo_fields(seed: int) -> Example:
    """What `KeepPhoto` takes: another picture for each seed."""
    made = prepared(seed, (64, 48))
    return {"photo": base64.b64encode(made.data).decode(), "thumbnail": made.thumbnail}


class World:
    """A point at work, with what its neighbours sent it."""

    def __init__(self, city: City, point: Laptop, neighbour: Laptop) -> None:
        self.city, self.point = city, point
        self._serial = itertools.count(1)
        here = point.session.actor.node
        point.do("OpeningCount", lines=[GOODS | {"quantity": 5_000}], counter="张三")
        neighbour.do("OpeningCount", lines=[GOODS | {"quantity": 5_000}], counter="李四")
        for _ in range(3 * TRANSFERS):
            neighbour.do("AskForGoods", from_point=here, lines=[{"item": WATER, "quantity": 6}], reason="不够")
        for _ in range(TRANSFERS):
            neighbour.do("AllotGoods", to_point=here, lines=[{"item": WATER, "quantity": 6}], sender="李四")
        neighbour.sync()
        point.sync()
        t = tables.transfer.c
        rows = point.rows(sa.select(t.id, t.status).order_by(t.id))
        self._asked = [row.id for row in rows if row.status == "ASKED"]
        self._sent = [row.id for row in rows if row.status == "SENT"]

    def next(self) -> int:
        return next(self._serial)

    def made(self, kind: str, command: str, /, **fields: Any) -> str:
        return self.point.do(command, **fields).id(kind)

    def person(self) -> str:
        return self.made("person", "RegisterPerson", name=f"王五{self.next()}", gender="MALE", age_est=40)

    def encounter(self, **more: Any) -> str:
        return self.made("encounter", "LogEncounter", **MET, **more)

    def case(self, **more: Any) -> str:
        return self.made("case", "LogEncounter", **MET, **more)

    def photo(self) -> str:
        """The name of a photo that waits in a form."""
        fields = photo_fields(self.next())
        self.point.do("KeepPhoto", **fields)
        return hashlib.sha256(base64.b64decode(fields["photo"])).hexdigest()

    def met_with_photo(self) -> tuple[str, str]:
        """The id of an encounter's photo, and the name of its bytes."""
        photo = self.photo()
        return self.made("encounter_photo", "LogEncounter", **MET, photos=[{"photo": photo}]), photo

    def closable(self, **more: Any) -> str:
        """A case whose file holds what closing asks for."""
        facts = {
            "name": "张大山", "id_doc_type": "NONE", "id_verify": "SELF_SAID", "special_groups": ["NONE"],
            "reasons": ["STOLEN"], "needs": ["FOOD"], "basis": "STATUTORY", "notice_version": "2026-1",
        }  # fmt: skip
        return self.case(**facts, **more)

    def closed(self, **more: Any) -> str:
        case = self.closable(**more)
        self.point.do("CloseCase", case=case, close_type="NEED_MET", satisfaction=5)
        return case

    def item(self) -> str:
        return self.made(
            "item", "AddItem", item_code=f"X{self.next()}", name="手套", category="CLOTH_WINTER", unit="PAIR"
        )

    def issued(self) -> str:
        goods = [{"item": WATER, "quantity": 1}]
        return self.point.do("LogEncounter", **MET, goods=goods).id("movement")

    def node(self) -> str:
        fields = {"tier": "VILLAGE", "parent": self.city.nodes["T1"], "name": "新点"}
        return self.made("node", "FoundNode", code=f"N{self.next()}", **fields)

    def staff(self) -> str:
        return self.made("staff", "EngageStaff", code=f"s{self.next()}", name="赵六", role="ASSISTANT")

    def count(self) -> str:
        return self.made("count", "StartCount", take_type="SPOT", counter="张三", observer="李四")

    def asked(self) -> str:
        return str(self._asked.pop())

    def sent(self) -> str:
        return str(self._sent.pop())

    def line_of(self, transfer: str) -> str:
        c = tables.transfer_line.c
        return str(self.point.rows(sa.select(c.id).where(c.transfer == transfer))[0][0])

    def dispute(self) -> Example:
        """Two names written from the same form, as two clerks would."""
        person = self.person()
        with reading(self.point.session.engine) as conn:
            shown = list(shown_heads(conn, "person", person))
        for name in ("王伍", "王武"):
            self.point.do("AmendPerson", person=person, name=name, bases=shown, **WHY)
        with reading(self.point.session.engine) as conn:
            bases = sorted(disputes(conn, [person])[0].values)
        return {"kind": "person", "id": person, "group": "name", "bases": bases, "choice": bases[0]}

    def granted(self) -> Example:
        """A case that another point works on too."""
        given = {"case": self.case(name="王五"), "point": self.city.nodes["T1"], **WHY}
        self.point.do("GrantCase", **given)
        return given

    def review(self) -> str:
        """Something the center lists for this point to look at."""
        case = self.case()
        self.point.sync()
        hub = Hub(self.city.engine)
        with writing(self.city.engine) as conn:
            pass_gate(conn, alone=True)
            list_all(conn, hub, [Raised("case", case, RELAYED, "", self.city.nodes["T1"], now())])
        self.point.sync()
        with reading(self.point.session.engine) as conn:
            (listed,) = [each.id for each in open_reviews(conn) if each.record == case]
        return listed


def _of(kind: str) -> Callable[[World], Example]:
    """`{kind: a new record}` with a reason: most of what corrects or ends something."""
    return lambda world: {kind: _MAKERS[kind](world), **WHY}


_MAKERS: dict[str, Callable[[World], str]] = {
    "campaign": lambda w: w.made("campaign", "StartCampaign", type="LOCAL", name="夜巡", starts_on="2026-11-01"),
    "partner": lambda w: w.made("partner", "AddPartner", name="便利店", partner_type="SHOP"),
    "place": lambda w: w.made("place", "AddPlace", name="桥洞", place_type="BRIDGE"),
    "notice": lambda w: w.made("notice", "PostNotice", title="降温提醒"),
    "hand_out": lambda w: w.made("hand_out", "HandOut", item=WATER, quantity=2, head_count=2),
    "movement": World.issued,
    "case": World.closed,
    "person": World.person,
    "encounter": World.encounter,
    "item": World.item,
    "node": World.node,
    "staff": World.staff,
}


def _before_after(world: World) -> Example:
    movement, count = world.issued(), world.count()
    with reading(world.point.session.engine) as conn:
        lot = conn.execute(sa.select(tables.movement.c.lot).where(tables.movement.c.id == movement)).scalar_one()
    line = world.made("count_line", "RecordCountLine", count=count, lot=lot, quantity=100)
    return {"movement": movement, "line": line, "verdict": "BEFORE"}


def _finished(world: World) -> Example:
    count = world.count()
    world.point.do("RecordCountLine", count=count, lot=LOT, quantity=7_000)
    return {"count": count, "lines": [{"lot": LOT, "diff_reason": "MISCOUNT"}]}


def _reviewed(world: World) -> Example:
    return {"case": world.closed(staff=world.staff())}


def _of_line(transfer: str, world: World) -> Example:
    return {"transfer": transfer, "lines": [{"line": world.line_of(transfer), "quantity": 3}]}


EXAMPLES: dict[str, Callable[[World], Example]] = {
    "KeepPhoto": lambda w: photo_fields(w.next()),
    "DropPhotos": lambda w: {"photos": [w.photo()]},
    "FetchPhoto": lambda w: {"photo": w.met_with_photo()[1]},
    "AddEncounterPhotos": lambda w: {"encounter": w.encounter(), "photos": [{"photo": w.photo()}]},
    "RemoveEncounterPhoto": lambda w: {"encounter_photo": w.met_with_photo()[0], **WHY},
    "AddPersonPhotos": lambda w: {"person": w.person(), "photos": [{"photo": w.photo()}]},
    "RemovePersonPhoto": lambda w: {
        "person_photo": w.made("person_photo", "AddPersonPhotos", person=w.person(), photos=[{"photo": w.photo()}]),
        **WHY,
    },
    "AddItem": lambda w: {"item_code": f"I{w.next()}", "name": "手套", "category": "CLOTH_WINTER", "unit": "PAIR"},
    "AddNote": lambda w: {"encounter": w.encounter(), "text": "还在桥下"},
    "AddPartner": lambda w: {"name": "便利店", "partner_type": "SHOP"},
    "AddPlace": lambda w: {"name": "桥洞", "place_type": "BRIDGE"},
    "AddStandardItems": lambda w: {},
    "AllotGoods": lambda w: {
        "to_point": w.city.nodes["T1"],
        "lines": [{"item": WATER, "quantity": 1}],
        "sender": "张三",
    },
    "AmendCampaign": lambda w: _of("campaign")(w) | {"mode": "EMERGENCY"},
    "AmendCase": lambda w: {"case": w.case(), "mode": "EMERGENCY", **WHY},
    "AmendEncounter": lambda w: {"encounter": w.encounter(), "temperature": -3, **WHY},
    "AmendItem": lambda w: _of("item")(w) | {"pack_factor": 12},
    "AmendNode": lambda w: _of("node")(w) | {"sign_ok": True},
    "AmendPartner": lambda w: _of("partner")(w) | {"partner_type": "CHARITY"},
    "AmendPerson": lambda w: _of("person")(w) | {"age_est": 51},
    "AmendPlace": lambda w: _of("place")(w) | {"risk_level": "R2"},
    "AmendStaff": lambda w: _of("staff")(w) | {"role": "LIAISON"},
    "AnswerBeforeAfter": _before_after,
    "ApproveTransfer": lambda w: _of_line(w.asked(), w) | {"approved_by": "张三"},
    "AskForGoods": lambda w: {
        "from_point": w.city.nodes["T1"],
        "lines": [{"item": WATER, "quantity": 1}],
        "reason": "不够",
    },
    "CancelCount": lambda w: {"count": w.count(), **WHY},
    "CancelTransfer": lambda w: {"transfer": w.made("transfer", "AskForGoods", **EXAMPLES["AskForGoods"](w)), **WHY},
    "CloseCase": lambda w: {"case": w.closable(), "close_type": "NEED_MET", "satisfaction": 5},
    "ClosePlace": _of("place"),
    "CorrectMovement": lambda w: {"movement": w.issued(), "quantity": 2, **WHY},
    "DismissStaff": _of("staff"),
    "DropDraft": lambda w: {"key": "entry"},
    "EndCampaign": _of("campaign"),
    "EndPartner": _of("partner"),
    "EngageStaff": lambda w: {"code": f"e{w.next()}", "name": "赵六", "role": "ASSISTANT"},
    "FinishCount": _finished,
    "FoundNode": lambda w: {
        "code": f"F{w.next()}",
        "name": "新点",
        "tier": "VILLAGE",
        "parent": w.city.nodes["T1"],
    },
    "GiveNotice": lambda w: {"encounter": w.encounter(), "basis": "STATUTORY"},
    "GrantCase": lambda w: {"case": w.case(name="王五"), "point": w.city.nodes["T1"], **WHY},
    "HandOverCase": lambda w: {"case": w.case(name="王五"), "point": w.city.nodes["T1"], **WHY},
    "HandOut": lambda w: {"item": WATER, "quantity": 3, "head_count": 3},
    "KeepDraft": lambda w: {"key": "entry", "content": "{}"},
    "LinkPersons": lambda w: {"first": w.person(), "second": w.person(), "verdict": "SAME"},
    "LogEncounter": lambda w: (
        MET | {"basis": "STATUTORY", "goods": [{"item": WATER, "quantity": 1}], "photos": [{"photo": w.photo()}]}
    ),
    "OpenCase": lambda w: {"person": w.person()},
    "OpeningCount": lambda w: {"lines": [GOODS], "counter": "张三"},
    "PlaceLot": lambda w: {"lot": LOT, "shelf": f"A{w.next()}"},
    "PlanFollowUp": lambda w: {"encounter": w.encounter(), "due_at": now() + 86_400_000_000},
    "PostNotice": lambda w: {"title": "降温提醒"},
    "QuarantineLot": lambda w: {"lot": _spare_lot(w), **WHY},
    "ReceiveGoods": lambda w: {"lines": [GOODS], "source_type": "CENTER"},
    "ReceiveTransfer": lambda w: _of_line(w.sent(), w) | {"receiver": "张三"},
    "RecordCountLine": lambda w: {"count": w.count(), **GOODS},
    "RecordFollowUp": lambda w: {"follow_up": _visit(w), "follow_result": "STABLE"},
    "RegisterPerson": lambda w: {"name": "王五", "gender": "MALE", "age_est": 40},
    "RejectTransfer": lambda w: {"transfer": w.asked(), **WHY},
    "ReleaseLot": lambda w: {"lot": _spare_lot(w), **WHY},
    "ReopenCase": _of("case"),
    "ReturnGoods": lambda w: {"lines": [GOODS]},
    "ReverseMovement": _of("movement"),
    "ReviewCase": _reviewed,
    "RevokeCase": World.granted,
    "SendTransfer": lambda w: _of_line(w.asked(), w) | {"sender": "张三"},
    "SetItemLevel": lambda w: {"item": WATER},
    "SetNodeStatus": lambda w: _of("node")(w) | {"status": "SUSPENDED"},
    "SettleDispute": World.dispute,
    "SettleReview": lambda w: {"review": w.review()},
    "ShowInFull": lambda w: {"person": w.person(), "fields": ["name"], "purpose": "VERIFY"},
    "StartCampaign": lambda w: {"type": "LOCAL", "name": "夜巡", "starts_on": "2026-11-01"},
    "StartCount": lambda w: {"take_type": "SPOT", "counter": "张三"},
    "TakeDownNotice": _of("notice"),
    "UndoCommit": lambda w: {"commit": w.point.do("RegisterPerson", name="甲", gender="MALE", age_est=4).commit, **WHY},
    "UndoHandOut": _of("hand_out"),
    "WithdrawConsent": lambda w: {"notice": w.made("notice_given", "GiveNotice", **EXAMPLES["GiveNotice"](w))},
    "WriteOff": lambda w: {"lines": [{"lot": LOT, "quantity": 1}], "cause": "DAMAGE", "reason": "破损"},
}


def _visit(world: World) -> str:
    return world.made("follow_up", "PlanFollowUp", **EXAMPLES["PlanFollowUp"](world))


def _spare_lot(world: World) -> str:
    """A lot that no other example takes from."""
    goods = GOODS | {"batch": f"S{world.next()}"}
    return world.made("lot", "ReceiveGoods", lines=[goods], source_type="CENTER")
