"""`aidpoint selftest`: whether an installed program works on this computer, step by step, leaving nothing behind.

Made for a bundle, where a library or a file that was left behind shows only when it is used. Needs no data, no network
beyond this computer and no screen.
"""

import argparse
import importlib
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import sqlalchemy as sa

from app.base import paths
from app.base.clock import DAY, local, wall_clock
from app.base.texts import LANGUAGES, Texts
from app.center import admin
from app.center.hub import Hub, center_actor
from app.cli.bootstrap import FILE, PointSession, back_up, create_point, open_point, put_back
from app.cli.sample.center import populate_center
from app.cli.sample.folder import DATABASE
from app.cli.sample.history import populate_point
from app.cli.sample.plan import CityPlan, plan_city_of
from app.cli.sample.served import free_port, served, url_of
from app.cli.sample.walking import WalkingClock
from app.features import codes
from app.features.cases.queries import CaseFilter, case_count
from app.features.photos.bare import size_of_bare
from app.features.photos.preparing import LONGEST, prepare
from app.features.registry import load_features
from app.store.engine import open_plain, reading
from app.store.upgrade import upgrade
from app.sync.rounds import sync_round

_PASSWORD = "self-test only"  # noqa: S105  (of a folder that is gone a moment later)
_POINTS = 4
_PAST_DAYS = 3
_PAST_CASES = 2


class Failed(Exception):
    """A step found something wrong."""


@dataclass(slots=True)
class Step:
    """What one step found. `seconds` it took; `error` is empty where all is well."""

    name: str
    ok: bool
    seconds: float
    found: str = ""
    error: str = ""


@dataclass(slots=True)
class _Trial:
    """The folder that is tried in, and what earlier steps made there."""

    folder: Path
    city: CityPlan = field(init=False)
    center: sa.Engine = field(init=False)
    port: int = field(init=False)
    user: str = field(init=False)
    cases: int = field(init=False)

    def open(self) -> PointSession:
        return open_point(self.folder / "point", self.user, _PASSWORD)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="用 JSON 回答")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    steps = run_steps(None if args.json else _say)
    passed = all(step.ok for step in steps)
    if args.json:
        told = [{name: getattr(step, name) for name in Step.__dataclass_fields__} for step in steps]
        print(json.dumps({"ok": passed, "steps": told}, ensure_ascii=False))
    return 0 if passed else 1


def run_steps(say: Callable[[Step], None] | None = None) -> list[Step]:
    """Every step in order; what rests on a failed one fails too."""
    load_features()
    steps = []
    with tempfile.TemporaryDirectory(prefix="aidpoint-selftest-", ignore_cleanup_errors=True) as name:
        trial = _Trial(Path(name))
        for title, work in _STEPS.items():
            step = _tried(title, partial(work, trial))
            steps.append(step)
            if say is not None:
                say(step)
        if hasattr(trial, "center"):
            trial.center.dispose()
    return steps


def _tried(title: str, work: Callable[[], str]) -> Step:
    begun = time.perf_counter()
    try:
        found, error = work(), ""
    except Exception as wrong:  # whatever it is, the other steps shall still be told
        found, error = "", f"{type(wrong).__name__}: {wrong}"
    return Step(title, not error, round(time.perf_counter() - begun, 3), found, error)


def _say(step: Step) -> None:
    print(
        f"{'ok    ' if step.ok else 'FAILED'} {step.seconds:6.2f} s  {step.name}  {step.found}{step.error}", flush=True
    )


def _program(_trial: _Trial) -> str:
    """What is loaded only when it is needed is there: drivers, migrations, every command."""
    for module in ("psycopg", "sqlcipher3.dbapi2", "alembic", "pypinyin", "uvicorn", "app.center.serve"):
        importlib.import_module(module)
    for command in ("center", "point", "demo"):
        importlib.import_module(f"app.cli.{command}")
    if not (paths.migrations() / "env.py").is_file():
        raise Failed("no migrations")
    return str(paths.program_root())


def _texts(_trial: _Trial) -> str:
    """Every code has words in every language."""
    for language in LANGUAGES:
        texts = Texts(language)
        silent = [f"{t.name}.{code}" for t in codes.TABLES.values() for code in t if texts.code(t.name, code) == code]
        if silent or not texts.knows_refusal("database_locked"):
            raise Failed(f"{language}: {', '.join(silent[:5]) or 'refusals'}")
    return ", ".join(LANGUAGES)


