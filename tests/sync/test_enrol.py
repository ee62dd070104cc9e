"""From an enrolment file alone: a database that works, once, for one city and node."""

import base64
import errno
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.base.clock import DAY, SECOND, wall_clock
from app.base.errors import Environment, Refused
from app.base.ids import meaning_id
from app.center import admin
from app.features.org.commands import AmendNode, EngageStaff, FoundNode
from app.features.org.queries import load_tree, staff_by_code
from app.features.org.tables import staff
from app.journal.here import save_here, standing
from app.journal.tables import journal
from app.store.engine import open_plain, reading, writing
from app.store.upgrade import upgrade
from app.sync.enrol import enrol, is_for, renew
from app.sync.enrolment import Enrolment, enrolments_at, read_enrolment, write_enrolment
from app.sync.state import SyncState, enrolled
from tests.clocks import FakeClock
from tests.sync.by_hand import carry
from tests.sync.town import Town, found_city

IN_2099 = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp()) * SECOND


def state_of(engine: sa.Engine) -> SyncState:
    with reading(engine) as conn:
        return enrolled(conn)


def everything(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """All tables as they stand."""
    with reading(engine) as conn:
        names = sa.inspect(conn).get_table_names()
        return {name: sorted(map(tuple, conn.execute(sa.text(f"SELECT * FROM {name}"))), key=repr) for name in names}


@pytest.fixture
def empty(tmp_path: Path) -> sa.Engine:
    engine = open_plain(tmp_path / "empty.db")
    upgrade(engine, None)
    return engine


def test_the_file_alone_gives_tree_staff_and_real_numbers(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    changes = enrol(empty, read_enrolment(file), wall_clock, code.lower())
    assert changes.touches("node", "staff")
    with reading(empty) as conn:
        here = standing(conn)
        assert load_tree(conn) is not None
        assert [here.node, *load_tree(conn).above(here.node)][-1] in load_tree(conn).tier
        who = staff_by_code(conn, "u-V1")
        assert who is not None
        assert who.node == here.node
        assert staff_by_code(conn, "u-V2") is None
        assert conn.execute(sa.select(sa.func.count()).where(journal.c.seq.is_(None))).scalar() == 0
    state = state_of(empty)
    assert (state.code, state.url, state.admitted_at) == (code, town.url, None)
    assert len(state.identity(here.device).public_sign_key()) == 32
    assert base64.b64encode(state.city_sign_key).decode() == read_enrolment(file).sign_key
    empty.dispose()


def test_enrolling_again_changes_nothing(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    enrol(empty, read_enrolment(file), wall_clock, code)
    before = everything(empty)
    assert not enrol(empty, read_enrolment(file), wall_clock)
    assert everything(empty) == before
    empty.dispose()


def test_a_later_file_brings_its_code_letter_and_news(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    enrol(empty, read_enrolment(file), wall_clock, code)
    with reading(empty) as conn:
        here = standing(conn)
    town.do(EngageStaff(code="u-later", name="后来的", role="SPECIALIST", node=here.node))
    later, later_code = town.enrolment("V1")
    enrol(empty, read_enrolment(later), wall_clock)
    assert state_of(empty).code == ""
    enrol(empty, read_enrolment(later), wall_clock, later_code)
    assert (state_of(empty).code, state_of(empty).enrolment) == (later_code, read_enrolment(later).id)
    with reading(empty) as conn:
        assert staff_by_code(conn, "u-later") is not None
        assert (standing(conn).letter, standing(conn).device) == ("B", here.device)
    empty.dispose()


def test_a_file_from_before_the_center_was_put_back_brings_no_numbers(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    enrol(empty, read_enrolment(file), wall_clock, code)
    with reading(empty) as conn:
        here = standing(conn)
    town.do(EngageStaff(code="u-later", name="后来的", role="SPECIALIST", node=here.node))
    later = msgspec.structs.replace(
        read_enrolment(town.enrolment("V1")[0]), hub_epoch="0" * 16, url="http://127.0.0.1:9"
    )
    assert not enrol(empty, later, wall_clock)
    assert state_of(empty).url == "http://127.0.0.1:9"
    with reading(empty) as conn:
        assert staff_by_code(conn, "u-later") is None
    empty.dispose()


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_old_file_brings_nothing_of_a_former_line(town: Town, *, by_hand: bool) -> None:
    """Who works above a node is for those below alone; it was put under another town since."""
    old = town.enrolment("V1")
    laptop = town.laptop_from(*old, "u-V1")
    town.do(FoundNode(code="T2", name="T2救助点", tier="TOWN", parent=meaning_id("node", "D1")))
    for meets in (False, True):
        if meets:
            town.do(AmendNode(node=meaning_id("node", "V1"), parent=meaning_id("node", "T2"), reason="调整"))
        for _ in range(3):
            carry(town, laptop) if by_hand else laptop.sync()
    before = {row["code"] for row in laptop.rows(staff.table)}
    assert "u-T1" not in before
    renewed = renew(laptop.engine, old[0], laptop.clock)
    assert (bool(renewed.changes), renewed.is_news) == (False, False)
    assert {row["code"] for row in laptop.rows(staff.table)} == before
    assert laptop.status().digest == town.digest_of(laptop)


def file_of(town: Town, made_at: int, url: str) -> Enrolment:
    """What an enrolment file of V1 says that the center made when its clock stood there."""
    return msgspec.structs.replace(read_enrolment(town.enrolment("V1")[0]), made_at=made_at, url=url)


def test_a_file_that_a_center_in_2099_made_is_not_the_last_one_that_counts(town: Town, empty: sa.Engine) -> None:
    now = wall_clock()
    enrol(empty, file_of(town, IN_2099, town.url), wall_clock)
    mended, old = (file_of(town, at, f"https://{at}.example") for at in (now + SECOND, now - DAY))
    for file, counts in ((mended, True), (old, False)):
        with reading(empty) as conn:
            assert is_for(conn, file, now) == counts
        enrol(empty, file, wall_clock)
        known = state_of(empty)
        assert (known.url, known.url_at, known.pins_at) == (mended.url, mended.made_at, mended.made_at)
    empty.dispose()


def test_a_file_counts_also_where_the_center_was_in_2099_when_it_was_last_heard(town: Town, empty: sa.Engine) -> None:
    now = wall_clock()
    enrol(empty, file_of(town, IN_2099, town.url), wall_clock)
    with writing(empty) as conn:
        save_here(conn, replace(standing(conn), skew=IN_2099 - now))
    mended = file_of(town, now, "https://mended.example")
    enrol(empty, mended, wall_clock)
    assert state_of(empty).url == mended.url
    empty.dispose()


@pytest.mark.parametrize("has_heard", [False, True])
def test_an_old_file_sets_nothing_back_at_a_point_in_1970(town: Town, empty: sa.Engine, has_heard: bool) -> None:
    now, in_1970 = wall_clock(), FakeClock(0)
    enrol(empty, file_of(town, now, town.url), in_1970)
    if has_heard:  # of the center, whose clock is right
        with writing(empty) as conn:
            save_here(conn, replace(standing(conn), skew=now))
    enrol(empty, file_of(town, now - 300 * DAY, "https://old.example"), in_1970)
    assert state_of(empty).url == town.url
    empty.dispose()


def test_files_of_another_city_or_node_are_refused_and_nothing_changes(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    enrol(empty, read_enrolment(file), wall_clock, code)
    before = everything(empty)
    other_city = open_plain(town.folder / "other.db")
    upgrade(other_city, None)
    found_city(other_city, "http://127.0.0.1:1")
    for foreign, expected in (
        (admin.enroll(other_city, "V1")[0], "enrolment_other_city"),
        (town.enrolment("V2")[0], "enrolment_other_node"),
    ):
        with pytest.raises(Refused) as refused:
            enrol(empty, read_enrolment(foreign), wall_clock)
        assert refused.value.code == expected
        assert everything(empty) == before
    other_city.dispose()
    empty.dispose()


def test_a_centers_own_database_does_not_become_a_point(town: Town) -> None:
    file, _ = town.enrolment("V1")
    with pytest.raises(Refused):
        enrol(town.engine, read_enrolment(file), wall_clock)


def test_a_damaged_or_forged_file_is_refused(town: Town) -> None:
    file, _ = town.enrolment("V1")
    with pytest.raises(Refused) as refused:
        read_enrolment(file[: len(file) // 2])
    assert refused.value.code == "enrolment_unreadable"
    signed = file.index(b'"signature"') + 20
    forged = file[:signed] + (b"B" if file[signed : signed + 1] == b"A" else b"A") + file[signed + 1 :]
    with pytest.raises(Refused) as refused:
        read_enrolment(forged)
    assert refused.value.code == "enrolment_bad_signature"


def test_a_file_that_names_our_city_under_another_key_is_refused(town: Town, empty: sa.Engine) -> None:
    file, code = town.enrolment("V1")
    enrol(empty, read_enrolment(file), wall_clock, code)
    before = everything(empty)
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    forged = msgspec.structs.replace(read_enrolment(file), sign_key=public, url="http://127.0.0.1:9")
    with pytest.raises(Refused) as refused:
        enrol(empty, read_enrolment(write_enrolment(forged, key)), wall_clock)
    assert refused.value.code == "enrolment_other_city"
    assert everything(empty) == before
    empty.dispose()


def test_a_file_with_a_key_that_is_none_is_unreadable(town: Town) -> None:
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    bad = msgspec.structs.replace(read_enrolment(town.enrolment("V1")[0]), sign_key=public, seal_key="AAAA")
    for content in (write_enrolment(bad, key), b"[" * 100_000):
        with pytest.raises(Refused) as refused:
            read_enrolment(content)
        assert refused.value.code == "enrolment_unreadable"


def put(place: Path, *names: str) -> None:
    for name in names:
        (place / name).write_bytes(b'{"aidpoint":"enrolment"')


def names_at(place: Path) -> list[str]:
    return [path.name for path in enrolments_at(place)]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
@pytest.mark.parametrize("way", ["open", "stat"])
def test_a_file_that_cannot_be_looked_at_hides_no_other_on_the_stick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, code: int
) -> None:
    put(tmp_path, "a.json", "b.json", "c.json")
    real = getattr(Path, way)

    def fails(path: Path, *args: object, **more: object) -> object:
        if path.name == "b.json":
            raise OSError(code, "planted")
        return real(path, *args, **more)

    monkeypatch.setattr(Path, way, fails)
    assert sorted(names_at(tmp_path)) == ["a.json", "c.json"]


def test_a_stick_that_cannot_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Environment, match="stick_gone"):
        enrolments_at(tmp_path / "pulled")

    def locked(_path: Path) -> None:
        raise PermissionError(errno.EACCES, "planted")

    monkeypatch.setattr(Path, "iterdir", locked)
    with pytest.raises(Environment, match="stick_locked"):
        enrolments_at(tmp_path)


def test_where_there_is_too_much_on_the_stick_the_same_files_are_looked_at_whatever_it_lists_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.enrolment._MOST_FILES", 3)
    put(tmp_path, "1.jpg", "2.jpg", "3", "启用文件.json", "V2.JSON")
    real = Path.iterdir
    for backwards in (False, True):
        monkeypatch.setattr(Path, "iterdir", lambda path, way=backwards: sorted(real(path), reverse=way))
        assert sorted(names_at(tmp_path)) == ["1.jpg", "V2.JSON", "启用文件.json"]
