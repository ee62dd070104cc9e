"""`aidpoint` without a subcommand: the desktop at this computer's point. Gives the screen its way in to the store."""

import argparse
import gc
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.base import paths
from app.base.clock import Clock, local, wall_clock
from app.base.errors import Refused
from app.base.settings import read_settings, settings_text
from app.cli import bootstrap
from app.cli.enrolling import facts_in, read_file
from app.cli.folder_lock import locked
from app.cli.office import PointOffice
from app.cli.stick import PointCarrier
from app.desktop.first_run.facts import FileFacts
from app.desktop.frame.choices import Choices
from app.desktop.frame.lock import SignInUser
from app.desktop.frame.sync_pill import SyncState
from app.desktop.main import run
from app.desktop.theme.theme import Look
from app.desktop.work import Ticket
from app.features.cases import search
from app.features.org.queries import campaigns_in_force, node_row, staff_row
from app.features.org.reviews import open_reviews
from app.features.registry import load_features
from app.journal.heads import disputes_to_settle
from app.store import keystore
from app.store.durable import on_disk, write_durably
from app.store.engine import reading, writing
from app.store.sealing import Cost
from app.sync.kept_apart import asides_for_people, count_unread_drops
from app.sync.overruled import count_unread
from app.sync.photos import PhotoReport, photo_turn
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.status import standing_now

if TYPE_CHECKING:
    from app.sync.http import HttpTransport

SETTINGS_FILE = "settings.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, default=paths.default_data() / "point", metavar="DIR", help="数据文件夹")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    return run_desktop(args.data, None, None, None, _nothing)


def _nothing() -> None:
    """Nobody waits to hear that the window is ready."""


def run_desktop(
    data: Path, user: str | None, password: str | None, for_seconds: float | None, ready: Callable[[], None]
) -> int:
    """Show the desktop on this folder until it is closed, or for so many seconds; `ready` once it can be used.

    With a user and a password it is signed in at once. A folder that is no point yet is made one first.
    """
    known = None if user is None or password is None else (user, password)

    def usable() -> None:
        # What is loaded by now stays until the end: the collector need not walk it again while somebody types.
        gc.freeze()
        ready()

    return run(PointDoor(data, wall_clock), wall_clock, read_choices(data), known, for_seconds, usable)


def read_choices(data: Path) -> Choices:
    """How this computer's user likes it."""
    kept = read_settings(data / SETTINGS_FILE)
    look = Look(shade=kept["shade"], scale=kept["scale"], touch=kept["touch"], still=kept["still"])
    return Choices(language=kept["language"], look=look, lock_after_s=kept["lock_after_s"])


@dataclass(slots=True)
class PointDoor:
    """The way in to the point in a folder. Names stand in the encrypted file: before the door there are only codes."""

    data: Path
    clock: Clock
    cost: Cost = field(default_factory=Cost)
    sample_points: int | None = None
    """How large the sample city is; None as the demo has it."""
    _point: bootstrap.PointSession | None = None
    """The last one opened here: while it is open, whoever comes next works at the same."""

    def is_point(self) -> bool:
        return (self.data / bootstrap.FILE).exists()

    def users(self) -> Sequence[SignInUser]:
        return [SignInUser(code, code) for code in keystore.users(self.data)]

    def last_user(self) -> str:
        codes = keystore.users(self.data)
        last: str = read_settings(self.data / SETTINGS_FILE)["last_user"]
        return last if last in codes else codes[0] if len(codes) == 1 else ""

    def open(self, user: str, password: str) -> "DeskSession":
        point = self._point
        if point is not None and point.is_writer:
            session = point.for_another(user, password)
        else:
            session = bootstrap.open_point(self.data, user, password, self.clock)
        self._point = session
        self._remember({"last_user": user})
        return DeskSession(user, session, self.cost)

    def unlock(self, user: str, password: str) -> None:
        bootstrap.check_password(self.data, user, password, self.clock)

    def look_into(self, file: Path) -> FileFacts:
        return facts_in(read_file(file), self.clock)

    def enrol(self, facts: FileFacts, user: str, password: str, code: str) -> None:
        bootstrap.create_point(self.data, facts.content, user, password, code=code, clock=self.clock, cost=self.cost)

    def sample(self, report: Callable[[object], None], stopped: Callable[[], bool]) -> "DeskSession":
        return open_sample(self.clock, self.sample_points, report, stopped)

    def keep(self, choices: Choices) -> None:
        look = choices.look
        self._remember(
            {
                "language": choices.language,
                "shade": look.shade,
                "scale": look.scale,
                "touch": look.touch,
                "still": look.still,
                "lock_after_s": choices.lock_after_s,
            }
        )

    def _remember(self, changed: Mapping[str, object]) -> None:
        file = self.data / SETTINGS_FILE
        with on_disk():
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(file, settings_text({**read_settings(file), **changed}).encode())


