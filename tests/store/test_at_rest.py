"""What is entered stands readable in no file of the data folder, whatever state the process left it in."""

import base64
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.paths import program_root

PLANTED = {
    "name": "欧阳娜仁花",
    "id number": "330106199001011237",
    "phone": "13800138000",
    "note": "夜间哮喘，需要雾化吸入药物",
    "ascii": "Bayan Nur tent 7",
}
PHOTO = bytes.fromhex("ffd8ffe000104a464946") + bytes(range(7, 247, 5))


def forms(text: str) -> dict[str, bytes]:
    """The text as it may stand in a file. Base64 has three alignments; the part common to each is looked for."""
    found = {name: text.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    return found | base64_forms(text.encode())


def base64_forms(content: bytes) -> dict[str, bytes]:
    # Each character carries 6 bits; those at the edges also depend on what stands beside the content.
    return {
        f"base64 at {shift}": base64.b64encode(bytes(shift) + content)[
            -(-8 * shift // 6) : 8 * (shift + len(content)) // 6
        ]
        for shift in range(3)
    }


def hits(folder: Path) -> set[tuple[str, str, str]]:
    wanted = {what: forms(text) for what, text in PLANTED.items()}
    wanted["photo"] = {"bytes": PHOTO, **base64_forms(PHOTO)}
    return {
        (path.name, what, form)
        for path in folder.rglob("*")
        if path.is_file()
        for body in [path.read_bytes()]
        for what, encodings in wanted.items()
        for form, encoded in encodings.items()
        if encoded in body
    }


def leave(kind: str, folder: Path) -> None:
    """A process that saves, spills, fails, backs up, upgrades and is killed in the middle of a save."""
    folder.mkdir()
    arguments = [kind, str(folder), PHOTO.hex(), *PLANTED.values()]
    done = subprocess.run(
        [sys.executable, "-c", LEAVES_TRACES, *arguments],
        capture_output=True, text=True, timeout=60, cwd=program_root(),
        env={"TMPDIR": str(folder), "SQLITE_TMPDIR": str(folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    (folder / "said.log").write_text(done.stdout + done.stderr, encoding="utf-8")


def test_nothing_entered_is_readable_in_any_file(tmp_path: Path) -> None:
    leave("encrypted", tmp_path / "data")
    names = {path.name for path in (tmp_path / "data").iterdir()}
    assert {"point.db", "point.db-wal", "backup.db", "keys.json", "said.log"} <= names
    assert hits(tmp_path / "data") == set()


def test_the_search_finds_what_is_planted_in_a_plain_store(tmp_path: Path) -> None:
    """The control: were the search blind, this would fail."""
    leave("plain", tmp_path / "data")
    found = hits(tmp_path / "data")
    for what in PLANTED:
        assert ("point.db", what, "utf-8") in found
        assert ("backup.db", what, "utf-8") in found
    assert ("point.db", "photo", "bytes") in found
    assert "point.db-wal" in {name for name, _, _ in found}


@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("form", ["utf-8", "utf-16-le", "utf-16-be", "gb18030", "base64"])
def test_the_search_knows_every_encoding(tmp_path: Path, form: str, shift: int) -> None:
    for what, text in PLANTED.items():
        around = b"x" * shift
        body = base64.b64encode(around + text.encode() + b"yz") if form == "base64" else text.encode(form)
        (tmp_path / "planted.bin").write_bytes(b"\x01\x02" + body + b"\x03")
        assert {f for _, w, f in hits(tmp_path) if w == what and f.startswith(form)}


LEAVES_TRACES = """
import os, signal, sys
from pathlib import Path
from app.store import keystore
from app.store.backup import backup
from app.store.engine import open_encrypted, open_plain, writing
from app.store.sealing import Cost

kind, folder, photo, *texts = sys.argv[1:]
folder = Path(folder)
key = None
if kind == "encrypted":
    key = keystore.create(folder, "li", "a good password", None, cost=Cost(8, 1, 1))
engine = open_encrypted(folder / "point.db", key) if key else open_plain(folder / "point.db")
with writing(engine) as connection:
    connection.exec_driver_sql("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, body BLOB)")
    connection.exec_driver_sql("CREATE VIRTUAL TABLE found USING fts5(text)")
def save(connection, times):
    for text in texts * times:
        row = (text, bytes.fromhex(photo))
        connection.exec_driver_sql("INSERT INTO note (text, body) VALUES (?, ?)", row)
        connection.exec_driver_sql("INSERT INTO found VALUES (?)", (text,))
with writing(engine) as connection:
    save(connection, 200)
with writing(engine) as connection:
    connection.exec_driver_sql("PRAGMA temp_store")
    connection.exec_driver_sql("SELECT text FROM note ORDER BY body, text, id").all()
    connection.exec_driver_sql("DELETE FROM note WHERE id % 2 = 0")
backup(engine, key, folder / "backup.db")
try:
    with writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", (texts[0],))
except Exception as error:
    print(error, repr(error), file=sys.stderr)
with engine.connect() as connection:
    connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
with writing(engine) as connection:
    connection.exec_driver_sql("PRAGMA cache_size = 5")
    save(connection, 200)
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""
