"""Points, the people who work there, what is announced and in force."""

from datetime import date

import pytest

from app.base.clock import DAY
from app.base.ids import meaning_id
from app.features.org.amending import shown_heads
from app.features.org.commands import AmendNode, AmendStaff, DismissStaff, EngageStaff, FoundNode, SetNodeStatus
from app.features.org.commands_notices import (
    AddPartner,
    AddPlace,
    AmendCampaign,
    AmendPartner,
    AmendPlace,
    ClosePlace,
    EndCampaign,
    EndPartner,
    PostNotice,
    StartCampaign,
    TakeDownNotice,
)
from app.features.org.history import history_of
from app.features.org.queries import (
    campaign_rows,
    campaigns_in_force,
    load_tree,
    node_row,
    node_rows,
    notices_for,
    partner_rows,
    place_rows,
    staff_by_code,
    staff_of,
    staff_row,
)
from tests.features.conftest import Exchange, Point


def test_the_tree(point: Point, nodes: dict[str, str]) -> None:
    with point.reading() as conn:
        tree = load_tree(conn)
        village = node_row(conn, nodes["village"])
        below = node_rows(conn, under=nodes["town"])
    assert list(tree.above(nodes["village"])) == [nodes["town"], nodes["county"], nodes["city"]]
    assert tree.within(nodes["village"], nodes["county"])
    assert not tree.within(nodes["county"], nodes["village"])
    assert tree.tier[nodes["town"]] == "TOWN"
    assert village is not None
    assert (village.name, village.point_type, village.status) == ("油坊社区", "COMMUNITY", "ACTIVE")
    assert [row.name for row in below] == ["油坊社区", "菜市社区"]


def test_a_node_is_one_by_its_code(point: Point, nodes: dict[str, str]) -> None:
    again = FoundNode(code="41020200101", name="另一个", tier="VILLAGE", parent=nodes["town"])
    assert point.refused(again) == ("already_exists", "code")
    assert point.make(FoundNode(code="9", name="新", tier="COUNTY", parent=nodes["city"]), "node") == meaning_id(
        "node", "9"
    )


@pytest.mark.parametrize(
    ("tier", "parent", "refusal"),
    [
        ("VILLAGE", None, ("missing", "parent")),
        ("TOWN", "village", ("parent_not_above", "parent")),
        ("TOWN", "town", ("parent_not_above", "parent")),
    ],
)
def test_a_point_hangs_on_one_above(
    point: Point, nodes: dict[str, str], tier: str, parent: str | None, refusal: tuple[str, str]
) -> None:
    new = FoundNode(code="77", name="新点", tier=tier, parent=None if parent is None else nodes[parent])
    assert point.refused(new) == refusal
    nowhere = FoundNode(code="77", name="新点", tier="TOWN", parent="f" * 32)
    assert point.refused(nowhere) == ("unknown_record", "parent")


def test_a_point_moves_in_the_tree_but_never_under_itself(point: Point, nodes: dict[str, str]) -> None:
    loop = AmendNode(node=nodes["county"], parent=nodes["village"], reason="合并")
    assert point.refused(loop) == ("node_under_itself", "parent")
    point.do(AmendNode(node=nodes["village"], parent=nodes["county"], hours="8:00-20:00", reason="街道撤并"))
    village = point.row("node", nodes["village"])
    assert (village["parent"], village["hours"], village["name"]) == (nodes["county"], "8:00-20:00", "油坊社区")


def test_a_point_pauses(point: Point, nodes: dict[str, str]) -> None:
    point.do(SetNodeStatus(node=nodes["village"], status="SUSPENDED", reason="装修"))
    before = point.commits()
    point.do(SetNodeStatus(node=nodes["village"], status="SUSPENDED", reason="装修"))
    assert point.commits() == before
    with point.reading() as conn:
        last = history_of(conn, "node", nodes["village"])[-1]
    assert (last.before["status"], last.after["status"], last.reason) == ("ACTIVE", "SUSPENDED", "装修")
    assert last.staff_name == "王单洁"


def test_staff_come_and_go(point: Point, nodes: dict[str, str]) -> None:
    chen = point.make(EngageStaff(code="c1", name="陈静", role="ASSISTANT", node=nodes["other"]), "staff")
    assert point.row("staff", chen)["node"] == nodes["other"]
    assert point.refused(EngageStaff(code="c1", name="陈二", role="ASSISTANT")) == ("already_exists", "code")
    point.do(AmendStaff(staff=chen, role="SPECIALIST", cert_until="2027-12-31", reason="取得资格"))
    with point.reading() as conn:
        row = staff_by_code(conn, "c1")
        assert row == staff_row(conn, chen)
    assert row is not None
    assert (row.role, row.cert_until, row.active) == ("SPECIALIST", "2027-12-31", True)
    point.do(DismissStaff(staff=chen, reason="调离"))
    with point.reading() as conn:
        assert staff_by_code(conn, "c1") is None
        assert staff_of(conn, nodes["other"]) == []
        assert [row.id for row in staff_of(conn, nodes["other"], also_gone=True)] == [chen]


