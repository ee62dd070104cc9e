"""The one composition file: from a data folder, a user and a password to a point that works.

In the folder: `aidpoint.db` (encrypted), the key files (`app.store.keyfile`), `backups/`, the sentinel (`app.sync`),
and lock files. A folder has one writer at a time; readers need not wait for it.
"""

import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.base import paths
from app.base.clock import Clock, wall_clock
from app.base.errors import Environment, Refused
from app.cli.folder_lock import FolderLock, locked
from app.features.org.queries import NodeRow, load_tree, node_row, staff_by_code
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.apply import apply_unread
from app.journal.here import standing
from app.journal.runner import Runner
from app.store import backup, keyfile, keystore
from app.store.durable import move_durably, on_disk, reach_disk, remove, write_durably
from app.store.engine import open_encrypted, reading, writing
from app.store.sealing import Cost
from app.store.upgrade import check_known, revision_of, revisions, upgrade
from app.sync.enrol import enrol_within
from app.sync.enrolment import Enrolment, read_enrolment
from app.sync.epochs import PUT_BACK, begin_epoch, begin_where_put_back, tell
from app.sync.pages import retry_set_aside
from app.sync.sentinel import FileSentinel
from app.sync.snapshot import ask_again_if_known
from app.sync.state import enrolled
from app.sync.tables import set_aside
from app.sync.writing import Write, inline

if TYPE_CHECKING:
    from app.sync.http import HttpTransport

FILE = "aidpoint.db"
BACKUPS = "backups"
_SENTINEL = "sentinel"
_IN_USE = "in-use.lock"
_KEYS_IN_USE = "keys.lock"
_PUT_BACK = "put-back"
_NEW = ".new-"
_KEYS_WAIT_S = 10.0
_UNKNOWN_SERIAL = 1_000
"""Epochs used so far where nobody can say; more than any device begins in its life."""


@dataclass
class PointSession:
    """An opened point. `actor`: who signed in. Close it, or use it in a `with`."""

    data: Path
    engine: sa.Engine
    key: bytes = field(repr=False)
    runner: Runner
    actor: Actor
    clock: Clock
    _lock: FolderLock | None = field(default=None, repr=False)

    def transport(self) -> "HttpTransport":
        """The way to the center this device was enrolled with; the caller closes it."""
        from app.sync.http import transport_of  # a twentieth of the program's start, and the first window needs none

        with reading(self.engine) as conn:
            here, state = standing(conn), enrolled(conn)
        return transport_of(state, here.device, self.clock)

    def follow_center(self, write: Write = inline) -> None:
        """Before a round: go over to where the center moved to, once it answers there."""
        from app.sync.moving import follow_center

        follow_center(self.engine, self.clock, write)

    @property
    def sentinel(self) -> FileSentinel:
        """What a round tells before it sends anything."""
        return FileSentinel(self.data / _SENTINEL)

    @property
    def is_writer(self) -> bool:
        """Whether it is open, and nobody else may write."""
        return self._lock is not None and self._lock.is_held

    def for_another(self, user_code: str, password: str) -> "PointSession":
        """The same opened point, with somebody else at work: what is open is shared, so one of the two is closed.

        Raises as `open_point`; then nothing has changed.
        """
        _unlock(self.data, user_code, password, self.clock)
        with reading(self.engine) as conn:
            return replace(self, actor=_actor(conn, user_code))

    def close(self) -> None:
        self.engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> "PointSession":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_point(
    data: Path, user_code: str, password: str, clock: Clock = wall_clock, *, to_write: bool = True
) -> PointSession:
    """Sign in and open the point in this folder, brought to what this program knows.

    `to_write=False` opens beside a running writer, to read alone. Raises `Refused` ("not_enrolled", "no_such_user",
    those of `keystore.unlock`, "file_is_newer") and `Environment` ("database_locked" and what disks do).
    """
    load_features()
    if not (data / FILE).exists():
        raise Refused("not_enrolled", "data", folder=str(data))
    lock = FolderLock(data / _IN_USE) if to_write else None
    engine: sa.Engine | None = None
    try:
        key = _unlock(data, user_code, password, clock)
        if to_write:
            engine = open_encrypted(data / FILE, key)
            _bring_up(data, engine, clock)
        else:
            _bring_up_where_old(data, key, clock)
            engine = open_encrypted(data / FILE, key, read_only=True)
        with reading(engine) as conn:
            actor = _actor(conn, user_code)
        return PointSession(data, engine, key, Runner(engine, clock, tree=load_tree), actor, clock, lock)
    except BaseException:
        if engine is not None:
            engine.dispose()
        if lock is not None:
            lock.release()
        raise


