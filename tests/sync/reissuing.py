"""What the tests of re-issued commits start from: goods to count, a person who is known; the twins are a fixture."""

import sqlalchemy as sa

from app.features.inventory.goods import Goods
from app.features.inventory.ids import item_id
from app.features.people.tables import person
from app.store.engine import reading
from tests.sync.town import Laptop

Twins = tuple[Laptop, Laptop]
GOODS = Goods(item=item_id("WATER01"), batch="B", expires_on="2027-06-30", quantity=50)


def anybody(laptop: Laptop) -> str:
    with reading(laptop.engine) as conn:
        return str(conn.execute(sa.select(person.c.id).order_by(person.c.born_n).limit(1)).scalar_one())
