"""What every world is led into: it comes about, the real code holds, and the mistake it is there for shows."""

from contextlib import nullcontext

import pytest
import sqlalchemy as sa

from app.center.tables import quarantine
from app.cli.simulate import errands, troubles
from app.cli.simulate.bugs import planted
from app.cli.simulate.ends import in_memory
from app.cli.simulate.invariants import Broken
from app.cli.simulate.promises import Received
from app.cli.simulate.standing_on import StandingOn
from app.cli.simulate.world import World, opened
from app.store.engine import reading


def _calm(world: World) -> None:
    """Everybody has heard of everything, and nothing is lost on the way."""
    for name in type(world.weather).__dataclass_fields__:
        setattr(world.weather, name, 0.0)
    for device in world.devices:
        world.round(device)


def _set_aside(world: World) -> set[str]:
    with reading(world.center.end.engine) as conn:
        return set(conn.execute(sa.select(quarantine.c.code)).scalars())


@pytest.mark.parametrize("seed", range(4))
def test_what_stands_on_what_a_dismissed_colleague_made_waits_with_it(seed: int) -> None:
    with opened(seed, in_memory) as world:
        _calm(world)
        told = errands.unheard(world, world.devices[0])
        assert "has met" in told
        world.heal()
        assert _set_aside(world) == {"not_allowed", "waits"}
        assert StandingOn().not_waiting(world.center.end.engine) == []
        world.check()


def test_on_a_copied_disk_colleagues_go_on_with_it_too() -> None:
    told = []
    for seed in range(8):
        with opened(seed, in_memory) as world:
            _calm(world)
            told.append(errands.unheard(world, world.devices[0]))
            world.heal()
            world.check()
    assert any("at copy [" in words for words in told)


def test_a_dependent_that_is_let_through_is_seen_at_once() -> None:
    with opened(0, in_memory) as world, planted("quarantine that lets dependents through"):
        _calm(world)
        errands.unheard(world, world.devices[0])
        with pytest.raises(Broken, match="numbered commits on records whose creation is set aside") as broken:
            world.round(world.devices[0])
        assert broken.value.which == "I1"


@pytest.mark.parametrize(("bug", "movements"), [("", 1), ("second receipt as second movement", 2)])
def test_a_delivery_that_two_laptops_receive_came_once(bug: str, movements: int) -> None:
    with opened(0, in_memory) as world, planted(bug) if bug else nullcontext():
        _calm(world)
        told = errands.received_twice(world, world.devices[0])
        assert told.startswith("receive: ")
        (first, second) = [promise for promise in world.goods.promises if isinstance(promise, Received)]
        assert first.is_written
        assert second.is_written
        world.heal()
        assert len(troubles.center_books(world).receipts(first.line)) == movements
        assert world.shelves.unsure == set()
        if bug:
            with pytest.raises(Broken, match="in the center's books"):
                world.check()
        else:
            world.check()


@pytest.mark.parametrize("people_agree", [True, False])
def test_where_two_laptops_say_different_amounts_people_agree_on_what_came(
    *, people_agree: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this world the books have the wrong amount until somebody settles it; where nobody does, the world must not
    take it for settled."""
    if not people_agree:
        monkeypatch.setattr(Received, "_settle", lambda *_: True)
    with opened(17, in_memory) as world:
        _calm(world)
        errands.received_twice(world, world.devices[0])
        (first, second) = [promise for promise in world.goods.promises if isinstance(promise, Received)]
        assert first.is_written
        assert second.is_written
        assert first.said == first.quantity < second.said
        world.heal()
        said = list(troubles.center_books(world).receipts(first.line).values())
        if people_agree:
            assert (said, world.shelves.unsure) == ([first.quantity], set())
        else:
            assert (said, world.shelves.unsure) == ([second.said], {first.place})
        world.check()
