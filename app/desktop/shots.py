"""Pictures of every screen, for people who judge how it looks: `aidpoint demo --shots DIR`.

A tour goes through the screens as somebody at work would and says where it stands; after each stop the screen is given
time to fetch and to come to rest. Whoever goes along (`look`) draws it, or examines it in a test.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app.base.clock import Clock
from app.desktop.cases.view import CaseView
from app.desktop.entry.form import EntryForm
from app.desktop.first_run.screen import FirstRun
from app.desktop.forms.photos import PhotosField
from app.desktop.frame.choices import Choices
from app.desktop.frame.door import Door
from app.desktop.main import Desktop
from app.desktop.pages import KEYS, build_pages
from app.desktop.parts.button import Button
from app.desktop.parts.photos import PhotoStrip
from app.desktop.settings.board import SettingsBoard
from app.desktop.stock.hand_out import HandOutForm
from app.desktop.stock.receive import ReceiveForm
from app.desktop.stock.room import StockRoom
from app.desktop.theme.theme import Look
from app.desktop.window import Window

REST_MS = 160
"""The longest anything on the screen waits by itself before it asks again."""
LONGEST_MS = 20_000
Stop = tuple[str, Window]
LookAt = Callable[[str, Window], None]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen to look at: its size in physical pixels, the user's scale in percent, light or dark."""

    width: int
    height: int
    scale: int
    shade: str

    @property
    def name(self) -> str:
        return f"{self.height}-{self.scale}-{self.shade}"


