"""Writing a planned city at its center: points, staff, catalogue, campaigns, announcements, partners, key areas."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import meaning_id
from app.cli.sample.plan import CityPlan, PlannedNode
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.org.commands import AmendNode, EngageStaff, FoundNode
from app.features.org.commands_notices import AddPartner, AddPlace, PostNotice, StartCampaign
from app.features.org.tables import campaign, node, partner, place, staff
from app.journal.act import Actor
from app.journal.entities import Entity
from app.journal.runner import Runner
from app.store.engine import reading

WINTER = "寒冬送温暖"
SUMMER = "夏季送清凉"
_PARTNERS = (
    ("晨雾社会工作服务中心", "SOCIAL_WORKER"),
    ("暖粥志愿服务队", "VOLUNTEER"),
    ("渡口便利店", "SHOP"),
)
_PLACES = (("长途客运站", "STATION"), ("沿河桥洞", "BRIDGE"), ("夜市", "NIGHT_MARKET"), ("人民医院门诊楼", "HOSPITAL"))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the center has already, by what it is known by."""

    nodes: frozenset[str]
    placed: frozenset[str]
    """The nodes with an address; a center that was only just set up has its own node without one."""
    staff: frozenset[str]
    names: frozenset[str]


def populate_center(runner: Runner, actor: Actor, city: CityPlan) -> None:
    """Write the city. What is there already stays as it is, so that a run that was cut short can be run again."""
    known = _known(runner.engine)
    for planned in city.nodes:
        if planned.code not in known.nodes:
            runner.do(_founding(planned, city.hotline), actor)
        elif planned.code not in known.placed:
            runner.do(_describing(planned, city.hotline), actor)
        for person in planned.staff:
            if person.code not in known.staff:
                values = {name: getattr(person, name) for name in person.__dataclass_fields__}
                runner.do(EngageStaff(**values, node=node_id(planned.code)), actor)
    runner.do(AddStandardItems(), actor)
    _announce(runner, actor, city, known.names)


def post_news(runner: Runner, actor: Actor, city: CityPlan) -> None:
    """What the station has announced today."""
    text = "未来三天最低气温下降，请各救助点检查棉被、棉衣和热食的库存，夜间巡查每晚不少于一次。"
    command = PostNotice(
        title="降温提醒：夜间巡查加密",
        text=text,
        expires_at=runner.clock() + 14 * DAY,
        node=node_id(city.station.code),
    )
    runner.do(command, actor)


def node_id(code: str) -> str:
    return meaning_id("node", code)


def _known(engine: sa.Engine) -> _Known:
    with reading(engine) as conn:

        def column(entity: Entity, name: str) -> frozenset[str]:
            return frozenset(conn.execute(sa.select(entity.c[name]).where(~entity.c.hidden)).scalars())

        placed = sa.select(node.c.code).where(~node.c.hidden, node.c.address.is_not(None))
        named = ((campaign, "name"), (partner, "name"), (place, "code"))
        names = frozenset[str]().union(*(column(entity, name) for entity, name in named))
        return _Known(column(node, "code"), frozenset(conn.execute(placed).scalars()), column(staff, "code"), names)


def _founding(planned: PlannedNode, hotline: str) -> FoundNode:
    return FoundNode(
        code=planned.code,
        name=planned.name,
        tier=planned.tier,
        parent=node_id(planned.parent) if planned.parent else None,
        opened_on=planned.opened_on,
        circle=("GUIDE",) if planned.tier == "VILLAGE" else None,
        **_facts(planned, hotline),
    )


def _describing(planned: PlannedNode, hotline: str) -> AmendNode:
    return AmendNode(node=node_id(planned.code), reason="补充地址和电话", **_facts(planned, hotline))


def _facts(planned: PlannedNode, hotline: str) -> dict[str, Any]:
    names = ("point_type", "division_code", "address", "phone", "hours")
    return {**{name: getattr(planned, name) for name in names}, "hotline": hotline, "sign_ok": True}


def _announce(runner: Runner, actor: Actor, city: CityPlan, known: frozenset[str]) -> None:
    top = node_id(city.station.code)
    begun = city.day - timedelta(days=40)
    if WINTER not in known:
        plan = "摸排重点区域，早晚各巡查一次；低温天气每日夜巡。愿意的护送进站，不愿意的发放御寒物资并约定回访。"
        until = begun + timedelta(days=150)
        facts = {"name": WINTER, "plan": plan, "starts_on": begun.isoformat(), "ends_on": until.isoformat()}
        runner.do(StartCampaign(type="WINTER_WARM", node=top, **facts), actor)
    if SUMMER not in known:
        facts = {"starts_on": (begun - timedelta(days=150)).isoformat(), "ends_on": begun.isoformat()}
        runner.do(StartCampaign(type="SUMMER_COOL", name=SUMMER, node=top, **facts), actor)
    for name, partner_type in _PARTNERS:
        if name not in known:
            runner.do(AddPartner(name=name, partner_type=partner_type, node=top), actor)
    for district in city.of_tier("COUNTY"):
        for number, (name, place_type) in enumerate(_PLACES, start=1):
            code = f"{district.division_code[:6]}-Q{number}"
            if code not in known:
                area = node_id(district.code)
                command = AddPlace(
                    code=code,
                    name=name,
                    place_type=place_type,
                    division_code=district.division_code,
                    node=area,
                    risk_level="R2",
                    key_times="22:00–次日5:00",
                )
                runner.do(command, actor)