def open_sample(
    clock: Clock, points: int | None, report: Callable[[object], None], stopped: Callable[[], bool]
) -> "DeskSession":
    """Somebody at work in the sample city, whose center is served for as long as the session is open."""
    from app.cli.sample import folder, served  # with it comes a whole center: only for those who look round

    load_features()
    home = paths.default_data() / "demo"
    made = ExitStack()
    try:
        with on_disk():
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
        made.enter_context(locked(home / folder.IN_USE))
        report("city")
        demo = folder.prepare(home, None, points, clock)
        _stop_if(stopped)
        center = folder.open_demo_center(demo)
        made.callback(center.dispose)
        made.enter_context(served.served(center, demo.choice.port))
        report("point")
        node = demo.node(None)
        user = folder.prepare_point(demo, center, node, clock)
        _stop_if(stopped)
        report("open")
        point = bootstrap.open_point(demo.point(node), user, demo.password(), clock)
        return DeskSession(user, point, Cost(), made)
    except BaseException:
        made.close()
        raise


def _stop_if(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Refused("cancelled")


class DeskSession:
    """The opened point as the screen uses it. Called on the threads of `desktop.work`."""

    def __init__(self, user: str, point: bootstrap.PointSession, cost: Cost, sample: ExitStack | None = None) -> None:
        """`sample`: what makes up the sample city around it, closed with it."""
        self._point, self._sample = point, sample
        self.is_sample = sample is not None
        self.office = PointOffice(point, user, cost)
        self.carrier = PointCarrier(point.engine, point.clock, point.sentinel)
        self.user_code = user
        self.node, self.actor_id, self.role = self._node(), point.actor.id, point.actor.role
        with reading(point.engine) as conn:
            who, place = staff_row(conn, self.actor_id), node_row(conn, self.node)
        self._way: HttpTransport | None = None
        self._photo_way: HttpTransport | None = None
        self.user_name = who.name if who is not None and who.name else user
        self.place_name = place.name if place is not None and place.name else ""

    @property
    def device(self) -> str:
        return str(bootstrap.facts_of(self._point)["device"])

    def _node(self) -> str:
        return str(bootstrap.facts_of(self._point)["node"])

    def act(self, command: Any) -> Any:
        return self._point.runner.do(command, self._point.actor)

    def ask(self, query: Callable[[sa.Connection], Any]) -> Any:
        with reading(self._point.engine) as conn:
            return query(conn)

    def sync_state(self, conn: sa.Connection) -> SyncState:
        now = standing_now(conn, self._point.clock())
        for_people = len(disputes_to_settle(conn)) + len(open_reviews(conn))
        for_people += count_unread(conn, self.actor_id) + count_unread_drops(conn, self.actor_id)
        attention = asides_for_people(conn) + now.twin + for_people
        return SyncState(
            unsent=now.unsent,
            oldest_unsent_age_s=now.oldest_unsent_age_s,
            last_contact=now.last_contact,
            attention=attention,
            behind=now.behind,
            trouble=now.last_error,
        )

    def campaign(self, conn: sa.Connection) -> str:
        found = campaigns_in_force(conn, self.node, local(self._point.clock()).date())
        return (found[0].name or "") if found else ""

    def begin_index(self) -> None:
        with writing(self._point.engine) as conn:
            search.check(conn)

    def index(self) -> bool:
        """Take the search index a slice further; whether there is more."""
        with writing(self._point.engine) as conn:
            return search.step(conn)

    def sync(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> RoundReport:
        self._point.follow_center(write)
        with closing(self._point.transport()) as transport:
            self._way = transport
            return sync_round(
                self._point.engine,
                transport,
                clock=self._point.clock,
                write=write,
                progress=ticket.report,
                cancelled=lambda: ticket.cancelled,
                sentinel=self._point.sentinel,
            )

    def photos(self, ticket: Ticket, write: Callable[[Callable[[], Any]], Any]) -> PhotoReport:
        """One turn of photos, on a line of its own."""
        with closing(self._point.transport()) as transport:
            self._photo_way = transport
            return photo_turn(self._point.engine, transport, write=write, cancelled=lambda: ticket.cancelled)

    def hang_up_photos(self) -> None:
        if self._photo_way is not None:
            self._photo_way.hang_up()

    def hang_up(self) -> None:
        """A round that waits for its line ends at once."""
        way = self._way
        if way is not None:
            way.hang_up()

    def close(self) -> None:
        self._point.close()
        if self._sample is not None:
            self._sample.close()
