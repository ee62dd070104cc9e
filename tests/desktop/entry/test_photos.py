"""Adding photos while logging an encounter: from a file, from the clipboard, by dropping; drafts keep them."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.entry.counter import Counter
from app.desktop.forms.photos import PhotosField
from app.features.photos.preparing import prepare
from app.journal.attached import whole_bytes
from app.journal.drafts import drafts
from app.store.content import name_of
from tests.desktop.entry.conftest import opened
from tests.desktop.hands import Hands
from tests.desktop.stock.shop import Shop
from tests.photographs import photograph


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two photos on a stick."""
    found = []
    for seed in (1, 2):
        path = tmp_path / f"IMG_{seed}.jpg"
        path.write_bytes(photograph(seed, (1000, 700)))
        found.append(str(path))
    return found


def field_of(counter: Counter) -> PhotosField:
    return counter.form.more.photos


def open_section(counter: Counter, hands: Hands) -> PhotosField:
    section = counter.form.more.hold("photos")
    assert section is not None
    button = counter.form.more.buttons[counter.form.more.sections.index(section)]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    hands.press(Qt.Key.Key_Space)
    field = field_of(counter)
    hands.wait(lambda: field.button.hasFocus())
    return field


def fill_seven_facts(counter: Counter) -> None:
    counter.form.load_draft(
        {
            "unknown": True,
            "features": "灰色棉衣",
            "gender": ["MALE"],
            "age_est": 45,
            "place_type": "BRIDGE",
            "health_obs": ["OK"],
            "disposition": ["ON_SITE_AID"],
        }
    )


def test_photos_are_chosen_and_saved_with_the_encounter(
    counter: Counter, hands: Hands, shop: Shop, files: list[str]
) -> None:
    fill_seven_facts(counter)
    field = open_section(counter, hands)
    field.choose = lambda: files
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: len(field.added) == 2)
    hands.type("左眉有疤")
    hands.wait(lambda: QApplication.focusWidget() is not None)
    hands.save()
    hands.wait(lambda: shop.told)
    rows = [dict(row) for row in shop.point.rows("encounter_photo")]
    assert len(rows) == 2
    assert "左眉有疤" in {row["caption"] for row in rows}
    with shop.point.reading() as conn:
        for row in rows:
            data = whole_bytes(conn, row["photo"])
            assert data is not None
            assert b"SecretCam" not in data
    assert field.added == []
    assert drafts_of(shop) == []


def drafts_of(shop: Shop) -> list[str]:
    with shop.point.reading() as conn:
        return [draft.key for draft in drafts(conn)]


def test_a_photo_is_pasted_from_the_clipboard(counter: Counter, hands: Hands, shop: Shop) -> None:
    field = open_section(counter, hands)
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    QGuiApplication.clipboard().setImage(image)
    hands.press(Qt.Key.Key_V, control=True)
    hands.wait(lambda: len(field.added) == 1)
    assert field.value()[0].photo == field.added[0].photo
    QGuiApplication.clipboard().clear()


def test_photos_are_let_go_anywhere_on_the_form(counter: Counter, hands: Hands, files: list[str]) -> None:
    given = QMimeData()
    given.setUrls([QUrl.fromLocalFile(file) for file in files])
    copy, left, bare = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(20, 20), copy, given, left, bare)
    counter.form.dragEnterEvent(entering)
    assert entering.isAccepted()
    dropped = QDropEvent(QPointF(20, 20), copy, given, left, bare)
    counter.form.dropEvent(dropped)
    assert dropped.isAccepted()
    field = field_of(counter)
    hands.wait(lambda: len(field.added) == 2)
    assert field.isVisible()


def test_what_is_no_photo_says_so_under_the_field(counter: Counter, hands: Hands, tmp_path: Path) -> None:
    field = open_section(counter, hands)
    (tmp_path / "list.pdf").write_bytes(b"%PDF-1.7")
    field.add_files([str(tmp_path / "list.pdf"), str(tmp_path / "nowhere.jpg")])
    hands.wait(lambda: field.refusal and not field.mistake())
    assert "不是能读的照片" in field.refusal
    assert field.added == []


