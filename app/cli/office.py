"""What the settings page does to the point on this computer: who may sign in, admission, copies.

`app.desktop.frame.office` says when each is called and what it refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from app.base.clock import local
from app.base.errors import Environment, Refused
from app.cli import bootstrap
from app.cli.enrolling import read_file
from app.desktop.frame.carrier import Write
from app.desktop.frame.office import Colleague, Colleagues, Copies, Copy, Standing
from app.features.org.queries import StaffRow, node_row, staff_by_code, staff_of
from app.journal.here import standing
from app.store import keystore
from app.store.durable import on_disk
from app.store.engine import reading, writing
from app.store.sealing import Cost
from app.sync.enrol import Renewed, is_for, keep_code, renew
from app.sync.enrolment import read_enrolment
from app.sync.exchange import APP
from app.sync.kept_apart import Drop, note_drop_read
from app.sync.overruled import Overruled, note_read
from app.sync.state import enrolled
from app.sync.status import note_told

_ENDING = ".db"
_NOT_FOR = frozenset({"ASSISTANT", "AUDITOR"})
"""Roles that do not decide who may sign in."""


@dataclass(frozen=True, slots=True)
class PointOffice:
    """`user`: the code of who is at work. `cost`: of opening a new password slot."""

    point: bootstrap.PointSession
    user: str
    cost: Cost

    def colleagues(self, conn: sa.Connection) -> Colleagues:
        codes = keystore.users(self.point.data)
        users = [self._known(conn, code) for code in codes]
        others = []
        for node in [each.id for each in bootstrap.nodes_from_here(conn)]:
            others += [self._colleague(conn, who) for who in staff_of(conn, node) if who.code and who.code not in codes]
        return Colleagues(tuple(users), tuple(others))

    def standing(self, conn: sa.Connection) -> Standing:
        here, state = standing(conn), enrolled(conn)
        place = node_row(conn, here.node)
        return Standing(
            city=state.city_name,
            place=place.name if place is not None else "",
            letter=here.letter,
            admitted_at=state.admitted_at,
            has_code=bool(state.code),
            is_shut_out=state.admitted_at is not None and state.last_error == "revoked",
        )

    def change_password(self, old: str, new: str) -> None:
        with bootstrap.keys_held(self.point.data):
            keystore.change_password(self.point.data, self.user, old, new, clock=self.point.clock, cost=self.cost)

    def add_user(self, code: str, password: str) -> None:
        self._check_role()
        with reading(self.point.engine) as conn:
            if code not in {each.code for each in self.colleagues(conn).others}:
                raise Refused("no_such_user", "user_code")
        with bootstrap.keys_held(self.point.data):
            keystore.add_user(self.point.data, self.point.key, code, password, cost=self.cost)

    def remove_user(self, code: str) -> None:
        self._check_role()
        if code == self.user:
            raise Refused("not_yourself", "user_code")
        with bootstrap.keys_held(self.point.data):
            keystore.remove_user(self.point.data, code)

    def keep_code(self, code: str) -> None:
        with writing(self.point.engine) as conn:
            keep_code(conn, code)

    def newer_enrolment(self, files: Sequence[Path]) -> Path | None:
        for file in files:
            try:
                enrolment = read_enrolment(read_file(file))
            except (Refused, Environment):
                continue
            with reading(self.point.engine) as conn:
                if is_for(conn, enrolment, self.point.clock()):
                    return file
        return None

    def take_enrolment(self, file: Path, write: Write) -> Renewed:
        renewed: Renewed = write(partial(renew, self.point.engine, read_file(file), self.point.clock))
        return renewed

    def note_read(self, found: Overruled) -> None:
        note_read(self.point.engine, [found], self.point.clock())

    def note_told(self) -> None:
        note_told(self.point.engine)

    def note_drop_read(self, found: Drop) -> None:
        note_drop_read(self.point.engine, found, self.point.clock())

    def copies(self) -> Copies:
        folder = self.point.data / bootstrap.BACKUPS
        with on_disk():
            files = [_copy(path) for path in folder.glob(f"*{_ENDING}")] if folder.is_dir() else []
        return Copies(folder, tuple(sorted(files, key=lambda each: each.made_at, reverse=True)))

    def copy_to(self, folder: Path | None) -> Copy:
        folder = folder or self.point.data / bootstrap.BACKUPS
        with on_disk():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"aidpoint-{local(self.point.clock()):%Y%m%d-%H%M%S}{_ENDING}"
        bootstrap.back_up(self.point, target)
        return _copy(target)

    def version(self) -> str:
        return APP.partition("/")[2]

    def _check_role(self) -> None:
        if self.point.actor.role in _NOT_FOR:
            raise Refused("not_allowed")

    def _known(self, conn: sa.Connection, code: str) -> Colleague:
        who = staff_by_code(conn, code)
        return Colleague(code, code, "", "") if who is None else self._colleague(conn, who)

    def _colleague(self, conn: sa.Connection, who: StaffRow) -> Colleague:
        place = node_row(conn, who.node)
        return Colleague(who.code, who.name or who.code, who.role, place.name if place is not None else "")


def _copy(path: Path) -> Copy:
    with on_disk():
        about = path.stat()
    return Copy(path, int(about.st_mtime * 1_000_000), about.st_size)
