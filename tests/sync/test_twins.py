"""Two computers with one identity are told of each other, until one of them was set up anew."""

import sqlalchemy as sa

from app.base.clock import DAY
from app.center.links import TOLD_US
from app.center.tables import device, device_epoch
from app.features.people.tables import person
from app.store.engine import reading, writing
from tests.sync.town import Laptop, Town


def names(laptop: Laptop) -> list[str]:
    with reading(laptop.engine) as conn:
        return sorted(conn.execute(sa.select(person.c.name)).scalars())


def time_goes_by(town: Town, us: int) -> None:
    """As if all that the center has heard so far were older."""
    with writing(town.engine) as conn:
        conn.execute(device.update().values(twin_at=device.c.twin_at - us))
        e = device_epoch.c
        conn.execute(device_epoch.update().values(made_at=e.made_at - us, last_eff=sa.func.max(e.last_eff - us, 0)))


def twins(town: Town) -> tuple[Laptop, Laptop]:
    """A laptop and its copy, which both have written and been told."""
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    copy = town.copy_of(laptop)
    for each, name in ((laptop, "乙"), (copy, "丙"), (laptop, "丁"), (copy, "戊")):
        each.register(name)
        each.sync()
    assert [each.status().standing.twin for each in (laptop, copy)] == [True, True]
    return laptop, copy


def test_the_copy_set_up_from_the_beginning_has_everything_and_the_words_go(town: Town) -> None:
    """As the words and the README say: what the copy had is sent, then it becomes a device of its own."""
    laptop, copy = twins(town)
    copy.register("己")
    copy.sync()
    anew = town.laptop("V1")
    anew.sync()
    laptop.sync()
    assert names(anew) == names(laptop) == sorted("甲乙丙丁戊己")
    assert anew.device != laptop.device
    laptop.register("庚")
    laptop.sync()
    assert laptop.status().standing.twin, "nobody knows yet whether the copy comes again"
    time_goes_by(town, TOLD_US + DAY)
    laptop.register("辛")
    laptop.sync()
    assert not laptop.status().standing.twin
    assert not anew.status().standing.twin


def test_a_copy_that_is_heard_again_is_told_of_again(town: Town) -> None:
    laptop, copy = twins(town)
    time_goes_by(town, TOLD_US + DAY)
    copy.register("己")
    copy.sync()
    laptop.register("庚")
    laptop.sync()
    copy.sync()
    assert [each.status().standing.twin for each in (laptop, copy)] == [True, True]