def create_point(
    data: Path,
    enrolment: bytes,
    user_code: str,
    password: str,
    *,
    code: str = "",
    clock: Clock = wall_clock,
    cost: Cost | None = None,
) -> None:
    """Make this folder a point by an enrolment file, with one user; needs no network. `code`: used at first contact.

    The user must be somebody the file knows at its node or above. Run again it takes a later file or code; a folder
    holds either a whole point or none. Raises `Refused` as `read_enrolment`, `enrol` and `keystore.create` do, and
    "not_in_enrolment".
    """
    load_features()
    read = read_enrolment(enrolment)
    with on_disk():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(data / _IN_USE):
        for leftover in data.glob(f"{_NEW}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if (data / FILE).exists():
            _enrol_again(data, read, user_code, password, code, clock)
        else:
            _create(data, read, user_code, password, code, clock, cost or Cost())


def back_up(session: PointSession, target: Path) -> None:
    """A checked copy of the file as it is now, under the same key. `Refused("backup_among_data")`."""
    if target.resolve().parent == session.data.resolve():
        # Beside the file there is only what a copy must never replace: the file itself, its journal, the keys.
        raise Refused("backup_among_data", "to")
    backup.backup(session.engine, session.key, target)


def put_back(data: Path, source: Path, user_code: str, password: str, clock: Clock = wall_clock) -> Path | None:
    """Put a backup in place of the file, which begins a new epoch; gives where the old file is kept.

    Refused as `backup.restore`, and "file_is_newer" for one of a later program; then nothing is changed.
    """
    load_features()
    if not keyfile.exists(data):
        raise Refused("not_enrolled", "data", folder=str(data))
    with locked(data / _IN_USE):
        key = _unlock(data, user_code, password, clock)
        told = _told_serial(data)
        # Said before the file changes: whatever comes between, numbers are not given twice.
        write_durably(data / _PUT_BACK, str(max(_serial_in(data / FILE, key), told or 0)).encode())
        try:
            kept = backup.restore(source, key, data / FILE, fits=partial(check_known, key=key))
        except (Refused, Environment):
            if told is None:
                remove(data / _PUT_BACK)
            raise
        engine = open_encrypted(data / FILE, key)
        try:
            _bring_up(data, engine, clock)
        finally:
            engine.dispose()
    return kept


def _told_serial(data: Path) -> int | None:
    """What a putting back that was cut short said; None where none was."""
    with on_disk():
        return int((data / _PUT_BACK).read_text("ascii")) if (data / _PUT_BACK).exists() else None


def _serial_in(file: Path, key: bytes) -> int:
    """The latest epoch's serial in a file about to be replaced; a generous guess where it cannot be read."""
    if not file.exists():  # opening would make one, and an empty file is no point
        return _UNKNOWN_SERIAL
    try:
        engine = open_encrypted(file, key)
        try:
            with reading(engine) as conn:
                return standing(conn).serial
        finally:
            engine.dispose()
    except (Environment, LookupError, sa.exc.DatabaseError):
        return _UNKNOWN_SERIAL


@contextmanager
def keys_held(data: Path) -> Iterator[None]:
    """Whoever changes the key file holds it: signing in counts tries there, and two would write over each other."""
    with locked(data / _KEYS_IN_USE, _KEYS_WAIT_S):
        yield


def check_password(data: Path, user_code: str, password: str, clock: Clock = wall_clock) -> None:
    """Whether it is the right one, while the point is open. Raises as `keystore.unlock`."""
    _unlock(data, user_code, password, clock)


def _unlock(data: Path, user_code: str, password: str, clock: Clock) -> bytes:
    with keys_held(data):
        return keystore.unlock(data, user_code, password, file=data / FILE, clock=clock)


def _bring_up_where_old(data: Path, key: bytes, clock: Clock) -> None:
    """Readers do not upgrade, except where nobody else is there to do it."""
    engine = open_encrypted(data / FILE, key)
    try:
        if revision_of(engine) != revisions(paths.migrations())[-1] or (data / _PUT_BACK).exists():
            with locked(data / _IN_USE):
                _bring_up(data, engine, clock)
    finally:
        engine.dispose()


def _bring_up(data: Path, engine: sa.Engine, clock: Clock) -> None:
    with on_disk():
        (data / BACKUPS).mkdir(exist_ok=True, mode=0o700)
    upgrade(engine, data / BACKUPS)
    serial = _told_serial(data)
    if serial is not None:
        with writing(engine) as conn:
            begin_epoch(conn, serial)
            tell(conn, PUT_BACK, clock())
        remove(data / _PUT_BACK)
    with writing(engine) as conn:
        begin_where_put_back(conn, FileSentinel(data / _SENTINEL), clock())
    with writing(engine) as conn:
        apply_unread(conn)
        ask_again_if_known(conn)
    with reading(engine) as conn:
        waits = conn.execute(sa.select(set_aside.c.n).limit(1)).first() is not None
    if waits:
        with writing(engine) as conn:
            retry_set_aside(conn)


def _create(
    data: Path, enrolment: Enrolment, user_code: str, password: str, code: str, clock: Clock, cost: Cost
) -> None:
    """Make everything in a folder beside and move it into place, the file last: it is what makes a point."""
    beside = Path(tempfile.mkdtemp(prefix=_NEW, dir=data))
    try:
        if keyfile.exists(data):
            # Keys without a file: they may open backups, so they stay, and their password is asked.
            key = _unlock(data, user_code, password, clock)
            names = [FILE]
        else:
            recovery = base64.b64decode(enrolment.seal_key)
            key = keystore.create(beside, user_code, password, recovery, cost=cost)
            names = [keyfile.SECRET, keyfile.SPARE, keyfile.NAME, FILE]
        engine = open_encrypted(beside / FILE, key)
        try:
            upgrade(engine, None)
            with writing(engine) as conn:
                enrol_within(conn, enrolment, clock(), code)
                _actor(conn, user_code, enrolling=True)
        finally:
            engine.dispose()
        with on_disk():
            (beside / FILE).chmod(0o600)
        reach_disk(beside / FILE)
        for name in names:
            move_durably(beside / name, data / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _enrol_again(data: Path, enrolment: Enrolment, user_code: str, password: str, code: str, clock: Clock) -> None:
    engine = open_encrypted(data / FILE, _unlock(data, user_code, password, clock))
    try:
        _bring_up(data, engine, clock)
        with writing(engine) as conn:
            enrol_within(conn, enrolment, clock(), code)
            _actor(conn, user_code, enrolling=True)
    finally:
        engine.dispose()


def _actor(conn: sa.Connection, user_code: str, *, enrolling: bool = False) -> Actor:
    """Who signs in with this code, of this node or one above. Raises `Refused`: "no_such_user"; where an enrolment file
    was just taken, "not_in_enrolment"."""
    who = staff_by_code(conn, user_code)
    if who is None or not load_tree(conn).within(standing(conn).node, who.node):
        raise Refused("not_in_enrolment" if enrolling else "no_such_user", "user_code", user=user_code)
    return Actor(who.id, who.role, who.node)


def nodes_from_here(conn: sa.Connection) -> list[NodeRow]:
    """This installation's node and those above it, the nearest first: whose staff may sign in here."""
    here = standing(conn).node
    found = [node_row(conn, each) for each in (here, *load_tree(conn).above(here))]
    return [each for each in found if each is not None]


def facts_of(session: PointSession) -> dict[str, Any]:
    """Who and where this installation is."""
    with reading(session.engine) as conn:
        here, state = standing(conn), enrolled(conn)
    return {"device": here.device, "node": here.node, "letter": here.letter, "city": state.city_name}
