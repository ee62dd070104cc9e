"""What the tests of re-issued commits start from: twins, goods to count, a person who is known."""

import sqlalchemy as sa

from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.goods import Goods
from app.features.inventory.ids import item_id
from app.features.people.tables import person
from app.store.engine import reading
from tests.sync.town import Laptop, Town

Twins = tuple[Laptop, Laptop]
GOODS = Goods(item=item_id("WATER01"), batch="B", expires_on="2027-06-30", quantity=50)


def twins_of(town: Town) -> Twins:
    """A laptop that has synced, and its copy."""
    town.do(AddStandardItems())
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    return laptop, town.copy_of(laptop)


def anybody(laptop: Laptop) -> str:
    with reading(laptop.engine) as conn:
        return str(conn.execute(sa.select(person.c.id).order_by(person.c.born_n).limit(1)).scalar_one())
