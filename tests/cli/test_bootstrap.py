"""Making, opening and replacing a point's folder, in one process."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.base.clock import wall_clock
from app.base.errors import Environment, Refused
from app.cli.bootstrap import FILE, back_up, create_point, facts_of, open_point, put_back
from app.cli.folder_lock import FolderLock, locked
from app.features.org.commands import DismissStaff
from app.features.people.commands import RegisterPerson
from app.journal.here import standing
from app.store import keyfile
from app.store.engine import connect_file, reading
from tests.cli.points import CHEAP, PASSWORD, new_folder
from tests.sync.conftest import town as town
from tests.sync.town import Town


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


def test_somebody_the_file_does_not_know_gets_no_point(town: Town, tmp_path: Path) -> None:
    file, _ = town.enrolment("V1")
    for user in ("u-V2", "nobody", ""):
        with pytest.raises(Refused) as refused:
            create_point(tmp_path / "data", file, user, PASSWORD, cost=CHEAP)
        assert (refused.value.code, refused.value.field) == ("not_in_enrolment", "user_code")
        assert names_in(tmp_path / "data") == set()
    create_point(tmp_path / "data", file, "u-D1", PASSWORD, cost=CHEAP)
    with open_point(tmp_path / "data", "u-D1", PASSWORD) as session:
        assert session.actor.role == "SPECIALIST"
        assert session.actor.node != facts_of(session)["node"]


def test_a_short_password_or_a_wrong_file_leaves_nothing_behind(town: Town, tmp_path: Path) -> None:
    file, _ = town.enrolment("V1")
    for content, password, code in ((file, "short", "password_too_short"), (b"{}", PASSWORD, "enrolment_unreadable")):
        with pytest.raises(Refused) as refused:
            create_point(tmp_path / "data", content, "u-V1", password, cost=CHEAP)
        assert refused.value.code == code
    assert names_in(tmp_path / "data") == set()


def test_enrolling_again_needs_the_same_password_and_city(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    file, code = town.enrolment("V1")
    with pytest.raises(Refused) as refused:
        create_point(point.data, file, point.user, "another password", cost=CHEAP)
    assert refused.value.code == "wrong_password"
    with pytest.raises(Refused) as refused:
        create_point(point.data, town.enrolment("V2")[0], point.user, PASSWORD, cost=CHEAP)
    assert refused.value.code == "enrolment_other_node"
    create_point(point.data, file, point.user, PASSWORD, code=code)
    with point.opened() as session:
        assert facts_of(session)["letter"] == "B"


def test_keys_without_a_file_are_kept_and_used(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    (point.data / FILE).unlink()
    keys = (point.data / keyfile.SECRET).read_bytes()
    with pytest.raises(Refused):
        point.opened()
    file, _ = town.enrolment("V1")
    create_point(point.data, file, point.user, PASSWORD)
    assert (point.data / keyfile.SECRET).read_bytes() == keys
    point.opened().close()


def test_nothing_in_the_folder_can_be_read_by_others_or_without_the_key(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    with point.opened() as session:
        session.runner.do(RegisterPerson(name="欧阳海棠", gender="FEMALE", age_est=30), session.actor)
        for path in point.data.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path.name
            assert path.is_dir() or "欧阳海棠".encode() not in path.read_bytes(), path.name
        assert session.key.hex() not in repr(session)


def test_one_writes_and_others_read(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    with point.opened() as first:
        with pytest.raises(Environment) as trouble:
            point.opened()
        assert trouble.value.code == "database_locked"
        with pytest.raises(Environment):
            put_back(point.data, tmp_path / "copy.db", point.user, PASSWORD)
        with point.opened(to_write=False) as second, pytest.raises(Environment):
            second.runner.do(RegisterPerson(name="甲", gender="MALE", age_est=1), second.actor)
        first.runner.do(RegisterPerson(name="甲", gender="MALE", age_est=40), first.actor)


def test_somebody_who_left_can_no_longer_sign_in_once_the_point_knows(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    with point.opened() as session:
        who = session.actor.id
        session.runner.do(DismissStaff(staff=who, reason="离职"), replace(session.actor, role="POINT_HEAD"))
    with pytest.raises(Refused) as refused:
        point.opened()
    assert refused.value.code == "no_such_user"


def test_a_missing_backup_changes_nothing(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    with point.opened() as session:
        before = facts_of(session)
    with pytest.raises(Refused) as refused:
        put_back(point.data, tmp_path / "nothing.db", point.user, PASSWORD, wall_clock)
    assert refused.value.code == "backup_missing"
    with point.opened() as session:
        assert facts_of(session) == before


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "file_is_newer"),
        ("DROP TABLE alembic_version", "backup_damaged"),
    ],
)
def test_a_backup_this_program_cannot_open_changes_nothing(town: Town, tmp_path: Path, change: str, code: str) -> None:
    point = new_folder(town, tmp_path, "V1")
    backup = tmp_path / "copy.db"
    with point.opened() as session:
        back_up(session, backup)
        changed = connect_file(backup, session.key, "rw")
    changed.execute(change)
    changed.close()
    names, before = names_in(point.data), (point.data / FILE).read_bytes()
    with pytest.raises(Refused) as refused:
        put_back(point.data, backup, point.user, PASSWORD)
    assert (refused.value.code, refused.value.field) == (code, "source")
    assert (names_in(point.data), (point.data / FILE).read_bytes()) == (names, before)
    point.opened().close()


def test_what_a_putting_back_said_outlives_one_that_is_refused(town: Town, tmp_path: Path) -> None:
    """The first was cut short after the file was replaced: the numbers it spoke for are not given twice."""
    point = new_folder(town, tmp_path, "V1")
    (point.data / "put-back").write_text("7", encoding="ascii")
    with pytest.raises(Refused):
        put_back(point.data, tmp_path / "nothing", point.user, PASSWORD)
    with point.opened() as session, reading(session.engine) as conn:
        assert standing(conn).serial == 8


def test_a_refused_restore_without_a_file_leaves_none(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    (point.data / FILE).unlink()
    with pytest.raises(Refused) as refused:
        put_back(point.data, tmp_path / "nothing.db", point.user, PASSWORD, wall_clock)
    assert refused.value.code == "backup_missing"
    assert not (point.data / FILE).exists()


def test_a_backup_never_replaces_what_it_is_made_of(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path, "V1")
    with point.opened() as session:
        for name in (FILE, keyfile.NAME, "new.db"):
            with pytest.raises(Refused) as refused:
                back_up(session, point.data / "backups" / ".." / name)
            assert refused.value.code == "backup_among_data"
        back_up(session, point.data / "backups" / "copy.db")
        assert facts_of(session)


def test_a_lock_is_waited_for_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with locked(path), pytest.raises(Environment):
        FolderLock(path, 0.1)
    lock = FolderLock(path)
    lock.release()
    lock.release()
    FolderLock(path).release()
