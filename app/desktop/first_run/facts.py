"""What the first run knows and asks of the world below: what an enrolment file says, and how a point is made of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the first user. `here`: of the node itself, not of one above it."""

    code: str
    name: str
    role: str
    place: str
    here: bool


@dataclass(frozen=True, slots=True)
class FileFacts:
    """An enrolment file that was read and found true; nothing is made of it yet. `made_at`: µs."""

    content: bytes = field(repr=False)
    city: str
    place: str
    above: tuple[str, ...]
    made_at: int
    candidates: tuple[Candidate, ...]


class FirstDoor(Protocol):
    """Called on threads of the pool; everything raises `Refused` or `Environment`."""

    def look_into(self, file: Path) -> FileFacts:
        """Refused under "file"."""

    def enrol(self, facts: FileFacts, user: str, password: str, code: str) -> None:
        """Make the point; all of it or nothing. Refused under "file", "user_code" or "password"."""

    def open(self, user: str, password: str) -> Any:
        """The session of whoever signs in."""

    def sample(self, report: Callable[[object], None], stopped: Callable[[], bool]) -> Any:
        """A session in an invented city; reports "city", "point" and "open" on its way there."""
