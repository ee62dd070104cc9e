"""How every world begins: a city with a district, two towns and three villages, enrolments, a small catalogue.

Made once per kind of end and copied for each world; only ids and keys of the devices are drawn anew.
"""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cache

from app.base.ids import drawn_from, meaning_id, random_hex
from app.center import admission
from app.center.admin import init_center
from app.center.hub import Hub, center_actor
from app.cli.simulate.clocks import START, WorldClock
from app.cli.simulate.ends import HUB, Copy, End, MakeEnd
from app.cli.simulate.replaced import replaced
from app.features.inventory.commands_catalogue import AddItem
from app.features.inventory.rules import lot_id
from app.features.org.commands import EngageStaff, FoundNode
from app.features.registry import load_features
from app.journal.here import save_here, standing
from app.journal.ops import first_link
from app.store.engine import reading, writing
from app.store.schema import create_tables
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.identity import new_identity
from app.sync.state import change_state

NODES = (
    ("D1", "COUNTY", "CITY"),
    ("T1", "TOWN", "D1"),
    ("T2", "TOWN", "D1"),
    ("V1", "VILLAGE", "T1"),
    ("V2", "VILLAGE", "T1"),
    ("V3", "VILLAGE", "T2"),
)
"""(code, tier, parent's code). Each has somebody who stays, `u-<code>`, and somebody who may leave, `l-<code>`."""
DEVICES = (("a", "V1"), ("b", "V1"), ("c", "V2"), ("d", "V2"), ("e", "T1"), ("f", "D1"), ("g", "V3"))
"""(name, node): seven of the eight; the eighth is the copied disk of one of them."""
WATER, TOWEL, NOODLES = (meaning_id("item", code) for code in ("WATER", "TOWEL", "NOODLES"))
LOTS = {
    lot_id(WATER, None, None): (WATER, None, None),
    lot_id(TOWEL, None, None): (TOWEL, None, None),
    lot_id(NOODLES, "B1", "2090-01-01"): (NOODLES, "B1", "2090-01-01"),
    lot_id(NOODLES, "B2", "2090-06-01"): (NOODLES, "B2", "2090-06-01"),
}
"""Lot → (item, batch, end date) of what lies on the shelves."""
NODE_IDS = {code: meaning_id("node", code) for code in ("CITY", *(node[0] for node in NODES))}


@dataclass(frozen=True, slots=True)
class Founded:
    """`points`: device name → its database right after enrolment, before any contact, and its one-time code."""

    hub: Copy
    points: dict[str, tuple[Copy, str]]


@contextmanager
def drawn(chance: random.Random) -> Iterator[None]:
    """Ids, epochs and salts come from this chance."""

    def new_id() -> str:
        digits = f"{chance.getrandbits(128):032x}"
        return f"{digits[:12]}7{digits[13:]}"  # told apart from the id of a meaning, as UUIDv7 is

    with drawn_from(new_id, chance.randbytes):
        yield


def quick_codes() -> AbstractContextManager[None]:
    """One-time codes are hashed slowly on purpose; a world that admits eight devices has no time for that."""
    return replaced(admission, "CODE_COST", 1 << 1)


@cache
def founded(make_end: MakeEnd) -> Founded:
    """The state every world on these ends begins in. Its copies live as long as `make_end`'s place does."""
    load_features()
    with drawn(random.Random("founding")), quick_codes():
        clock = WorldClock(START - 3_600_000_000)
        end = make_end(HUB)
        create_tables(end.engine)
        hub = Hub(end.engine, clock)
        _found_city(hub)
        points = {name: _point(make_end, hub, name, node) for name, node in DEVICES}
        return Founded(end.copy(), points)


def _found_city(hub: Hub) -> None:
    init_center(hub.engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=hub.clock)
    with reading(hub.engine) as conn:
        actor = center_actor(conn)
    runner = hub.runner()
    for code, tier, parent in NODES:
        runner.do(FoundNode(code=code, name=f"{code}救助点", tier=tier, parent=NODE_IDS[parent]), actor)
        for who in (f"u-{code}", f"l-{code}"):
            runner.do(EngageStaff(code=who, name=who, role="SPECIALIST", node=NODE_IDS[code]), actor)
    runner.do(AddItem(item_code="WATER", name="矿泉水", category="WATER", unit="BOTTLE"), actor)
    runner.do(AddItem(item_code="TOWEL", name="毛巾", category="HYGIENE", unit="STRIP"), actor)
    noodles = AddItem(item_code="NOODLES", name="方便面", category="FOOD", unit="BUCKET", expiry_rule="REQUIRED")
    runner.do(noodles, actor)


def _point(make_end: MakeEnd, hub: Hub, name: str, node: str) -> tuple[Copy, str]:
    end = make_end(name)
    create_tables(end.engine)
    made = admission.enroll_node(hub, node)
    enrol(end.engine, read_enrolment(made.file), hub.clock, made.code)
    copied = end.copy()
    end.close()
    return copied, made.code


def move_in(end: End, copy: Copy) -> str:
    """Bring a point's database to its state after enrolment, as a device of its own; gives the device's id."""
    end.put_back(copy)
    identity = new_identity()
    with writing(end.engine) as conn:
        here = standing(conn)
        device, epoch = random_hex(16), random_hex(8)
        save_here(conn, replace(here, device=device, epoch=epoch, chain=first_link(device, epoch)))
        change_state(conn, sign_key=identity.sign_key, seal_key=identity.seal_key)
    return device
