"""Photos of a case: added, seen large by keyboard, taken back; one that is not here is asked for and told."""

import hashlib

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop.cases.board import CaseBoard
from app.desktop.forms.photos import PhotosField
from app.desktop.parts.photo_view import PhotoViewer
from app.desktop.parts.photos import PhotoStrip
from app.features.cases.commands_photo import AddEncounterPhotos
from app.features.people.commands_photo import AddPersonPhotos
from app.features.photos.commands import PhotoTaken
from app.journal import attached
from app.store.engine import writing
from tests.desktop.cases.board import find, press_button, sheet
from tests.desktop.cases.conftest import view_of
from tests.desktop.hands import Hands
from tests.desktop.stock.shop import Shop
from tests.photographs import keep_photo, prepared


def photo_of(seed: int) -> str:
    return hashlib.sha256(prepared(seed).data).hexdigest()


def photographed(shop: Shop, board: CaseBoard, hands: Hands, *seeds: int) -> PhotoStrip:
    """The case of 张大山 with photos of its contact; the strip on the page."""
    find(board, hands, "zds", "张*")
    detail = view_of(board).detail
    assert detail is not None
    for seed in seeds:
        shop.point.do(keep_photo(seed))
    taken = tuple(PhotoTaken(photo=photo_of(seed), caption=f"照片里的{seed}") for seed in seeds)
    shop.desk.work.do(AddEncounterPhotos(encounter=detail.encounters[0].id, photos=taken))
    hands.wait(lambda: view_of(board).findChild(PhotoStrip) is not None)
    strip = view_of(board).findChild(PhotoStrip)
    assert isinstance(strip, PhotoStrip)
    return strip


def viewer_of(board: CaseBoard) -> PhotoViewer:
    viewer = view_of(board).viewer
    assert viewer is not None
    return viewer


def test_photos_are_added_to_the_last_contact_by_keyboard(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "加照片")
    form = sheet(board, hands)
    field = form.field("photos")
    assert isinstance(field, PhotosField)
    image = QImage(300, 200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkBlue)
    field.add_image(image)
    hands.wait(lambda: len(field.added) == 1)
    hands.type("铺盖")
    hands.save()
    hands.wait(lambda: view_of(board).findChild(PhotoStrip) is not None)
    (row,) = shop.point.rows("encounter_photo")
    assert row["caption"] == "铺盖"
    assert "照片已保存" in shop.told[-1][0]


def test_a_photo_is_needed_to_save(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    press_button(board, hands, "加照片")
    form = sheet(board, hands)
    hands.save()
    assert form.field("photos").refusal
    assert shop.point.rows("encounter_photo") == []


def test_photos_are_seen_large_one_after_the_other(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    strip = photographed(shop, board, hands, 1, 2)
    strip.tiles[0].setFocus(Qt.FocusReason.TabFocusReason)
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: view_of(board).viewer is not None and viewer_of(board).image is not None)
    viewer = viewer_of(board)
    assert viewer.words.text().startswith("照片里的1")
    assert viewer.image is not None
    assert viewer.image.width() == prepared(1).width
    hands.press(Qt.Key.Key_Right)
    hands.wait(lambda: viewer.words.text().startswith("照片里的2") and viewer.image is not None)
    hands.press(Qt.Key.Key_Right)
    assert viewer.words.text().startswith("照片里的2"), "there is no third"
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: view_of(board).viewer is None)
    here = QApplication.focusWidget()
    assert here is not None
    assert view_of(board).isAncestorOf(here)


def test_a_photo_that_is_not_here_shows_its_thumbnail_and_is_asked_for(
    board: CaseBoard, hands: Hands, shop: Shop, qtbot: QtBot
) -> None:
    strip = photographed(shop, board, hands, 1)
    with writing(shop.point.engine) as conn:
        attached.drop(conn, [photo_of(1)])
    with qtbot.waitSignal(shop.desk.rounds.photo_wanted, timeout=5000):
        strip.tiles[0].click()
    viewer = viewer_of(board)
    assert viewer.state.text() == "正在取照片"
    assert not viewer._small.isNull()
    with shop.point.reading() as conn:
        found = attached.find(conn, photo_of(1))
    assert found is not None
    assert found.wanted_at is not None
    with writing(shop.point.engine) as conn:
        attached.note(conn, photo_of(1), "not_here_yet")
        changes = attached.naming(conn, photo_of(1))
    shop.desk.work.changed.emit(changes)
    hands.wait(lambda: viewer.state.text() == "照片还没到")
    with writing(shop.point.engine) as conn:
        attached.add_piece(conn, photo_of(1), 0, prepared(1).data)
    shop.desk.work.changed.emit(changes)
    hands.wait(lambda: viewer.image is not None)
    assert viewer.state.text() == ""


def test_a_wrong_photo_is_taken_back_with_a_reason(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    strip = photographed(shop, board, hands, 1, 2)
    strip.tiles[1].click()
    hands.wait(lambda: view_of(board).viewer is not None)
    viewer_of(board).remove.click()
    form = sheet(board, hands)
    form.start()
    hands.type("拍错了人")
    hands.save()
    hands.wait(lambda: len(shop.point.rows("encounter_photo")) == 1)
    assert shop.point.rows("encounter_photo")[0]["caption"] == "照片里的1"

    def left() -> int:
        found = [each for each in view_of(board).findChildren(PhotoStrip) if each.isVisible()]
        return len(found[0].tiles) if found else 0

    hands.wait(lambda: left() == 1)


def test_photos_of_a_person_stand_with_the_person(board: CaseBoard, hands: Hands, shop: Shop) -> None:
    find(board, hands, "zds", "张*")
    detail = view_of(board).detail
    assert detail is not None
    shop.point.do(keep_photo(3))
    command = AddPersonPhotos(person=detail.row.person, photos=(PhotoTaken(photo=photo_of(3)),))
    shop.desk.work.do(command)
    hands.wait(lambda: view_of(board).findChild(PhotoStrip) is not None)
    now = view_of(board).detail
    assert now is not None
    assert [photo.kind for photo in now.person_photos] == ["person_photo"]