def test_campaigns_hold_below_and_for_their_days(point: Point, nodes: dict[str, str]) -> None:
    winter = point.make(
        StartCampaign(
            type="WINTER_WARM", name="寒冬送温暖", starts_on="2026-11-01", ends_on="2027-03-31", node=nodes["county"]
        ),
        "campaign",
    )
    with point.reading() as conn:
        assert [row.id for row in campaigns_in_force(conn, nodes["village"], date(2026, 11, 21))] == [winter]
        assert campaigns_in_force(conn, nodes["city"], date(2026, 11, 21)) == []
        assert campaigns_in_force(conn, nodes["village"], date(2027, 4, 1)) == []
    wrong = AmendCampaign(campaign=winter, ends_on="2026-10-01", reason="改期")
    assert point.refused(wrong) == ("ends_before_start", "ends_on")
    point.do(AmendCampaign(campaign=winter, cleared=("ends_on",), reason="延长"))
    with point.reading() as conn:
        assert len(campaigns_in_force(conn, nodes["village"], date(2027, 4, 1))) == 1
    point.do(EndCampaign(campaign=winter, reason="结束"))
    with point.reading() as conn:
        assert campaigns_in_force(conn, nodes["village"], date(2026, 11, 21)) == []
        assert [row.active for row in campaign_rows(conn)] == [False]


def test_notices_hold_until_they_expire_or_are_taken_down(point: Point, nodes: dict[str, str]) -> None:
    until = point.clock.now + DAY
    kept = point.make(PostNotice(title="寒潮预警", expires_at=until, node=nodes["town"]), "notice")
    other = point.make(PostNotice(title="领被子", node=nodes["village"]), "notice")
    point.do(PostNotice(title="别处的", node=nodes["other"]))
    with point.reading() as conn:
        assert [row.id for row in notices_for(conn, nodes["village"], point.clock.now)] == [other, kept]
        assert [row.id for row in notices_for(conn, nodes["village"], until)] == [other]
    point.do(TakeDownNotice(notice=other, reason="发完了"))
    with point.reading() as conn:
        assert [row.id for row in notices_for(conn, nodes["village"], point.clock.now)] == [kept]


def test_partners_and_places(point: Point, nodes: dict[str, str]) -> None:
    shop = point.make(AddPartner(name="福彩网点", partner_type="SHOP"), "partner")
    bridge = point.make(AddPlace(name="黄河路桥", place_type="BRIDGE", circle=("PATROL",), risk_level="R2"), "place")
    point.do(AmendPartner(partner=shop, phone="0371-6666666", reason="补电话"))
    point.do(AmendPlace(place=bridge, circle=("PATROL", "GUIDE"), reason="增加"))
    with point.reading() as conn:
        assert [(row.name, row.phone) for row in partner_rows(conn)] == [("福彩网点", "0371-6666666")]
        assert [row.circle for row in place_rows(conn, nodes["village"])] == [("GUIDE", "PATROL")]
        assert place_rows(conn, nodes["other"]) == []
    point.do(EndPartner(partner=shop, reason="协议到期"))
    point.do(ClosePlace(place=bridge, reason="封闭"))
    with point.reading() as conn:
        assert partner_rows(conn) == []
        assert place_rows(conn) == []


def test_a_form_opened_before_anothers_change_loses_no_value(two_points: tuple[Point, Point, Exchange]) -> None:
    """The set elements another laptop added stay; the group both wrote to is in conflict, in the history of both."""
    left, right, exchange = two_points
    bridge = left.make(AddPlace(name="桥", place_type="BRIDGE", circle=("GUIDE",)), "place")
    exchange.round()
    with right.reading() as conn:
        bases = shown_heads(conn, "place", bridge)
    left.do(AmendPlace(place=bridge, name="黄河路桥", circle=("GUIDE", "PATROL"), reason="改名"))
    exchange.round()
    right.do(AmendPlace(place=bridge, risk_level="R1", circle=("PARTNER",), reason="升级", bases=bases))
    exchange.round()
    for point in (left, right):
        with point.reading() as conn:
            assert place_rows(conn)[0].circle == ("PARTNER", "PATROL")
            events = history_of(conn, "place", bridge)
        changes = [(event.before["name"], event.after["name"]) for event in events if event.what == "changed"]
        assert changes == [("桥", "黄河路桥"), ("桥", "桥")]
