"""What the witness of a world must see at devices: what is derived there, every shelf, who reads what."""

from contextlib import nullcontext

import pytest
import sqlalchemy as sa

from app.cli.simulate import invariants
from app.cli.simulate.ends import in_memory
from app.cli.simulate.invariants import Broken
from app.cli.simulate.readers import KINDS
from app.cli.simulate.world import World, opened
from app.features.cases.tables import case
from app.features.inventory.tables import shelf
from app.features.people.commands import RegisterPerson
from app.features.people.tables import person
from app.journal import entities
from app.store.engine import writing
from tests.features.cases.givens import nameless


def calm(world: World) -> None:
    """Nothing is lost on the way, and everybody has synced."""
    for name in type(world.weather).__dataclass_fields__:
        setattr(world.weather, name, 0.0)
    world.devices[0].do(RegisterPerson(name="甲", gender="MALE", age_est=40))
    world.devices[0].do(nameless(name="乙"))
    for _ in range(2):
        for device in world.devices:
            world.round(device)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_row_that_does_not_say_what_was_written_is_seen(monkeypatch: pytest.MonkeyPatch, *, wrong: bool) -> None:
    monkeypatch.setattr(invariants, "_CHECKED", 99)
    with opened(0, in_memory) as world:
        calm(world)
        if wrong:
            with writing(world.devices[1].engine) as conn:
                conn.execute(person.table.update().where(person.c.name == "甲").values(name="丙"))
        with pytest.raises(Broken, match=r"I4: .* at b: .*person_row") if wrong else nullcontext():
            world.witness._derived(world.living())


@pytest.mark.parametrize("wrong", [False, True])
def test_a_shelf_of_which_nobody_is_sure_is_the_same_everywhere(*, wrong: bool) -> None:
    with opened(0, in_memory) as world:
        calm(world)
        world.shelves.unsure |= world.shelves.lying.keys()
        if wrong:
            with writing(world.devices[1].engine) as conn:
                conn.execute(shelf.update().values(on_hand=shelf.c.on_hand + 1))
        with pytest.raises(Broken, match=r"I3: .* in those of b") if wrong else nullcontext():
            world.witness._shelves(world.living())


@pytest.mark.parametrize("wrong", [False, True])
def test_a_rule_that_lets_a_town_read_closed_cases_is_seen(*, wrong: bool) -> None:
    with opened(0, in_memory) as world:
        calm(world)
        with writing(world.center.end.engine) as conn:
            conn.execute(sa.update(case.table).values(case_status="CLOSED"))
        always = ("case_status", case.open_while[1] | {"CLOSED"}) if case.open_while else None
        with pytest.MonkeyPatch.context() as patched:
            if wrong:
                patched.setitem(vars(case), "open_while", always)
            with pytest.raises(Broken, match=r"I5: records said to be for .* that are not") if wrong else nullcontext():
                world.witness._readers(world.living())


def test_every_kind_has_its_readers() -> None:
    assert {entity.kind for entity in entities.entities()} == KINDS
