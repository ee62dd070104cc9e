"""What a center that was put back is given again piece by piece, by whoever has read what of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.hub import center_actor
from app.center.tables import quarantine
from app.features.cases.commands import LogEncounter
from app.features.cases.commands_case import AddNote, AmendCase, AmendEncounter
from app.features.cases.commands_grant import GrantCase
from app.features.cases.tables import encounter, note, notice_given
from app.features.org.commands import EngageStaff
from app.features.org.tables import amendment
from app.features.people.commands import AmendPerson, RegisterPerson
from app.features.people.tables import person
from app.journal.act import Actor
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from tests.sync.fragile import Fragile, copied, fragile
from tests.sync.in_memory import Device, meet, sync


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Fragile]:
    with fragile(tmp_path) as made:
        yield made


def met_for(owner: Device, guest: Device) -> tuple[str, str]:
    """A case and its contact, made by the owner and given to the guest's point."""
    case_id, met = meet(owner, name="王五")
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="常在那边"), owner.actor)
    return case_id, met


@dataclass
class Corrected:
    """V1 corrected what V2 had written; why stands at V2 alone. `old`, `backup`: V1's file and the center before."""

    owner: Device
    guest: Device
    town: Device
    old: Device
    backup: Any


@pytest.fixture
def corrected(world: Fragile) -> Corrected:
    owner, guest, town = world.device("V2"), world.device("V1"), world.device("T1")
    _, met = met_for(owner, guest)
    sync(owner, guest, town)
    made = Corrected(owner, guest, town, copied(world, guest), world.end.copy())
    guest.runner.do(AmendEncounter(encounter=met, place_text="桥下", reason="问到了"), guest.actor)
    sync(guest, owner, town)
    return made


def is_back(world: Fragile, *devices: Device) -> None:
    """The center has the correction and why, and who is to read them does."""
    sync(*devices)
    with reading(world.hub.engine) as conn:
        assert conn.execute(sa.select(encounter.c.place_text)).scalar_one() == "桥下"
        assert "问到了" in conn.execute(sa.select(amendment.c.reason)).scalars().all()
        assert not conn.execute(sa.select(quarantine.c.code)).all()
    for device in devices:
        assert device.digest() == world.must_hold(device)


def test_why_something_was_corrected_is_taken_after_what_was(world: Fragile, corrected: Corrected) -> None:
    """The town has read the correction alone; what excuses the rest stands here by then."""
    world.lose(corrected.backup)
    sync(corrected.town)
    is_back(world, corrected.owner, corrected.town)


def test_a_laptop_that_was_put_back_brings_all_it_had_written(world: Fragile, corrected: Corrected) -> None:
    """Its own came back to it whole, also what it would read of nobody else."""
    again = corrected.old  # takes the place of the file
    with writing(again.engine) as conn:
        begin_epoch(conn)
    sync(again)
    world.lose(corrected.backup)
    is_back(world, again, corrected.town)


def test_whoever_was_let_in_brings_what_came_to_hang_on_the_case(world: Fragile) -> None:
    """A contact and what was told at it, of a laptop that is gone too: made by the commit they come with."""
    owner, guest, town = world.device("V2"), world.device("V1"), world.device("T1")
    case_id, _ = met_for(owner, guest)
    sync(owner, guest, town)
    backup = world.end.copy()
    again = LogEncounter(
        case=case_id, place_type="BRIDGE", health_obs=("OK",), disposition="ON_SITE_AID", basis="STATUTORY"
    )
    made = {id_ for kind, id_ in owner.runner.do(again, owner.actor).made if kind in ("encounter", "notice_given")}
    assert len(made) == 2
    sync(owner, guest)
    world.lose(backup)
    sync(guest, town)
    with reading(world.hub.engine) as conn:
        here = {id_ for kind in (encounter, notice_given) for id_ in conn.execute(sa.select(kind.c.id)).scalars()}
    assert made <= here
    for device in (guest, town):
        assert device.digest() == world.must_hold(device)


def test_what_a_guest_hung_on_what_was_given_to_them_is_brought_by_their_other_laptop(world: Fragile) -> None:
    owner, guest, other = world.device("V2"), world.device("V1"), world.device("V1")
    _, met = met_for(owner, guest)
    sync(owner, guest, other)
    backup = world.end.copy()
    guest.runner.do(AddNote(encounter=met, text="在桥下"), guest.actor)
    sync(guest, other)
    world.lose(backup)
    sync(other, owner)
    with reading(world.hub.engine) as conn:
        assert conn.execute(sa.select(note.c.text)).scalars().all() == ["在桥下"]
        assert not conn.execute(sa.select(quarantine.c.code)).all()
    for device in (other, owner):
        assert device.digest() == world.must_hold(device)


def test_what_was_taken_once_and_is_set_aside_when_it_comes_again_shows_at_its_author_alone(world: Fragile) -> None:
    """Whoever did it was engaged for the district by the center that is lost."""
    village, other = world.device("V1"), world.device("V1")
    who = village.runner.do(RegisterPerson(name="王五", gender="MALE", age_est=40), village.actor).made[0][1]
    sync(village, other)
    backup = world.end.copy()
    with reading(world.hub.engine) as conn:
        chief = center_actor(conn)
    engaged = EngageStaff(code="new", name="李四", role="SPECIALIST", node=meaning_id("node", "D1"))
    new = world.hub.runner().do(engaged, chief).made[0][1]
    sync(village)
    visitor = Actor(new, "SPECIALIST", meaning_id("node", "D1"))
    village.runner.do(AmendPerson(person=who, phone="13800000001", reason="问到了"), visitor)
    sync(village)
    world.lose(backup)
    sync(village, other)
    with reading(world.hub.engine) as conn:
        codes = conn.execute(sa.select(quarantine.c.code).where(quarantine.c.device == village.id)).scalars().all()
        assert codes == ["actor_unknown"]
    for device, phone in ((village, "13800000001"), (other, None)):
        with reading(device.engine) as conn:
            assert conn.execute(sa.select(person.c.phone)).scalar_one() == phone
        assert device.digest() == world.must_hold(device)


@pytest.mark.parametrize("writes", [False, True])
def test_what_a_guest_alone_still_has_stays_with_them(world: Fragile, *, writes: bool) -> None:
    """The laptop of whom it belongs to is gone, and the center lost the case and who was let in: it takes neither from
    the guest. No comparing takes from them what may be nowhere else, also what hangs on a case they write to."""
    owner, guest = world.device("V1"), world.device("V2")
    sync(owner, guest)
    backup = world.end.copy()
    case_id, met = met_for(owner, guest)
    sync(owner, guest)
    world.lose(backup)
    sync(guest)
    if writes:
        guest.runner.do(AmendCase(case=case_id, story="说是走散了", reason="补正"), guest.actor)
    for _ in range(2):
        assert world.repair(guest).even
        with reading(guest.engine) as conn:
            assert conn.execute(sa.select(encounter.c.id, encounter.c.case)).all() == [(met, case_id)]
        sync(guest)
    assert guest.digest() == world.must_hold(guest)
