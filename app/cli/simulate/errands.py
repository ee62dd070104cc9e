"""What chance alone brings about too rarely, led step by step: every world has it, where and when its seed decides.

A device writes for somebody who was dismissed unheard, and colleagues go on with the record; two laptops of a point,
both away from the network, write that the same delivery came; what one of them takes off a list the other, who had not
heard, has just put there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.base.clock import DAY, MINUTE
from app.cli.simulate import troubles
from app.cli.simulate.device import Device, Done
from app.cli.simulate.promises import Books
from app.features.cases.commands import LogEncounter, OpenCase
from app.features.cases.commands_case import AddNote, AmendCase, PlanFollowUp
from app.features.inventory.tables import transfer
from app.features.people.commands import AmendPerson
from app.journal.commands import Command

if TYPE_CHECKING:
    from app.cli.simulate.world import World

_ATTEMPTS = 4
"""So often somebody tries to reach the center before they give up."""
_WHY = "接着办理"


def unheard(world: "World", device: Device) -> str:
    """Somebody is dismissed at the center, meets somebody new all the same where that is not known yet, and those who
    stay go on with it: at this laptop, and at a copy of its disk."""
    told = troubles.dismissed(world, device.node)
    leaver = device.who_leaves()
    if leaver is None:
        return f"{told}, as is known here"
    world.clock.goes_on(MINUTE)
    met = device.try_to(_meeting("郑七", "红色头巾"), leaver)
    if not isinstance(met, Done):
        return f"{told}, meets nobody: {met}"
    told += f" and has met {met.id('person')[:6]}"
    if world.chance.random() < 0.5:
        told += f", {troubles.copied_disk(world, device)}"
    for each in world.living(device.node):
        if Books(each.engine).has_all(met.made):
            told += f", at {each.name} {_go_on(world, each, met)}"
    return told


def _meeting(name: str, features: str) -> LogEncounter:
    return LogEncounter(
        name=name,
        gender="FEMALE",
        age_est=60,
        features=features,
        place_type="BRIDGE",
        health_obs=("OK",),
        disposition="ON_SITE_AID",
    )


def _go_on(world: "World", device: Device, met: Done) -> list[str]:
    """Who stays writes to what was made there, and hangs new things on it; the kinds of what they did."""
    person, case, encounter = met.id("person"), met.id("case"), met.id("encounter")
    acts: list[Callable[[], Command]] = [
        lambda: AmendPerson(person=person, phone="13800000001", reason=_WHY),
        lambda: AmendCase(case=case, needs=("FOOD",), reason=_WHY),
        lambda: AddNote(encounter=encounter, text="又看过"),
        lambda: PlanFollowUp(encounter=encounter, due_at=device.clock() + DAY),
        lambda: OpenCase(person=person),
    ]
    done = []
    for make in world.chance.sample(acts, world.chance.randrange(1, len(acts))):
        world.clock.goes_on(MINUTE)
        command = make()
        if isinstance(device.try_to(command), Done):
            done.append(type(command).__name__)
    return done


def wanted_again(world: "World", device: Device) -> str:
    """Both laptops of a point add the same to a case's needs, and one takes its own off again before either hears."""
    others = [each for each in world.living(device.node) if each is not device]
    met = device.try_to(_meeting("吴九", "灰布鞋"))
    if not isinstance(met, Done) or not others:
        return f"wanted again: nobody is met, or nobody else there: {met}"
    case, other = met.id("case"), world.chance.choice(others)
    for each, knows in [(device, troubles.center_books(world)), (other, Books(other.engine))]:
        for _ in range(_ATTEMPTS):
            if knows.has_all(met.made):
                break
            world.clock.goes_on(MINUTE)
            world.note(each.name, world.round(each))
    if not Books(other.engine).has_all(met.made):
        return "wanted again: not heard of in time"
    told = []
    for each, needs in [(device, ("FOOD",)), (other, ("FOOD",)), (device, ("WATER",))]:
        world.clock.goes_on(MINUTE)
        done = each.try_to(AmendCase(case=case, needs=needs, reason=_WHY))
        told.append(f"{each.name} {' '.join(needs)}" if isinstance(done, Done) else f"{each.name} not")
    return f"wanted again: {', '.join(told)}"


def received_twice(world: "World", device: Device) -> str:
    """Goods are sent to this point; its laptops learn that, and both write that they came before either says so."""
    laptops, others = world.living(device.node), [each for each in world.living() if each.node != device.node]
    transit = world.goods.sent_to(device.node, world.chance.choice(others))
    if len(laptops) < 2 or transit is None:
        return "received twice: nothing comes"
    made = transit.sent.made
    id_ = made.id("transfer") if made is not None else ""
    for each, knows in [(transit.by, troubles.center_books(world)), *((one, Books(one.engine)) for one in laptops)]:
        for _ in range(_ATTEMPTS):
            if knows.says(transfer, id_, "status") is not None:
                break
            world.clock.goes_on(MINUTE)
            world.note(each.name, world.round(each))
    knowing = [each for each in laptops if Books(each.engine).says(transfer, id_, "status") == "SENT"]
    if len(knowing) < 2:
        return "received twice: not heard of in time"
    world.clock.goes_on(MINUTE)
    told = world.goods.come(transit, knowing)
    world.clock.goes_on(MINUTE)
    return told