SCREENS = tuple(
    Screen(*size, shade)
    for size in ((1366, 768, 100), (1920, 1080, 150), (1920, 1080, 200))
    for shade in ("light", "dark")
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a tour takes place: the door of a point with a past, and that of a folder that is no point yet."""

    door: Door
    user: str
    password: str
    first_door: Door
    enrolment: Path
    clock: Clock
    choices: Choices


class Waiting(QObject):
    """Waits while the screen goes on."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self._desktop = desktop
        self._loop = QEventLoop(self)

    def rest(self, milliseconds: int = REST_MS) -> None:
        """Until what was done is in the books, what was asked is answered, and what the answers asked for, too."""
        self._pause(milliseconds)
        if self._desktop.signed_in:
            self._desktop.work.run(self._written, self._came)
            self._loop.exec()
            for _ in range(3):
                self._desktop.work.ask(_nothing, self._came)
                self._loop.exec()
        self._pause(milliseconds // 4)

    def until(self, happened: Callable[[], object]) -> None:
        """Until it is so; raises `TimeoutError` when it never is."""
        for _ in range(LONGEST_MS // 20):
            if happened():
                return
            self._pause(20)
        raise TimeoutError("the screen did not come to rest")

    def _written(self) -> None:
        self._desktop.work.write_behind(_no_change).result()

    def _pause(self, milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, self._loop, self._loop.quit)
        self._loop.exec()

    def _came(self, _nothing: object) -> None:
        self._loop.quit()


def draw(folder: Path, stage: Callable[[], Stage], screens: tuple[Screen, ...] = SCREENS) -> None:
    """A picture of every screen at every size into the folder: `NAME-HEIGHT-SCALE-SHADE.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for screen in screens:

        def keep(name: str, window: Window, suffix: str = screen.name) -> None:
            window.grab().save(str(folder / f"{name}-{suffix}.png"))

        go_round(stage(), screen, keep)


def go_round(stage: Stage, screen: Screen, look: LookAt) -> None:
    """Take the tour at this size; `look` at each stop."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    choices = replace(stage.choices, look=Look(screen.shade, screen.scale, still=True))
    for door, tour in ((stage.door, _at_work), (stage.first_door, _first_run)):
        desktop = Desktop(app, door, stage.clock, choices, build_pages, KEYS)
        waiting = Waiting(desktop)
        try:
            desktop.window.resize(screen.width, screen.height)
            desktop.start()
            desktop.window.resize(screen.width, screen.height)
            for name in tour(stage, desktop, waiting):
                waiting.rest()
                look(name, desktop.window)
        finally:
            desktop.leave()
            desktop.window.close()
            desktop.window.deleteLater()
            desktop.deleteLater()
            QCoreApplication.sendPostedEvents(None, _DELETIONS)


_DELETIONS = 52


# at work


def _at_work(stage: Stage, desktop: Desktop, waiting: Waiting) -> Iterator[str]:
    window = desktop.window
    yield "sign_in"
    desktop.sign_in(stage.user, stage.password)
    yield "today"
    window.top_bar.search.setText("棉被")
    window.top_bar.search.typed.emit("棉被")
    yield "today-search"
    window.top_bar.search.clear()
    window.top_bar.search.offer(())
    yield from _entry(window, waiting)
    yield from _cases(window, waiting)
    yield from _stock(window, waiting)
    window.open_page("syncing")
    yield "syncing"
    yield from _settings(window, waiting)
    desktop.lock()
    yield "locked"


def _entry(window: Window, waiting: Waiting) -> Iterator[str]:
    page = window.open_page("entry")
    yield "entry-empty"
    form = _child(page, EntryForm)
    form.set_defaults()
    form.load_draft(
        {
            "name": "张建国",
            "gender": ["MALE"],
            "age_est": 46,
            "place_type": "STATION",
            "place_text": "南广场公交站避风处",
            "health_obs": ["WEAK"],
            "needs": ["FOOD", "CLOTHES", "BEDDING"],
            "goods": {"lines": _goods(window, waiting), "receipt_mode": "FINGER"},
            "disposition": ["ON_SITE_AID"],
        }
    )
    yield "entry-filled"
    form.set_defaults()
    form.load_draft(
        {
            "unknown": True,
            "features": "短发，蓝色校服外套，背灰色书包",
            "gender": ["FEMALE"],
            "age_est": 14,
            "place_text": "长途汽车站候车厅",
            "health_obs": ["OK"],
        }
    )
    form.ask_save()
    yield "entry-minor"
    form.set_defaults()
    form.load_draft(
        {
            "name": "李大海",
            "gender": ["MALE"],
            "age_est": 58,
            "place_text": "北桥洞东侧",
            "disposition": ["REFUSED_GOODS"],
        }
    )
    form.ask_save()
    waiting.rest()
    yield "entry-refused"
    form.set_defaults()
    _section_of_photos(form, waiting)
    yield "entry-photos"
    form.set_defaults()


def _section_of_photos(form: EntryForm, waiting: Waiting) -> None:
    """Two invented pictures, one with words to it."""
    field = form.more.photos
    section: Any = form.more.hold(field.identifier)
    form.more.open(section)
    for hue in (207, 37):
        field.add_image(_invented(hue))
    waiting.until(lambda: len(field.added) == 2)
    form.layout_now()
    form.scroller.ensureWidgetVisible(section)
    field.added[0].caption.setText("桥洞东侧的铺盖")
    field.added[1].caption.setText("随身的灰色书包")


def _invented(hue: int) -> QImage:
    """A picture of nothing: something before the sky."""
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(hue, 60, 240))
    painter = QPainter(image)
    painter.fillRect(280, 240, 240, 200, QColor.fromHsv(hue, 80, 150))
    painter.end()
    return image


def _goods(window: Window, waiting: Waiting) -> list[list[object]]:
    """Two things from the shelf."""
    room = _room(window, waiting)
    window.open_page("entry")
    usable = [row for row in room.data.rows.values() if row.usable > 10]
    return [[row.item.id, number, ""] for row, number in zip(usable[:2], (2, 1), strict=False)]


def _cases(window: Window, waiting: Waiting) -> Iterator[str]:
    page = window.open_page("cases")
    yield "cases"
    _press(page, "CaseView", "Correct")
    yield "cases-correct"
    _press(page, "CaseView", "Close the case")
    yield "cases-close"
    yield from _case_photos(page, waiting)


def _case_photos(page: QWidget, waiting: Waiting) -> Iterator[str]:
    view = _child(page, CaseView)
    _press(page, "CaseView", "Add photos")
    field = _child(view, PhotosField)
    for hue in (207, 37, 91):
        field.add_image(_invented(hue))
    waiting.until(lambda: len(field.added) == 3)
    field.added[0].caption.setText("桥洞东侧的铺盖")
    yield "cases-photos_add"
    view.sheet.ask_save()
    waiting.until(lambda: any(met.photos for met in view.detail.encounters))
    waiting.rest()
    strip = _child(view, PhotoStrip)
    view.scroller.ensureWidgetVisible(strip)
    yield "cases-photos"
    strip.tiles[0].click()
    waiting.until(lambda: view.viewer.image is not None)
    yield "cases-photo"
    view.viewer.close_view()


def _room(window: Window, waiting: Waiting) -> StockRoom:
    room = window.open_page("stock")
    if not isinstance(room, StockRoom):
        raise TypeError(type(room).__name__)
    waiting.until(lambda: room.data.known)
    return room


def _stock(window: Window, waiting: Waiting) -> Iterator[str]:
    room = _room(window, waiting)
    yield "stock"
    items = sorted(room.data.rows.values(), key=lambda row: -row.usable)
    window.open_page("stock", {"item": items[0].item.id})
    yield "stock-item"
    window.open_page("stock", "receive")
    waiting.rest()
    receive = _child(room, ReceiveForm)
    for row in items[:3]:
        receive.begin_with(row.item.id)
    yield "stock-receive"
    window.open_page("stock", "hand_out")
    waiting.rest()
    hand_out = _child(room, HandOutForm)
    hand_out.begin_with(items[0].item.id)
    hand_out.quantity.set_value(12)
    hand_out.head_count.set_value(9)
    yield "stock-hand_out"
    yield from _count(window, room, waiting)


def _count(window: Window, room: StockRoom, waiting: Waiting) -> Iterator[str]:
    window.open_page("stock", "count")
    waiting.until(lambda: getattr(room.sheet, "start_form", None) is not None)
    yield "stock-count_begin"
    counting: Any = room.sheet
    counting.start_form.blind.set_value(False)
    counting.start_form.observer.set_value("李敏")
    counting.start_form.ask_save()
    waiting.until(lambda: counting.sheet is not None and counting.sheet.rows)
    rows = list(counting.sheet.rows.values())
    for place, row in enumerate(rows[:6]):
        row.quantity.set_value((row.row.book or 0) - (place in (1, 4)) * 2)
        row.show_state()
    yield "stock-count"
    counting.sheet.ask_save()
    waiting.until(lambda: counting.end is not None and counting.end.lines)
    yield "stock-count_end"
    counting.leave()


def _settings(window: Window, waiting: Waiting) -> Iterator[str]:
    board = window.open_page("settings")
    yield "settings"
    if isinstance(board, SettingsBoard):
        board.users.open_button.click()
        board.password.open_button.click()
    yield "settings-open"


# the first run


def _first_run(stage: Stage, desktop: Desktop, waiting: Waiting) -> Iterator[str]:
    first = _child(desktop.window, FirstRun)
    yield "first_run-1_look"
    first.go_on()
    yield "first_run-2_file"
    first.take_file("/不在这里.json")
    waiting.until(lambda: not first.busy)
    yield "first_run-2_file_wrong"
    first.take_file(str(stage.enrolment))
    waiting.until(lambda: not first.busy)
    yield "first_run-2_file_read"
    first.go_on()
    yield "first_run-3_code"
    first.go_on()
    yield "first_run-4_who"
    first.say_who(stage.user, "12345678", "1234")
    first.go_on()
    yield "first_run-4_who_wrong"
    first.say_who(stage.user, stage.password, stage.password)
    first.go_on()
    waiting.until(lambda: not first.busy)
    yield "first_run-5_ready"
    first.go_to_sample()
    yield "first_run-sample"


# hands


def _child(parent: QWidget, kind: type[Any]) -> Any:
    """The one of this kind that is to be seen, or any."""
    found = parent.findChildren(kind)
    return next((each for each in found if each.isVisible()), found[0])


def _press(page: QWidget, context: str, word: str) -> None:
    """The first button with this word that is to be seen."""
    text = QCoreApplication.translate(context, word)
    for button in page.findChildren(Button):
        if button.text() == text and button.isVisible():
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            button.click()
            return


def _no_change() -> None:
    """Written after all that was to be written before."""


def _nothing(_conn: object) -> None:
    """A query that only waits its turn."""
