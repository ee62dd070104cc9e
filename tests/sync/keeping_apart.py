"""What the center of a town keeps apart, and what a laptop hears of it."""

from typing import Any

from msgspec.structs import replace

from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.quarantine import drop, set_aside
from app.features.org.queries import staff_by_code
from app.journal.act import Actor
from app.store.engine import reading, writing
from app.sync.exchange import build_request
from app.sync.kept_apart import Aside, Drop, aside_rows, asides_for_people, count_unread_drops, unread_drops
from app.sync.outbox import MOST_BATCH, Pace
from app.sync.protocol import ExchangeResponse
from app.sync.status import standing_now
from tests.sync.by_hand import carry
from tests.sync.town import Laptop, Town

WHY = "同一人昨天已登记过"


def write_as_stranger(town: Town, laptop: Laptop, name: str = "张三") -> tuple[str, str]:
    """Somebody of another village writes here, which the center does not take; the person's id, and the author's."""
    with reading(town.engine) as conn:
        who = staff_by_code(conn, "u-V2")
    assert who is not None
    own, laptop.actor = laptop.actor, Actor(who.id, who.role, laptop.actor.node)
    made = laptop.register(name)
    laptop.actor = own
    return made, who.id


def drop_all(town: Town, *codes: str) -> None:
    """An operator settles never to take what is kept apart, for these reasons where any are named."""
    with writing(town.engine) as conn:
        for entry in (each for each in set_aside(conn) if not codes or each.code in codes):
            drop(conn, entry.id, WHY, town.clock())


def ask(town: Town, laptop: Laptop, **otherwise: Any) -> ExchangeResponse:
    """The center's answer to the next request, which does not come through. `otherwise`: what it says in place of what
    it would say."""
    with reading(laptop.engine) as conn:
        request = build_request(conn, Pace(MOST_BATCH), wall=laptop.clock(), request_id="r" * 32).request
    return answer_exchange(Hub(town.engine, town.clock), replace(request, **otherwise), town.clock())


def hear(town: Town, laptop: Laptop, *, by_file: bool) -> None:
    if by_file:
        carry(town, laptop)
    else:
        laptop.sync()


def held_back(laptop: Laptop) -> int:
    with reading(laptop.engine) as conn:
        return standing_now(conn, laptop.clock()).held_back


def aside(laptop: Laptop) -> list[Aside]:
    with reading(laptop.engine) as conn:
        return aside_rows(conn)


def told(laptop: Laptop, actor: str) -> list[Drop]:
    with reading(laptop.engine) as conn:
        found = unread_drops(conn, actor)
        assert count_unread_drops(conn, actor) == len(found)
        return found


def for_people(laptop: Laptop) -> int:
    """How many commits wait apart that somebody has to do something about."""
    with reading(laptop.engine) as conn:
        return asides_for_people(conn)
