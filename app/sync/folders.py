"""Where files carried by hand lie: on a stick they have a folder of their own, and names that tell nobody anything.

A point's file takes the place of the one it packed before; the center's answer has its own name beside it. So one stick
can go round many points. Not here: what the files say (`carrying.py`).
"""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from app.base.errors import Environment, Refused
from app.store.stick import on_stick
from app.sync.carried import ENDING, TO_CENTER, file_name
from app.sync.sealed import Way, beginning_of, receiver_mark

FOLDER = "aidpoint"
"""The folder on a stick."""
_MOST_FILES = 2_000
"""Files looked at in one folder."""


def home_on(stick: Path) -> Path:
    """The folder of a stick that files are put into; made where it is not there yet."""
    with on_stick():
        (stick / FOLDER).mkdir(exist_ok=True)
    return stick / FOLDER


def folder_at(place: Path) -> Path:
    """A stick's own folder where it has one, else the place itself."""
    with on_stick():
        return place / FOLDER if (place / FOLDER).is_dir() else place


def file_at(place: Path, name: str) -> Path:
    """Where a file of this name goes: into the folder, or to the very file that is named.

    Raises `Refused("carried_no_place")` for any other name: a folder that is not there, as of a stick that is not
    mounted, is no file to make.
    """
    with on_stick():
        if place.is_dir():
            return place / name
    if place.name.endswith(ENDING):
        return place
    raise Refused("carried_no_place", "to", place=str(place), ending=ENDING)


def files_in(place: Path) -> list[Path]:
    """The sync files in a folder or in its own folder of them, by name. Raises `Environment` as sticks do."""
    with on_stick():
        folders = [each for each in (place, place / FOLDER) if each.is_dir()]
        found = [path for folder in folders for path in islice(folder.iterdir(), _MOST_FILES)]
        return sorted(path for path in found if path.name.endswith(ENDING) and path.is_file())


def going(way: Way, paths: Iterable[Path], seal_key: bytes) -> tuple[list[Path], list[Path]]:
    """Those of these files that go this way to the holder of this public key; and those that cannot be read, of which
    nobody knows."""
    found, unread = [], []
    for path in paths:
        try:
            with on_stick(), path.open("rb") as file:
                if beginning_of(file) == (way, receiver_mark(seal_key)):
                    found.append(path)
        except Environment:
            unread.append(path)
    return found, unread


def answers_among(files: Iterable[Path], seal_key: bytes) -> list[Path]:
    """The center's answers to the holder of this public key; where there is none, files that cannot be read, so that
    whoever reads them hears why."""
    found, unread = going(Way.TO_POINT, files, seal_key)
    return found or unread


def answers_at(place: Path, device: str, seal_key: bytes) -> list[Path]:
    """The center's answers to this device there: the file itself, or those in a folder, the oldest first.

    Raises `Refused`: "file_missing", "carried_none", "carried_unread" where the center has not answered yet what the
    device packed.
    """
    with on_stick():
        if place.is_file():
            return [place]
        if not place.is_dir():
            raise Refused("file_missing", "file")
    files = files_in(place)
    found = answers_among(files, seal_key)
    if found:
        with on_stick():
            return sorted(found, key=lambda path: path.stat().st_mtime_ns)
    own = file_name(TO_CENTER, device)
    raise Refused("carried_unread" if any(path.name == own for path in files) else "carried_none", "file")
