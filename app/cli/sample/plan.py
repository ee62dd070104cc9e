"""What a sample city consists of, before anything is written: points of four levels and the people who work there.

A plan is made from a seed alone: the same seed and sizes give the same city. Writing it: `center.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.base.errors import Refused
from app.cli.sample import invented

STANDARD_POINTS = 136
_STANDARD_TOWNS = 14
_STANDARD_DISTRICTS = 5
_LEAST_POINTS = 4
_MOST_TOWNS_OF_A_DISTRICT = 99
_ROLES = {
    "CITY": ("CENTER_HEAD", "STATION_DUTY", "STATION_CASE", "STOCK_MANAGER", "AUDITOR"),
    "COUNTY": ("DISTRICT", "DISTRICT", "STOCK_MANAGER"),
    "TOWN": ("LIAISON", "SPECIALIST", "SPECIALIST"),
    "VILLAGE": ("POINT_HEAD", "SPECIALIST", "ASSISTANT"),
}


@dataclass(frozen=True, slots=True)
class PlannedStaff:
    """Somebody who will work at a point; `code` is what they sign in with."""

    code: str
    name: str
    role: str
    phone: str
    trained_on: str
    cert_until: str


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """A point of any level. `parent` is the code of the one above."""

    code: str
    name: str
    tier: str
    parent: str | None
    point_type: str
    division_code: str
    address: str
    phone: str
    hours: str
    opened_on: str
    staff: tuple[PlannedStaff, ...]


@dataclass(frozen=True, slots=True)
class CityPlan:
    """`nodes`: those above stand before those below. `day`: the day on which the city stands so."""

    name: str
    hotline: str
    day: date
    nodes: tuple[PlannedNode, ...]

    @property
    def station(self) -> PlannedNode:
        return self.nodes[0]

    def of_tier(self, tier: str) -> list[PlannedNode]:
        return [node for node in self.nodes if node.tier == tier]


def plan_city(
    seed: int,
    day: date,
    *,
    districts: int = _STANDARD_DISTRICTS,
    towns: int = _STANDARD_TOWNS,
    communities: int = STANDARD_POINTS - 1 - _STANDARD_DISTRICTS - _STANDARD_TOWNS,
) -> CityPlan:
    """The city of this seed. Raises `Refused` for sizes that the division codes cannot number."""
    if not 1 <= districts <= len(invented.DISTRICTS) or not districts <= towns <= districts * _MOST_TOWNS_OF_A_DISTRICT:
        raise Refused("out_of_range", "points", least=_LEAST_POINTS, most=None)
    rng = Random(seed)  # noqa: S311 (a sample wants to be the same again, not secret)
    return CityPlan(*_Planner(rng, day).whole(districts, towns, communities))


def plan_city_of(seed: int, day: date, points: int = STANDARD_POINTS) -> CityPlan:
    """The city with so many points in all, in the usual proportions of the levels."""
    if points < _LEAST_POINTS:
        raise Refused("out_of_range", "points", least=_LEAST_POINTS, most=None)
    share = points / STANDARD_POINTS
    districts = min(len(invented.DISTRICTS), max(1, round(_STANDARD_DISTRICTS * share)))
    towns = max(districts, round(_STANDARD_TOWNS * share))
    return plan_city(seed, day, districts=districts, towns=towns, communities=points - 1 - districts - towns)


class _Planner:
    """Draws a city top down; keeps the codes that are taken."""

    def __init__(self, rng: Random, day: date) -> None:
        self._rng = rng
        self._day = day
        self._staff_codes: set[str] = set()

    def whole(self, districts: int, towns: int, communities: int) -> tuple[str, str, date, tuple[PlannedNode, ...]]:
        top = self._node("", f"{invented.CITY}救助管理站", "CITY", None, "STATION")
        below: list[PlannedNode] = []
        for number, name in enumerate(invented.DISTRICTS[:districts], start=2):
            below.append(self._node(f"{number:02}", f"{name}救助分站", "COUNTY", top, "DISTRICT"))
        under = self._deal(below, towns, first=1)
        streets = [
            self._town(parent, number, name)
            for (parent, number), name in zip(under, invented.towns(self._rng, towns), strict=True)
        ]
        places = [
            self._community(parent, number, name)
            for (parent, number), name in zip(
                self._deal(streets, communities, first=1), invented.communities(self._rng, communities), strict=True
            )
        ]
        return invented.CITY, invented.landline(self._rng), self._day, (top, *below, *streets, *places)

    def _deal(self, parents: list[PlannedNode], count: int, first: int) -> Iterator[tuple[PlannedNode, int]]:
        """Each parent at least once while it lasts, the rest by lot; with a number below that parent."""
        chosen = [*parents[:count], *(self._rng.choice(parents) for _ in range(count - len(parents)))]
        numbers = dict.fromkeys((parent.code for parent in parents), first)
        for parent in sorted(chosen, key=lambda one: one.code):
            yield parent, numbers[parent.code]
            numbers[parent.code] += 1

    def _town(self, parent: PlannedNode, number: int, name: str) -> PlannedNode:
        is_street = self._rng.random() < 0.6
        part = parent.division_code[4:6] + f"{number if is_street else 100 + number:03}"
        title = f"{name}街道救助驿站" if is_street else f"{name}镇救助点"
        return self._node(part, title, "TOWN", parent, "STREET_POST")

    def _community(self, parent: PlannedNode, number: int, name: str) -> PlannedNode:
        kind = self._rng.choices(("COMMUNITY", "LOTTERY_SHOP", "WATCH_POST"), (8, 1, 1))[0]
        title = {"COMMUNITY": "临时救助点", "LOTTERY_SHOP": "福彩救助点", "WATCH_POST": "动态观察哨"}[kind]
        return self._node(parent.division_code[4:9] + f"{number:03}", f"{name}{title}", "VILLAGE", parent, kind)

    def _node(self, part: str, name: str, tier: str, parent: PlannedNode | None, point_type: str) -> PlannedNode:
        division = f"{invented.DIVISION}{part}".ljust(12, "0")
        opened = date(self._day.year - self._rng.randint(1, 3), self._rng.randint(1, 12), self._rng.randint(1, 28))
        return PlannedNode(
            code=f"{division}01",
            name=name,
            tier=tier,
            parent=parent.code if parent else None,
            point_type=point_type,
            division_code=division,
            address=invented.street(self._rng),
            phone=invented.landline(self._rng),
            hours="全天" if tier in ("CITY", "COUNTY") else self._rng.choice(("08:00–20:00", "07:30–21:00", "全天")),
            opened_on=opened.isoformat(),
            staff=tuple(self._employ(role) for role in self._roles(tier)),
        )

    def _roles(self, tier: str) -> tuple[str, ...]:
        """Small points have two or three people."""
        usual = _ROLES[tier]
        return usual if tier == "CITY" else usual[: self._rng.choice((2, 3))]

    def _employ(self, role: str) -> PlannedStaff:
        name, typed = invented.person_name(self._rng)
        code, serial = typed, 1
        while code in self._staff_codes:
            serial += 1
            code = f"{typed}{serial}"
        self._staff_codes.add(code)
        trained = self._day - timedelta(days=self._rng.randint(30, 400))
        until = trained + timedelta(days=730)
        return PlannedStaff(code, name, role, invented.mobile(self._rng), trained.isoformat(), until.isoformat())