def _photos(_trial: _Trial) -> str:
    """A picture can be read and made small: its readers are loaded when the first photo comes."""
    made = prepare((paths.resources() / "pictures" / "entry.png").read_bytes())
    size = size_of_bare(made.data, "photo", LONGEST)
    return f"{size.width} x {size.height}"


def _center(trial: _Trial) -> str:
    """A center with a small city."""
    trial.city = plan_city_of(1, local(wall_clock()).date(), _POINTS)
    trial.port = free_port()
    trial.center = open_plain(trial.folder / DATABASE)
    upgrade(trial.center, None)
    station = trial.city.station
    long_ago = WalkingClock(wall_clock() - 30 * DAY)
    admin.init_center(trial.center, station.name, url_of(trial.port), code=station.code, clock=long_ago)
    with reading(trial.center) as conn:
        actor = center_actor(conn)
    populate_center(Hub(trial.center, long_ago).runner(), actor, trial.city)
    return f"{len(trial.city.nodes)} points"


def _store(trial: _Trial) -> str:
    """An encrypted file from an enrolment file, with the tables of this program."""
    node = trial.city.of_tier("VILLAGE")[0]
    file, code = admin.enroll(trial.center, node.code)
    trial.user = node.staff[0].code
    create_point(trial.folder / "point", file, trial.user, _PASSWORD, code=code)
    with (trial.folder / "point" / FILE).open("rb") as stored:
        if stored.read(15) == b"SQLite format 3":
            raise Failed("the file is not encrypted")
    return f"{(trial.folder / 'point' / FILE).stat().st_size // 1024} KB"


def _record(trial: _Trial) -> str:
    """Records written by commands can be read again."""
    with trial.open() as session:
        populate_point(session.runner, session.actor, Random(1), _PAST_DAYS, _PAST_CASES)  # noqa: S311
        trial.cases = _cases(session)
    if not trial.cases:
        raise Failed("nothing was written")
    return f"{trial.cases} cases"


def _backup(trial: _Trial) -> str:
    """A copy of the file, put back, holds the same."""
    copy = trial.folder / "copy.db"
    with trial.open() as session:
        back_up(session, copy)
    put_back(trial.folder / "point", copy, trial.user, _PASSWORD)
    with trial.open() as session:
        if _cases(session) != trial.cases:
            raise Failed("the copy holds something else")
    return f"{copy.stat().st_size // 1024} KB"


def _exchange(trial: _Trial) -> str:
    """The point meets its center over HTTP and hands over everything."""
    with served(trial.center, trial.port), trial.open() as session:
        transport = session.transport()
        try:
            report = sync_round(session.engine, transport, clock=wall_clock, sentinel=session.sentinel)
        finally:
            transport.close()
    stands = admin.status(trial.center)
    if report.error or report.unsent or stands["quarantine"]:
        raise Failed(f"{report.error or 'not everything arrived'} {report.facts}")
    if stands["cases"] != trial.cases:
        raise Failed(f"the center has {stands['cases']} cases of {trial.cases}")
    return f"{report.sent} sent"


def _cases(session: PointSession) -> int:
    with reading(session.engine) as conn:
        return case_count(conn, CaseFilter())


def _window(_trial: _Trial) -> str:
    from app.desktop.frame import proof

    return proof.prove_window(proof.begin())


def _chinese(_trial: _Trial) -> str:
    from app.desktop.frame import proof

    return proof.prove_chinese(proof.begin())


def _icons(_trial: _Trial) -> str:
    from app.desktop.frame import proof

    proof.begin()
    return proof.prove_icons()


def _words(_trial: _Trial) -> str:
    from app.desktop.frame import proof

    return proof.prove_words(proof.begin(), LANGUAGES)


_STEPS: dict[str, Callable[[_Trial], str]] = {
    "program": _program,
    "texts": _texts,
    "photos": _photos,
    "center": _center,
    "encrypted store": _store,
    "records": _record,
    "backup and restore": _backup,
    "exchange": _exchange,
    "window": _window,
    "chinese font": _chinese,
    "icons": _icons,
    "translations": _words,
}
