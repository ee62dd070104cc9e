"""What the tests of cases start from: a man who says nothing, a parent's file that can be closed, some water."""

from typing import Any

import sqlalchemy as sa

from app.base.ids import new_id
from app.features.cases.commands import LogEncounter
from app.features.inventory.commands import ReceivedGoods, ReceiveGoods
from app.features.inventory.commands_catalogue import AddItem
from app.features.inventory.tables import shelf
from app.journal.act import Act
from app.journal.here import standing
from app.journal.ops import Op
from app.store.engine import writing
from tests.features.conftest import Point


def nameless(**more: Any) -> LogEncounter:
    """The seven facts of a man who says nothing; the time is now."""
    facts: dict[str, Any] = {
        "gender": "MALE",
        "age_est": 45,
        "features": "灰色棉衣，左眉有疤",
        "place_type": "BRIDGE",
        "health_obs": ("OK",),
        "disposition": "ON_SITE_AID",
    }
    return LogEncounter(**(facts | more))


def complete(**more: Any) -> LogEncounter:
    """An encounter after which the case can be closed."""
    facts: dict[str, Any] = {
        "name": "张大山",
        "gender": "MALE",
        "age_est": 45,
        "id_doc_type": "NONE",
        "id_verify": "SELF_SAID",
        "special_groups": ("NONE",),
        "reasons": ("STOLEN",),
        "needs": ("FOOD", "GO_HOME"),
        "place_type": "POINT",
        "health_obs": ("OK",),
        "disposition": "ON_SITE_AID",
        "basis": "STATUTORY",
        "notice_version": "2026-1",
    }
    return LogEncounter(**(facts | more))


def water(point: Point, on_hand: int = 48, limit: int | None = 4) -> str:
    """The item's id, with so many bottles on the shelf."""
    command = AddItem(item_code="W1", name="矿泉水", category="WATER", unit="BOTTLE", per_visit_limit=limit)
    item = point.make(command, "item")
    point.do(ReceiveGoods(source_type="CENTER", ref_no="D1", lines=(ReceivedGoods(item=item, quantity=on_hand),)))
    return item


def on_shelf(point: Point) -> int:
    """Bottles on the shelf, by the books."""
    with point.reading() as conn:
        return int(conn.execute(sa.select(sa.func.sum(shelf.c.on_hand))).scalar_one())


def erase(point: Point, kind: str, id_: str) -> None:
    """The law takes all that this record says, and the center tells the point so."""
    with writing(point.engine) as conn:
        act = Act(conn, point.actor, standing(conn), point.clock(), new_id)
        act.ops = [Op("erase", kind, id_, point.node, {}, {})]
        point.runner.commit(conn, act)
