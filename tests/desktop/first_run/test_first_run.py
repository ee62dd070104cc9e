"""From a computer that belongs to no point to one that works: by keyboard alone, back and forth, wrong files too."""

import contextlib
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot

from app.base.clock import wall_clock
from app.cli.bootstrap import FILE, open_point
from app.cli.desktop import PointDoor, read_choices
from app.desktop.first_run.file_step import DropZone, FileStep
from app.desktop.first_run.screen import CODE, LOOK, READY, SAMPLE, WHO
from app.desktop.first_run.screen import FILE as FILE_STEP
from app.desktop.first_run.who_step import WhoStep
from app.desktop.frame import sticks
from app.desktop.frame.sticks import Stick
from app.features.people.commands import RegisterPerson
from app.store.engine import reading
from app.sync.state import enrolled
from tests.desktop.conftest import focused
from tests.desktop.first_run.conftest import NewComputer
from tests.sync.town import Town

PASSWORD = "a-long-password"


def file_step(computer: NewComputer) -> FileStep:
    step = computer.first.step
    assert isinstance(step, FileStep)
    return step


def to_file(computer: NewComputer) -> FileStep:
    computer.hands.enter(3)
    computer.hands.wait(lambda: computer.at(FILE_STEP))
    return file_step(computer)


def read(computer: NewComputer, file: Path) -> None:
    """Type where the file is, see what it is, go on."""
    step = file_step(computer)
    step.path.go_to()
    computer.hands.type(str(file).replace("启用 文件.json", ""))
    computer.hands.type("启用")
    computer.hands.type(" ")
    computer.hands.type("文件")
    computer.hands.type(".json")
    computer.hands.enter()
    computer.hands.wait(lambda: step.is_read and not computer.first.busy)


def make(computer: NewComputer, file: Path, code: str) -> None:
    """From the first step to the ready one."""
    hands = computer.hands
    to_file(computer)
    read(computer, file)
    hands.enter()
    assert computer.at(CODE)
    hands.type(code)
    hands.enter()
    assert computer.at(WHO)
    hands.enter()  # the only one of the point is chosen already
    hands.type(PASSWORD)
    hands.enter()
    hands.type(PASSWORD)
    hands.enter()
    hands.wait(lambda: computer.at(READY))


def test_from_the_file_to_the_first_record(computer: NewComputer, paper: tuple[Path, str], town: Town) -> None:
    file, code = paper
    make(computer, file, code)
    assert computer.hands.keys < 300
    computer.hands.enter()
    desktop = computer.desktop
    computer.hands.wait(lambda: desktop.window.area.open_key == "today")
    assert not desktop.window.locked
    assert (desktop.desk.user_code, desktop.desk.role) == ("u-V1", "SPECIALIST")
    desktop.work.do(RegisterPerson(name="甲", gender="MALE", age_est=40))
    pill = desktop.window.top_bar.pill
    # A round may come by itself any moment now, and has then taken it along.
    computer.hands.wait(lambda: "1 条待上传" in pill.text() or pill.text().startswith("已是最新"))
    desktop.sync()
    computer.hands.wait(lambda: pill.text().startswith("已是最新"))


def test_what_the_file_is_stands_in_words(computer: NewComputer, paper: tuple[Path, str]) -> None:
    step = to_file(computer)
    read(computer, paper[0])
    assert step.facts is not None
    assert (step.facts.city, step.facts.place) == ("杭州市救助管理站", "V1救助点")
    assert step.facts.above == ("杭州市救助管理站", "D1救助点", "T1救助点")
    assert [(each.code, each.here) for each in step.facts.candidates if each.here] == [("u-V1", True)]
    assert {"u-T1", "u-D1"} < {each.code for each in step.facts.candidates}
    assert list(computer.data.glob("*")) == [], "nothing is made before the point is"


def test_a_wrong_file_is_refused_under_the_field(
    computer: NewComputer, paper: tuple[Path, str], tmp_path: Path
) -> None:
    step = to_file(computer)
    other, changed = tmp_path / "other.json", tmp_path / "changed.json"
    other.write_text("{}", encoding="utf-8")
    envelope = json.loads(paper[0].read_text("utf-8"))
    envelope["signature"] = "A" * 86 + "=="
    changed.write_text(json.dumps(envelope), encoding="utf-8")
    for path, words in (
        (tmp_path / "missing.json", "找不到这个文件"),
        (tmp_path, "找不到这个文件"),
        (other, "读不出来"),
        (changed, "被改动过"),
    ):
        step.take(str(path))
        computer.hands.wait(lambda: not computer.first.busy)
        assert words in step.path.refusal
        assert computer.at(FILE_STEP)
    assert step.facts is None
    step.path.set_value("")
    computer.hands.enter()
    assert "请先选择启用文件" in step.path.refusal


def test_a_file_may_be_dropped_or_pasted_as_a_link(computer: NewComputer, paper: tuple[Path, str]) -> None:
    step = to_file(computer)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(paper[0]))])
    buttons, held = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    zone = step.findChild(DropZone)
    assert isinstance(zone, DropZone)
    entered = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, held)
    zone.dragEnterEvent(entered)
    assert entered.isAccepted()
    dropped = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, held)
    zone.dropEvent(dropped)
    computer.hands.wait(lambda: step.is_read)
    step.take(QUrl.fromLocalFile(str(paper[0])).toString())
    computer.hands.wait(lambda: step.is_read and not computer.first.busy)


