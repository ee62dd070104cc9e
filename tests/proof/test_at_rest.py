"""R9: what is entered at a point stands readable in no file, whatever was done with the point and however it ended."""

import base64
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Environment, Refused
from app.base.paths import program_root
from app.center import admin
from app.cli.bootstrap import FILE, open_point
from app.features.cases import search
from app.features.people.tables import person
from app.journal.attached import whole_bytes
from app.journal.drafts import drafts
from app.journal.tables import attached
from app.store.engine import open_encrypted, reading
from tests.photographs import prepared
from tests.proof.city import PASSWORD, City, served_city
from tests.proof.leaving import PEOPLE, PHOTO, PLANTED, THUMBNAIL, USER
from tests.proof.readable import bare_forms, forms

Left = dict[str, Path]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """What the process left behind, of the program as it is and of the control; the center has its own folder."""
    folder = tmp_path_factory.mktemp("city")
    with served_city(f"sqlite:///{folder / 'center.db'}") as city:
        yield {kind: leave(kind, city, tmp_path_factory.mktemp(kind)) for kind in ("encrypted", "plain")}


def leave(kind: str, city: City, outside: Path) -> Path:
    file, code = admin.enroll(city.engine, "V1")
    (outside / "enrolment").write_bytes(file)
    (outside / PHOTO).write_bytes(prepared(1).data)
    (outside / THUMBNAIL).write_bytes(base64.b64decode(prepared(1).thumbnail))
    folder = outside / "left"
    for name in ("data", "tmp", "home", "logs"):
        (folder / name).mkdir(parents=True)
    home = {f"XDG_{each}_HOME": str(folder / "home") for each in ("DATA", "CONFIG", "STATE", "CACHE")}
    places = {"TMPDIR": str(folder / "tmp"), "SQLITE_TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home")}
    with (folder / "logs" / "out").open("wb") as out, (folder / "logs" / "err").open("wb") as err:
        done = subprocess.run(
            [sys.executable, "-m", "tests.proof.leaving", kind, str(folder), str(outside / "enrolment"), code],
            stdout=out, stderr=err, timeout=110, cwd=program_root(), check=False,
            env={"PATH": os.environ["PATH"], **home, **places},
        )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, (folder / "logs" / "err").read_text("utf-8")
    return folder


def photo_forms() -> dict[str, dict[str, bytes]]:
    """Some bytes out of the middle of the photo and of its thumbnail."""
    middles = {
        PHOTO: prepared(1).data[20_000:20_048],
        THUMBNAIL: base64.b64decode(prepared(1).thumbnail)[3_000:3_048],
    }
    return {what: {"raw": middle, **bare_forms(middle)} for what, middle in middles.items()}


def hits(folder: Path) -> set[tuple[str, str, str]]:
    wanted = {what: forms(text) for what, text in PLANTED.items()} | photo_forms()
    return {
        (path.relative_to(folder).as_posix(), what, form)
        for path in folder.rglob("*")
        if path.is_file()
        for body in [path.read_bytes()]
        for what, encodings in wanted.items()
        for form, encoded in encodings.items()
        if encoded in body
    }


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("shift", range(3))
def test_the_search_knows_every_encoding(tmp_path: Path, what: str, shift: int) -> None:
    text, around = PLANTED[what], b"\x80" * shift
    for form in ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "base64", "hex"):
        raw = around + text.encode("utf-8" if form in ("base64", "hex") else form) + b"\x81\x82"
        body = base64.b64encode(raw) if form == "base64" else raw.hex().encode() if form == "hex" else raw
        (tmp_path / "planted").write_bytes(body)
        assert {found for _, of, found in hits(tmp_path) if of == what and found.lower().startswith(form)}, form


def test_nothing_entered_is_readable_in_any_file(left: Left) -> None:
    names = {path.relative_to(left["encrypted"]).as_posix() for path in left["encrypted"].rglob("*")}
    assert {f"data/{FILE}", f"data/{FILE}-wal", "data/backups", "logs/err"} <= names
    assert any("replaced" in name for name in names), "the file that was restored over is kept"
    assert (left["encrypted"] / f"data/{FILE}-wal").stat().st_size > 1_000_000, "the save that was cut spilled"
    assert hits(left["encrypted"]) == set()


def test_the_control_is_found_out(left: Left) -> None:
    """Were the search blind, or nothing written, this would fail."""
    found = hits(left["plain"])
    for what in ("name", "kin", "id number", "phone", "note", "story"):
        assert (f"data/{FILE}", what, "utf-8") in found
        assert [file for file, of, _ in found if of == what and file.startswith("data/backups/")]
        assert [file for file, of, _ in found if of == what and "replaced" in file]
    assert (f"data/{FILE}-wal", "draft", "utf-8") in found
    assert (f"data/{FILE}", PHOTO, "raw") in found
    assert [form for file, of, form in found if of == THUMBNAIL and file == f"data/{FILE}" and "base64" in form]


def test_a_crash_is_logged_with_its_place_alone(left: Left) -> None:
    """Both logs: what is encrypted says nothing of what a log says."""
    for folder in left.values():
        said = (folder / "logs" / "err").read_text("utf-8")
        assert "a command failed: KeyError at " in said
        assert "leaving.py" in said
        assert not [found for found in hits(folder) if found[0].startswith("logs/")]


def test_without_the_password_nothing_opens(left: Left, tmp_path: Path) -> None:
    data = left["encrypted"] / "data"
    with pytest.raises(Refused, match="wrong_password"):
        open_point(data, USER, PASSWORD + " ")
    with pytest.raises(Refused, match="wrong_password"):
        open_point(data, "w-V1", PASSWORD)
    with pytest.raises(Environment, match="wrong_key"):
        open_encrypted(data / FILE, bytes(32))
    for path in [data / FILE, *(data / "backups").iterdir(), *data.glob("*replaced*")]:
        copied = tmp_path / path.name
        copied.write_bytes(path.read_bytes())
        plain = sqlite3.connect(copied)
        with pytest.raises(sqlite3.DatabaseError, match="not a database"):
            plain.execute("SELECT count(*) FROM sqlite_master")
        plain.close()


def test_with_the_password_it_opens_by_itself(left: Left) -> None:
    """The same folder, as the kill left it: what was acknowledged is there, the save that was cut is not."""
    with open_point(left["encrypted"] / "data", USER, PASSWORD) as session, reading(session.engine) as conn:
        people = conn.execute(sa.select(sa.func.count()).select_from(person.table)).scalar_one()
        kept = {one.key for one in drafts(conn)}
        found = search.find(conn, PLANTED["name"])
        photos = [whole_bytes(conn, name) for name in conn.execute(sa.select(attached.c.name)).scalars()]
    assert people == PEOPLE + 3
    assert kept == {"last", *(f"entry-{number}" for number in range(5))}
    assert {hit.kind for hit in found} >= {"person"}
    assert len(photos) == 2
    assert prepared(1).data in photos
