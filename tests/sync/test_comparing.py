"""How little is told again where little differs. What is mended, and how, is in test_repair."""

from app.features.people.commands import RegisterPerson
from app.features.people.tables import person
from app.journal.digest import bucket_of
from tests.sync.in_memory import Device, World, damage, sync


def of_a_full_bucket(device: Device) -> str:
    """Somebody who is summed up together with somebody else."""
    found: set[int] = set()
    while True:
        made = device.runner.do(RegisterPerson(name="李四", gender="MALE", age_est=40), device.actor).made[0][1]
        if bucket_of(made) in found:
            return made
        found.add(bucket_of(made))


def test_only_what_differs_is_made_anew(world: World) -> None:
    one, two = world.device("V1"), world.device("V1")
    spoilt = of_a_full_bucket(one)
    sync(one, two)
    damage(two, person.table.update().where(person.c.id == spoilt).values(features="错"))
    mended = world.repair(two)
    assert (mended.even, mended.renewed, mended.dropped) == (True, 1, 0)
    assert two.digest() == world.must_hold(two) == one.digest()