def test_a_file_on_a_stick_is_found_and_read_with_one_key(
    computer: NewComputer, town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "KINGSTON"
    stick.mkdir()
    step = to_file(computer)
    assert not step.offer.isVisible()
    (stick / "照片.json").write_text("{}", encoding="utf-8")
    (stick / "V1救助点.json").write_bytes(town.enrolment("V1")[0])
    monkeypatch.setattr(sticks, "sticks_now", lambda: (Stick(stick, "KINGSTON", can_write=True),))
    computer.first.sticks.look()
    computer.hands.wait(lambda: step.offer.isVisible())
    assert step.offer.words.text() == "优盘“KINGSTON”里有 1 份启用文件"
    assert [button.text() for button in step.offer.buttons] == ["读入 V1救助点"]
    computer.hands.press(Qt.Key.Key_Escape)
    computer.hands.enter(3)
    assert focused() is step.offer.buttons[0]
    computer.hands.press(Qt.Key.Key_Tab)
    assert focused() is step.zone.button
    step.start()
    computer.hands.enter()
    computer.hands.wait(lambda: step.is_read and not computer.first.busy)
    assert not step.offer.isVisible()
    computer.hands.enter()
    assert computer.at(CODE)


def test_back_and_forth_loses_nothing(computer: NewComputer, paper: tuple[Path, str]) -> None:
    hands, first = computer.hands, computer.first
    to_file(computer)
    read(computer, paper[0])
    hands.enter()
    hands.type("AB12")
    hands.enter()
    hands.enter()
    hands.type("secret-secret")
    for place in (CODE, FILE_STEP, LOOK):
        hands.press(Qt.Key.Key_Escape)
        assert computer.at(place)
    hands.press(Qt.Key.Key_Escape)
    assert computer.at(LOOK)
    hands.enter(3)
    assert file_step(computer).is_read
    hands.enter()
    assert first.step.values() == {"code": "AB12"}
    hands.enter()
    who = first.step
    assert isinstance(who, WhoStep)
    assert (who.who.value(), who.password.value()) == ("u-V1", "secret-secret")
    assert who.password.draft() is None, "a password is never written down"


def test_passwords_that_differ_or_are_short_are_refused(computer: NewComputer, paper: tuple[Path, str]) -> None:
    hands = computer.hands
    to_file(computer)
    read(computer, paper[0])
    hands.enter(3)
    step = computer.first.step
    assert isinstance(step, WhoStep)
    hands.type("short")
    hands.enter()
    hands.type("other")
    hands.enter()
    assert step.password.refusal == "至少 8 位"
    step.password.set_value("long-enough")
    hands.save()
    assert "不一样" in step.again.refusal
    assert computer.at(WHO)
    assert not (computer.data / FILE).exists()


def test_the_language_and_size_are_worn_at_once_and_kept(computer: NewComputer, paper: tuple[Path, str]) -> None:
    hands, first = computer.hands, computer.first
    to_file(computer)
    read(computer, paper[0])
    hands.press(Qt.Key.Key_Escape)
    assert computer.at(LOOK)
    hands.press(Qt.Key.Key_Right)
    hands.press(Qt.Key.Key_Space)
    assert first.step.title == "Welcome"
    assert focused().accessibleName().endswith("English")
    hands.enter()
    hands.type("150")
    assert computer.desktop.theme.look.scale == 150
    hands.wait(lambda: read_choices(computer.data).look.scale == 150)
    assert read_choices(computer.data).language == "en"
    hands.enter(2)
    assert computer.at(FILE_STEP)
    assert file_step(computer).is_read, "said in another language, what was read is still there"
    assert not PointDoor(computer.data, wall_clock).is_point()


def test_without_a_code_one_works_and_enters_it_later(computer: NewComputer, paper: tuple[Path, str]) -> None:
    make(computer, paper[0], "")
    with open_point(computer.data, "u-V1", PASSWORD) as session, reading(session.engine) as conn:
        assert (enrolled(conn).code, enrolled(conn).admitted_at) == ("", None)
        assert session.actor.role == "SPECIALIST"


def test_a_look_round_the_sample_city(computer: NewComputer) -> None:
    desktop, first = computer.desktop, computer.first
    first.go_to_sample()
    computer.hands.enter()
    for _ in range(12):  # it is a whole city, with its center
        if desktop.signed_in:
            break
        with contextlib.suppress(TimeoutError):
            computer.hands.wait(lambda: desktop.signed_in)
    assert desktop.window.area.open_key == "today"
    desktop.lock()
    assert not desktop.window.locked, "nobody knows a password here"
    desktop.sync()
    computer.hands.wait(lambda: desktop.window.top_bar.pill.text().startswith("已是最新"))
    assert not PointDoor(computer.data, wall_clock).is_point()


def test_the_sample_city_can_be_left_before_it_is_made(computer: NewComputer, qtbot: QtBot) -> None:
    first = computer.first
    first.go_to_sample()
    assert computer.at(SAMPLE)
    computer.hands.press(Qt.Key.Key_Escape)
    assert computer.at(LOOK)