def test_one_that_is_no_photo_does_not_hold_up_the_others(
    counter: Counter, hands: Hands, files: list[str], tmp_path: Path
) -> None:
    field = open_section(counter, hands)
    (tmp_path / "list.pdf").write_bytes(b"%PDF-1.7")
    field.add_files([files[0], str(tmp_path / "list.pdf"), files[1]])
    hands.wait(lambda: len(field.added) == 2)
    assert "不是能读的照片" in field.refusal
    first = prepare(Path(files[0]).read_bytes())
    assert field.added[0].photo == name_of(first.data), "in the order in which they were chosen"


def test_what_was_chosen_for_one_form_never_comes_into_the_next(
    counter: Counter, hands: Hands, files: list[str], qtbot: QtBot
) -> None:
    field = open_section(counter, hands)
    field.add_files(files)
    counter.form.set_defaults()
    assert field.mistake() == ""
    qtbot.wait(400)
    assert field.added == []
    assert field.value() == ()


def test_saving_waits_for_a_photo_that_is_being_made_ready(
    counter: Counter, hands: Hands, shop: Shop, files: list[str]
) -> None:
    fill_seven_facts(counter)
    field = open_section(counter, hands)
    field.add_files(files)
    counter.form.ask_save()
    assert "还在处理" in field.refusal
    hands.wait(lambda: len(field.added) == 2)
    counter.form.ask_save()
    hands.wait(lambda: shop.told)
    assert len(shop.point.rows("encounter_photo")) == 2


def test_a_draft_brings_its_photos_back(
    counter: Counter, hands: Hands, shop: Shop, files: list[str], qtbot: QtBot
) -> None:
    field = open_section(counter, hands)
    field.add_files(files)
    hands.wait(lambda: len(field.added) == 2)
    hands.type("手里的包")
    counter.form.flush_draft()
    hands.wait(lambda: drafts_of(shop) == ["entry"])
    kept = field.value()
    counter.hide()
    again = opened(qtbot, shop)
    hands.wait(lambda: len(field_of(again).added) == 2)
    assert field_of(again).value() == kept
    assert field_of(again).isVisible()


def test_a_photo_taken_out_is_gone_and_the_others_stay(
    counter: Counter, hands: Hands, shop: Shop, files: list[str]
) -> None:
    field = open_section(counter, hands)
    field.add_files(files)
    hands.wait(lambda: len(field.added) == 2)
    out, stays = field.added
    QTest.mouseClick(out.out, Qt.MouseButton.LeftButton)
    assert [one.photo for one in field.added] == [stays.photo]

    def gone() -> bool:
        with shop.point.reading() as conn:
            return whole_bytes(conn, out.photo) is None

    hands.wait(gone)
    with shop.point.reading() as conn:
        assert name_of(whole_bytes(conn, stays.photo) or b"") == stays.photo


def test_what_is_taken_back_right_after_saving_stands_in_the_form_with_its_photos(
    counter: Counter, hands: Hands, shop: Shop, files: list[str]
) -> None:
    fill_seven_facts(counter)
    field = open_section(counter, hands)
    field.add_files(files)
    hands.wait(lambda: len(field.added) == 2)
    counter.form.ask_save()
    hands.wait(lambda: shop.told)
    counter.undo()
    hands.wait(lambda: len(field.added) == 2)
    counter.form.ask_save()
    hands.wait(lambda: len(shop.told) >= 3)
    visible = [row for row in shop.point.rows("encounter_photo") if not row["hidden"]]
    assert len(visible) == 2


def test_the_screen_goes_on_while_a_large_photo_is_made_small(
    counter: Counter, hands: Hands, tmp_path: Path, qtbot: QtBot
) -> None:
    """Ticks of the screen's thread while a 12-megapixel photo is worked on: none comes late."""
    path = tmp_path / "large.jpg"
    path.write_bytes(photograph(3, (4000, 3000)))
    field = open_section(counter, hands)
    field.add_files([str(path)])
    longest, last = 0.0, time.monotonic()
    until = last + 20
    while not field.added and time.monotonic() < until:
        QApplication.processEvents()
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        qtbot.wait(1)
    assert len(field.added) == 1
    assert longest < 0.25, longest
