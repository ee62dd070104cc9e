"""What the center took and did not apply: its author is told, however the center answers, and until it is applied."""

import pytest

from app.base.ids import meaning_id
from app.center import admin
from app.features.org.commands import DismissStaff, EngageStaff
from app.journal.act import Actor
from app.store.engine import writing
from app.sync.epochs import begin_epoch
from app.sync.protocol import VERSION
from tests.sync.by_hand import pack, take, unpack
from tests.sync.town import Laptop, Town

V1 = meaning_id("node", "V1")


def held_back(laptop: Laptop) -> int:
    return laptop.status().standing.held_back


def left_and_still_writes(town: Town) -> Laptop:
    """A laptop with a record by somebody who is not with the point any more, which does not know that yet."""
    laptop = town.laptop("V1")
    laptop.sync()
    town.do(DismissStaff(staff=laptop.actor.id, reason="离岗"))
    laptop.register("王五")
    return laptop


def test_also_where_the_program_is_too_old_for_the_answer(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop = left_and_still_writes(town)
    with monkeypatch.context() as later:
        later.setattr("app.center.exchange.VERSION", VERSION + 1)
        report = laptop.try_sync()
    assert (report.error, report.sent, report.unsent, report.verdicts) == ("too_old", 1, 0, 1)
    assert held_back(laptop) == 1
    laptop.sync()
    assert held_back(laptop) == 1


@pytest.mark.parametrize("by_file", [False, True])
def test_also_where_the_device_is_shut_out(town: Town, *, by_file: bool) -> None:
    laptop = left_and_still_writes(town)
    admin.revoke_device(town.engine, laptop.device)
    if by_file:
        assert unpack(laptop, take(town, pack(laptop))[0]).error == "revoked"
    else:
        report = laptop.try_sync()
        assert (report.error, report.sent, report.unsent, report.verdicts) == ("revoked", 1, 0, 1)
    assert held_back(laptop) == 1


@pytest.mark.parametrize("in_a_later_epoch", [False, True])
def test_what_is_applied_after_all_is_held_back_no_longer(town: Town, *, in_a_later_epoch: bool) -> None:
    head = town.do(EngageStaff(code="h-V1", name="赵六", role="POINT_HEAD", node=V1)).made[0][1]
    office, street = town.laptop("V1"), town.laptop("V1")
    office.sync()
    street.sync()
    office.actor = Actor(head, "POINT_HEAD", V1)
    made = office.do(EngageStaff(code="w-V1", name="钱七", role="SPECIALIST", node=V1)).made[0][1]
    street.actor = Actor(made, "SPECIALIST", V1)
    street.register("王五")
    assert street.sync().verdicts == 1
    if in_a_later_epoch:
        with writing(street.engine) as conn:
            begin_epoch(conn)
        street.sync()
    assert held_back(street) == 1
    office.sync()
    street.sync()
    assert held_back(street) == 0
