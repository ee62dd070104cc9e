"""Run as a process: a point at work that leaves behind whatever a point can leave, and is killed in the end.

    python -m tests.proof.leaving encrypted|plain FOLDER ENROLMENT CODE

`plain` is the control: the same program with a store that does not encrypt. What goes to the screen goes to the logs,
answers to commands apart, which are for whoever typed them.
"""

import base64
import hashlib
import json
import os
import signal
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from app.cli.bootstrap import open_point
from app.features.cases import search
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Text
from app.journal.tables import draft
from app.store import engine as store
from app.store.engine import writing
from tests.proof.city import PASSWORD, aidpoint

PLANTED = {
    "name": "欧阳娜仁花",
    "kin": "Bayan Nur Temurlan",
    "id number": "330106199001011237",
    "phone": "13800138000",
    "note": "夜间哮喘，需要雾化吸入药物",
    "story": "从额尔古纳走来，住在七号帐篷",
    "draft": "还没有说完的话：怕回去挨打",
}
PHOTO, THUMBNAIL = "photo", "thumbnail"
"""Files beside the enrolment: what a camera saw, made ready, and its thumbnail."""
USER = "u-V1"
PEOPLE = 25
SPILLED = 3_000


@dataclass(frozen=True, kw_only=True)
class Stumble(Command):
    """A bug of the kind nobody foresees: its message holds what was typed."""

    name: Annotated[str, Text(50)]


def stumble(act: Act, command: Stumble) -> None:
    raise KeyError(command.name)


@dataclass(frozen=True, kw_only=True)
class Fall(Command):
    """The power goes in the middle of a save that is larger than the cache."""

    words: Annotated[str, Text(400)]


def fall(act: Act, command: Fall) -> None:
    act.conn.exec_driver_sql("PRAGMA cache_size = 5")
    rows = [{"key": f"k{i}", "content": command.words * 20, "actor": "", "kept_at": i} for i in range(SPILLED)]
    act.conn.execute(draft.insert(), rows)
    act.conn.exec_driver_sql("SELECT content FROM draft ORDER BY content, kept_at").all()
    os.kill(os.getpid(), signal.SIGKILL)


class _Plain(store._PlainOpener):
    """Takes a key and does nothing with it."""

    def __init__(self, key: bytes) -> None:
        pass


def no_encryption() -> None:
    """The planted fault of the control."""
    vars(store).update(_EncryptedOpener=_Plain, sqlcipher=sqlite3)


def lines() -> list[dict[str, Any]]:
    """People with papers and kin, notes, corrections, drafts, and what is refused or fails."""
    found: list[dict[str, Any]] = []
    for number in range(PEOPLE):
        facts: dict[str, Any] = {"name": PLANTED["name"], "kin_name": PLANTED["kin"], "phone": PLANTED["phone"]}
        facts |= {"gender": "FEMALE", "age_est": 40 + number, "id_doc_type": "RIC", "id_no": PLANTED["id number"]}
        met = {"place_type": "BRIDGE", "health_obs": ["OK"], "disposition": "ON_SITE_AID"}
        words = {"story": PLANTED["story"] * 9, "note": PLANTED["note"] * 9, "belongings": PLANTED["note"]}
        found.append({"command": "LogEncounter", **facts, **met, **words})
        found.append({"command": "KeepDraft", "key": f"entry-{number % 5}", "content": json.dumps(PLANTED)})
    found.append({"command": "KeepDraft", "key": "last", "content": json.dumps(PLANTED, ensure_ascii=False)})
    found.append({"command": "RegisterPerson", "name": PLANTED["name"], "features": PLANTED["note"]})
    found.append({"command": "UndoCommit", "commit": PLANTED["phone"], "reason": PLANTED["note"]})
    found.append({"command": PLANTED["name"]})
    found.append({"command": "Stumble", "name": PLANTED["name"]})
    return found


def photo_lines(beside: Path) -> list[dict[str, Any]]:
    """Somebody is met and photographed; the same picture waits in a form once more, turned by a byte."""
    photo, thumbnail = beside.with_name(PHOTO).read_bytes(), beside.with_name(THUMBNAIL).read_bytes()
    keep = {"command": "KeepPhoto", "photo": _text(photo), "thumbnail": _text(thumbnail)}
    met = {"gender": "MALE", "age_est": 45, "features": "灰色棉衣", "place_type": "BRIDGE", "health_obs": ["OK"]}
    photos = [{"photo": hashlib.sha256(photo).hexdigest(), "caption": PLANTED["note"]}]
    save = {"command": "LogEncounter", **met, "disposition": "ON_SITE_AID", "photos": photos}
    # A density of two pixels an inch more: another file with the same picture in it.
    other = photo[:14] + bytes((photo[14] ^ 2,)) + photo[15:]
    return [keep, save, keep | {"photo": _text(other)}]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def run(data: Path, *words: str, **more: Any) -> tuple[int, list[dict[str, Any]]]:
    password = data.parent / "password"
    return aidpoint(
        "point", *words, "--data", str(data), "--user", USER, "--password-file", str(password), "--json", **more
    )


def fill_search(data: Path) -> None:
    with open_point(data, USER, PASSWORD) as session:
        more = True
        while more:
            with writing(session.engine) as conn:
                more = search.step(conn)


def main(kind: str, folder: Path, enrolment: str, code: str) -> None:
    handles(Stumble)(stumble)
    handles(Fall)(fall)
    if kind == "plain":
        no_encryption()
    data = folder / "data"
    (folder / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    assert run(data, "enroll", "--file", enrolment, "--code", code)[0] == 0
    _, answers = run(data, "exec", lines=lines())
    assert [answer["ok"] for answer in answers] == [True] * (2 * PEOPLE + 1) + [False] * 4, answers[-5:]
    _, answers = run(data, "exec", lines=photo_lines(Path(enrolment)))
    assert [answer["ok"] for answer in answers] == [True] * 3, answers
    fill_search(data)
    assert run(data, "backup")[0] == 0
    status, (told,) = run(data, "sync")
    assert (status, told["unsent"], told["photos_sent"], told["photo_error"]) == (0, 0, 1, ""), told
    assert run(data, "exec", lines=lines()[:4])[0] == 0
    (backup,) = (data / "backups").glob("*.db")
    assert run(data, "restore", "--from", str(backup))[0] == 0
    assert run(data, "check") == (0, [{"ok": True} | dict.fromkeys(_CHECKED, "ok")])
    status, (told,) = run(data, "sync")
    assert (status, told["error"], told["verdicts"], told["unsent"]) == (0, "", 0, 0), told
    print(json.dumps({"status": status, **told}, ensure_ascii=False), flush=True)
    run(data, "exec", lines=[*lines()[:3], {"command": "Fall", "words": PLANTED["draft"]}])


_CHECKED = ("file", "chain", "records", "heads", "shelf")

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4])
