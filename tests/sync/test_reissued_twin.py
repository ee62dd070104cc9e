"""The twin's writes have the very ids that own ones had before they were re-issued: neither is taken for the other."""

import pytest

from app.base.errors import Refused
from app.features.cases.commands_undo import SettleDispute, UndoCommit, undo_of
from app.features.inventory.commands import HandOut
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.queries import stock_by_code
from app.features.org.amending import shown_heads
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.here import standing
from app.store.engine import reading
from tests.sync.reissuing import GOODS, Twins, anybody
from tests.sync.town import Laptop, Town


def met(twins: Twins) -> None:
    """Both are even: the twin was first, the copy's own have new ids."""
    for laptop in (*twins, *twins):
        laptop.sync()


def heads(laptop: Laptop, who: str) -> tuple[str, ...]:
    with reading(laptop.engine) as conn:
        return shown_heads(conn, "person", who)


def correct(laptop: Laptop, who: str, phone: str, bases: tuple[str, ...]) -> None:
    laptop.do(AmendPerson(person=who, phone=phone, reason="问到了", bases=bases))


def phones_of(laptop: Laptop, who: str) -> set[str]:
    """What is in dispute, or else what stands."""
    found = [value["phone"] for dispute in laptop.disputes() for value in dispute.values.values()]
    return set(found) or {row["phone"] for row in laptop.rows(person.table) if row["id"] == who}


def test_a_correction_of_what_the_twin_wrote_is_no_conflict(twins: Twins) -> None:
    laptop, copy = twins
    who, other = anybody(copy), copy.register("乙")
    laptop.amend(who, phone="13800000001")
    copy.amend(other, phone="13900000001")
    met(twins)
    correct(copy, who, "13800000002", heads(copy, who))
    assert copy.disputes() == []
    met(twins)
    assert phones_of(laptop, who) == {"13800000002"}


def test_a_form_from_before_names_its_own_write_though_the_twin_wrote_to_the_same(twins: Twins) -> None:
    """What the twin wrote was never on that form: it is not overwritten."""
    laptop, copy = twins
    who = anybody(copy)
    laptop.amend(who, phone="13800000001")
    copy.amend(who, phone="13900000001")
    shown = heads(copy, who)
    met(twins)
    correct(copy, who, "13900000002", shown)
    assert phones_of(copy, who) == {"13800000001", "13900000002"}


def test_a_form_from_before_does_not_overwrite_the_twin_where_the_own_write_was_overruled(twins: Twins) -> None:
    laptop, copy = twins
    who = anybody(copy)
    laptop.amend(who, phone="13800000001")
    copy.amend(who, phone="13900000001")
    shown = heads(copy, who)
    met(twins)
    correct(copy, who, "13900000002", shown)  # the own one is live no more, the twin's is
    correct(copy, who, "13900000003", shown)
    assert phones_of(copy, who) == {"13800000001", "13900000002", "13900000003"}


def test_a_form_opened_since_names_both(twins: Twins) -> None:
    laptop, copy = twins
    who = anybody(copy)
    laptop.amend(who, phone="13800000001")
    copy.amend(who, phone="13900000001")
    met(twins)
    correct(copy, who, "13700000000", heads(copy, who))
    assert phones_of(copy, who) == {"13700000000"}


@pytest.mark.parametrize("choice", ["13800000001", "13900000001"])
def test_a_conflict_with_the_twin_can_be_settled(twins: Twins, choice: str) -> None:
    laptop, copy = twins
    who = anybody(copy)
    laptop.amend(who, phone="13800000001")
    copy.amend(who, phone="13900000001")
    met(twins)
    (found,) = copy.disputes()
    wanted = next(write for write, value in found.values.items() if value["phone"] == choice)
    copy.do(SettleDispute(kind="person", id=who, group=found.group, bases=tuple(found.values), choice=wanted))
    assert phones_of(copy, who) == {choice}
    met(twins)
    assert laptop.disputes() == []
    assert phones_of(laptop, who) == {choice}


def stock(laptop: Laptop) -> int:
    with reading(laptop.engine) as conn:
        return stock_by_code(conn, standing(conn).node)["WATER01"]


def test_an_undo_takes_back_the_act_that_was_meant(town: Town) -> None:
    """The twin handed out 3 and this one 10, under one id; the record tells which of them is taken back."""
    town.do(AddStandardItems())
    laptop = town.laptop("V1")
    laptop.do(OpeningCount(lines=(GOODS,), counter="张三"))
    laptop.sync()
    copy = town.copy_of(laptop)
    theirs = laptop.do(HandOut(item=GOODS.item, quantity=3, head_count=3))
    own = copy.do(HandOut(item=GOODS.item, quantity=10, head_count=5, over_limit_reason="天冷"))
    assert theirs.commit == own.commit
    met((laptop, copy))
    assert stock(copy) == 37
    with pytest.raises(Refused, match="act_not_certain"):
        copy.do(UndoCommit(commit=theirs.commit, reason="没有发"))
    assert stock(copy) == 37
    copy.do(undo_of(theirs, "没有发"))
    assert stock(copy) == 40
    copy.do(undo_of(own, "没有发"))
    assert stock(copy) == 50
    met((laptop, copy))
    assert stock(laptop) == 50
