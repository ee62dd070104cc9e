"""The demo's folder: a center with the sample city, and points of it that have been at work for months.

    DIR/demo.json      seed, size, day, the port used last
    DIR/center/        the center's database
    DIR/points/CODE/   one point's data folder
    DIR/password.txt   what opens every point here

Each part is made beside its place and moved there when it is whole, so a start that was cut short is simply repeated.
"""

import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY, Clock, local
from app.base.errors import Environment, Refused
from app.center import admin
from app.center.hub import Hub, center_actor
from app.center.tables import city as city_row
from app.cli.bootstrap import FILE, create_point, open_point
from app.cli.sample.center import populate_center, post_news
from app.cli.sample.history import populate_point
from app.cli.sample.plan import STANDARD_POINTS, CityPlan, PlannedNode, plan_city_of
from app.cli.sample.served import free_port, url_of
from app.cli.sample.walking import WalkingClock
from app.store import keystore
from app.store.durable import on_disk, reach_disk, write_durably
from app.store.engine import open_plain, reading, writing
from app.store.upgrade import upgrade
from app.sync.rounds import sync_round
from app.sync.state import enrolled

PASSWORD_FILE = "password.txt"  # noqa: S105  (a name)
DATABASE = "center.db"
ENROLMENT = "enrolment.json"
IN_USE = "in-use.lock"
"""Held by whoever shows the demo in this folder."""
STANDARD_SEED = 1
PAST_DAYS = 90
PAST_CASES = 60
_FOUNDED_BEFORE = 60 * DAY
"""How long before the points' recorded past the city was set up."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a demo folder holds. `day`: when it was made."""

    seed: int
    points: int
    day: str
    port: int


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo folder whose center is there."""

    folder: Path
    choice: Choice
    city: CityPlan

    @property
    def url(self) -> str:
        return url_of(self.choice.port)

    @property
    def password_file(self) -> Path:
        return self.folder / PASSWORD_FILE

    @property
    def database(self) -> Path:
        return self.folder / "center" / DATABASE

    def password(self) -> str:
        return self.password_file.read_text("utf-8").strip()

    def node(self, code: str | None) -> PlannedNode:
        """The point with this code; without one, a community point with people enough to take turns."""
        if code is None:
            communities = [node for node in self.city.of_tier("VILLAGE") if node.point_type == "COMMUNITY"]
            return max(communities or self.city.of_tier("VILLAGE"), key=lambda node: len(node.staff))
        found = next((node for node in self.city.nodes if node.code == code), None)
        if found is None:
            raise Refused("no_such_node", "point", node=code)
        return found

    def point(self, node: PlannedNode) -> Path:
        return self.folder / "points" / node.code


def prepare(folder: Path, seed: int | None, points: int | None, clock: Clock) -> Demo:
    """The demo in this folder, made where there is none. Raises `Refused("demo_other_city")` where it is another."""
    with on_disk():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _read(folder)
    if kept is not None:
        if seed not in (None, kept.seed) or points not in (None, kept.points):
            raise Refused("demo_other_city", "data", seed=kept.seed, points=kept.points)
        choice = replace(kept, port=free_port(kept.port))
    else:
        day = local(clock()).date().isoformat()
        choice = Choice(STANDARD_SEED if seed is None else seed, points or STANDARD_POINTS, day, free_port())
    demo = Demo(folder, choice, plan_city_of(choice.seed, date.fromisoformat(choice.day), choice.points))
    if not demo.password_file.exists():
        write_durably(demo.password_file, "".join(secrets.choice(_LETTERS) for _ in range(12)).encode())
        demo.password_file.chmod(0o600)
    if kept is None:
        _whole(folder / "center", lambda beside: _make_center(beside, demo, clock))
    write_durably(folder / "demo.json", json.dumps(asdict(choice)).encode())
    return demo


def open_demo_center(demo: Demo) -> sa.Engine:
    """The center's database, knowing where it is reached now."""
    engine = open_plain(demo.database)
    upgrade(engine, demo.database.parent)
    with writing(engine) as conn:
        conn.execute(city_row.update().values(url=demo.url))
    return engine


def prepare_point(demo: Demo, center: sa.Engine, node: PlannedNode, clock: Clock) -> str:
    """Make the point's data folder where there is none, with a past; gives the code of a user.

    The center must be served meanwhile: the new point meets it at once. One that is there learns the center's address.
    """
    place, user = demo.point(node), node.staff[0].code
    if not place.exists():
        _whole(place, lambda beside: _make_point(beside, demo, center, node, clock))
    elif _url_known_at(place, user, demo, clock) != demo.url:
        file, code = admin.enroll(center, node.code, clock=clock)
        create_point(place, file, user, demo.password(), code=code, clock=clock)
    return user


def _url_known_at(place: Path, user: str, demo: Demo, clock: Clock) -> str:
    with open_point(place, user, demo.password(), clock, to_write=False) as session, reading(session.engine) as conn:
        return enrolled(conn).url


def _read(folder: Path) -> Choice | None:
    try:
        return Choice(**json.loads((folder / "demo.json").read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise Refused("demo_unreadable", "data") from None


def _whole(place: Path, make: Callable[[Path], None]) -> None:
    """Make a folder that is either there with everything or not at all."""
    beside = place.with_name(f"{place.name}.new")
    with on_disk():
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
        beside.mkdir(parents=True, mode=0o700)
    make(beside)
    with on_disk():
        beside.rename(place)


def _make_center(beside: Path, demo: Demo, clock: Clock) -> None:
    long_ago = WalkingClock(clock() - PAST_DAYS * DAY - _FOUNDED_BEFORE)
    engine = open_plain(beside / DATABASE)
    _hurry(engine)
    try:
        upgrade(engine, None)
        station = demo.city.station
        admin.init_center(engine, station.name, demo.url, code=station.code, clock=long_ago)
        with reading(engine) as conn:
            actor = center_actor(conn)
        populate_center(Hub(engine, long_ago).runner(), actor, demo.city)
        post_news(Hub(engine, clock).runner(), actor, demo.city)
    finally:
        engine.dispose()
    reach_disk(beside / DATABASE)


def _make_point(beside: Path, demo: Demo, center: sa.Engine, node: PlannedNode, clock: Clock) -> None:
    user, password = node.staff[0].code, demo.password()
    file, code = admin.enroll(center, node.code, clock=clock)
    write_durably(beside / ENROLMENT, file)
    create_point(beside, file, user, password, code=code, clock=clock)
    with open_point(beside, user, password, clock) as session:
        _hurry(session.engine)
        for other in node.staff[1:]:
            keystore.add_user(beside, session.key, other.code, password)
        # Before the first contact: after it nothing written is believed to be older than that.
        rng = Random(f"{demo.choice.seed} {node.code}")  # noqa: S311
        populate_point(session.runner, session.actor, rng, PAST_DAYS, PAST_CASES)
        transport = session.transport()
        try:
            report = sync_round(session.engine, transport, clock=clock, sentinel=session.sentinel)
        finally:
            transport.close()
    reach_disk(beside / FILE)
    if report.error:
        raise Environment(report.error, **report.facts)


def _hurry(engine: sa.Engine) -> None:
    """Do not wait for the disk at every commit: what is being made here counts only when it is whole."""
    sa.event.listen(engine, "checkout", _without_waiting)


def _without_waiting(connection: Any, _record: object, _proxy: object) -> None:
    connection.execute("PRAGMA synchronous = off")
