"""What the sync page does with a stick, for the opened point. `app.desktop.frame.carrier` says when it is called."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from app.base.clock import Clock
from app.desktop.frame.carrier import Write
from app.journal.here import standing
from app.store.engine import reading
from app.store.stick import on_stick
from app.sync.answers import Unread, is_any_unread, note_answered, read_each
from app.sync.carrying import Packed, pack_into
from app.sync.folders import answers_among, answers_at, files_in, home_on
from app.sync.identity import Identity
from app.sync.sentinel import Sentinel
from app.sync.state import enrolled
from app.sync.unpacking import Unpacked, unpack_file


@dataclass(frozen=True, slots=True)
class PointCarrier:
    """`sentinel`: as in a round."""

    engine: sa.Engine
    clock: Clock
    sentinel: Sentinel | None

    def pack(self, place: Path, write: Write) -> Packed:
        home = home_on(place)
        _, packed = pack_into(self.engine, home, clock=self.clock, sentinel=self.sentinel, write=write)
        return packed

    def unpack(self, place: Path, write: Write) -> tuple[Unpacked | Unread, ...]:
        identity = self._identity()
        answers = answers_at(place, identity.device, identity.public_seal_key())
        return tuple(got for _, got in read_each(answers, partial(self._take, write)))

    def _take(self, write: Write, file: BinaryIO) -> Unpacked:
        got = unpack_file(self.engine, file, clock=self.clock, write=write)
        write(partial(note_answered, self.engine, got))
        return got

    def answer_at(self, place: Path) -> str:
        with on_stick():
            return " ".join(f"{path.name}:{path.stat().st_mtime_ns}" for path in self._answers(place))

    def is_unread(self, place: Path) -> bool:
        return is_any_unread(self.engine, self._answers(place))

    def _answers(self, place: Path) -> list[Path]:
        return answers_among(files_in(place), self._identity().public_seal_key())

    def _identity(self) -> Identity:
        with reading(self.engine) as conn:
            return enrolled(conn).identity(standing(conn).device)
