"""A folder of bytes named by their SHA-256: photos and snapshot segments at the center.

What stands under a name never changes, so whoever reads needs no lock. Bytes that come in pieces are gathered beside,
and take their name only when all of them are here and answer to it. Not here: who may read or write which.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import BinaryIO

from app.base.errors import Environment
from app.store.durable import move_durably, on_disk, part_of, remove, write_durably

NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
"""What a content's name looks like."""
_OWNER = re.compile(r"[0-9a-z]{0,64}", re.ASCII)
_BLOCK = 1 << 20
_PARTS = "parts"
_MAKING = "making"
"""Where `keep` writes: what it was killed over can be found without going through all contents."""


class NotThere(Exception):
    """No content of this name, or fewer bytes than were asked for."""


class Mismatch(Exception):
    """Bytes that do not answer to their name; what was gathered is gone. Begin again."""


class WrongOffset(Exception):
    """A piece that does not follow on what is here. `at`: the bytes that are."""

    def __init__(self, at: int) -> None:
        super().__init__(f"at {at}")
        self.at = at


@contextmanager
def _on_disk() -> Iterator[None]:
    """`on_disk` for what may be missing: raises `NotThere` then."""
    try:
        with on_disk():
            yield
    except Environment as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise NotThere from None
        raise


def name_of(data: bytes) -> str:
    """The name of these bytes: their SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def _hash_of(file: BinaryIO) -> str:
    found = hashlib.sha256()
    for block in iter(lambda: file.read(_BLOCK), b""):
        found.update(block)
    return found.hexdigest()


def _written_at(path: Path) -> float:
    """In seconds since 1970; for ever where another has removed it."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf


@dataclass(frozen=True, slots=True)
class ContentStore:
    """Contents under `root`, which is made when something is first kept. Several processes may share it.

    Names are SHA-256 in lower-case hex; any other raises ValueError. The disk's trouble is an `Environment`.
    """

    root: Path

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def is_sound(self, name: str) -> bool:
        """Whether it is here and answers to its name still. All of it is read; what the disk cannot read is not."""
        try:
            with self._path(name).open("rb") as file:
                return _hash_of(file) == name
        except OSError:
            return False

    def size(self, name: str) -> int:
        """In bytes. Raises `NotThere`."""
        with _on_disk():
            return self._path(name).stat().st_size

    def read(self, name: str, offset: int = 0, length: int = -1) -> bytes:
        """`length` bytes from `offset`, fewer at the end; all of the rest by default. Raises `NotThere`."""
        with _on_disk(), self._path(name).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def keep(self, data: bytes) -> str:
        """Keep these bytes and give their name. They have reached the disk when this returns."""
        name = name_of(data)
        path = self._path(name)
        if not self.has(name):
            # Two that keep the same at once each write a file of their own; the later move changes nothing.
            own = self.root / _MAKING / f"{name}.{secrets.token_hex(4)}"
            self._make(own.parent)
            self._make(path.parent)
            try:
                write_durably(own, data)
                move_durably(own, path)
            except Environment:
                remove(own, part_of(own))
                raise
        return name

    def partial_size(self, name: str, owner: str = "") -> int:
        """How many bytes of it this owner has brought so far; the whole size once it is here."""
        for path in (self._path(name), self._part(name, owner)):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                continue
        return 0

    def append(self, name: str, offset: int, chunk: bytes, owner: str = "") -> int:
        """Add a piece to what this owner has brought; gives how many bytes are here now.

        Raises `WrongOffset` where the piece does not follow. Pieces of one owner never mix with another's: who brings
        wrong bytes spoils only their own.
        """
        path = self._part(name, owner)
        self._make(path.parent)
        with on_disk():
            # Opened without being cut: a second request of the same piece writes the same bytes at the same place.
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "r+b") as file:
                here = file.seek(0, os.SEEK_END)
                if here != offset:
                    raise WrongOffset(here)
                file.write(chunk)
                file.flush()
        return offset + len(chunk)

    def answers(self, name: str, owner: str = "") -> bool:
        """Whether what this owner has brought so far answers to the name; all of it is read and hashed."""
        try:
            with _on_disk(), self._part(name, owner).open("rb") as file:
                return _hash_of(file) == name
        except NotThere:
            return False

    def publish(self, name: str, owner: str = "") -> None:
        """Give what this owner has brought its name, after all of it was read and hashed.

        Raises `Mismatch` where it does not answer to the name, `NotThere` where there is nothing.
        """
        part, path = self._part(name, owner), self._path(name)
        if self.has(name):
            remove(part)
            return
        try:
            with _on_disk(), part.open("rb+") as file:
                found = _hash_of(file)
                os.fsync(file.fileno())
        except NotThere:
            if self.has(name):  # another was faster
                return
            raise
        if found != name:
            remove(part)
            raise Mismatch(name)
        self._make(path.parent)
        move_durably(part, path)

    def forget(self, name: str, owner: str = "") -> None:
        """Drop what this owner has brought of it so far."""
        remove(self._part(name, owner))

    def remove(self, name: str) -> None:
        remove(self._path(name))

    def names(self) -> Iterator[str]:
        """Every content that is here whole."""
        for folder in self._folders():
            for path in sorted(folder.iterdir()):
                if NAME.fullmatch(path.name):
                    yield path.name

    def drop_unfinished(self, before: float | None = None) -> int:
        """Remove what `keep` was killed over; gives how many. `before`: only what was last written before this time, in
        seconds since 1970; without one nobody may be keeping anything."""
        folders = [self.root / _MAKING]
        if before is None:
            folders += self._folders()  # older programs wrote beside the contents
        count = 0
        for path in [path for folder in folders if folder.is_dir() for path in folder.iterdir()]:
            is_left = path.is_file() and not NAME.fullmatch(path.name)
            if is_left and (before is None or _written_at(path) < before):
                remove(path)
                count += 1
        return count

    def parts(self) -> Iterator[tuple[str, str, int, float]]:
        """What is being gathered: (name, owner, bytes, time of the last piece in seconds since 1970)."""
        folder = self.root / _PARTS
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name, _, owner = path.name.partition(".")
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            yield name, owner, stat.st_size, stat.st_mtime

    def _folders(self) -> list[Path]:
        """Where contents stand."""
        return sorted(self.root.glob("[0-9a-f][0-9a-f]"))

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError("no name of a content")
        return self.root / name[:2] / name

    def _part(self, name: str, owner: str) -> Path:
        if not NAME.fullmatch(name) or not _OWNER.fullmatch(owner):
            raise ValueError("no name of a content")
        return self.root / _PARTS / f"{name}.{owner}"

    def _make(self, folder: Path) -> None:
        with on_disk():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
