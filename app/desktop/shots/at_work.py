"""The tour of somebody at work: every page of a point with a past, and what opens in it."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtWidgets import QWidget

from app.desktop.cases.view import CaseView
from app.desktop.entry.form import EntryForm
from app.desktop.forms.photos import PhotosField
from app.desktop.lists.list_detail import ListDetail
from app.desktop.main import Desktop
from app.desktop.parts.photos import PhotoStrip
from app.desktop.settings.board import SettingsBoard
from app.desktop.shots.hands import child, invented, press
from app.desktop.shots.on_sync import on_sync
from app.desktop.shots.stage import Stage, Waiting
from app.desktop.stock.hand_out import HandOutForm
from app.desktop.stock.receive import ReceiveForm
from app.desktop.stock.room import StockRoom
from app.desktop.window import Window


def at_work(stage: Stage, desktop: Desktop, waiting: Waiting) -> Iterator[str]:
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
    yield from on_sync(desktop, waiting, stage.clock())
    yield from _settings(window, waiting)
    desktop.lock()
    yield "locked"


def _entry(window: Window, waiting: Waiting) -> Iterator[str]:
    page = window.open_page("entry")
    yield "entry-empty"
    form = child(page, EntryForm)
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
        field.add_image(invented(hue))
    waiting.until(lambda: len(field.added) == 2)
    form.layout_now()
    form.scroller.ensureWidgetVisible(section)
    field.added[0].caption.setText("桥洞东侧的铺盖")
    field.added[1].caption.setText("随身的灰色书包")


def _goods(window: Window, waiting: Waiting) -> list[list[object]]:
    """Two things from the shelf."""
    room = _room(window, waiting)
    window.open_page("entry")
    usable = [row for row in room.data.rows.values() if row.usable > 10]
    return [[row.item.id, number, ""] for row, number in zip(usable[:2], (2, 1), strict=False)]


def _cases(window: Window, waiting: Waiting) -> Iterator[str]:
    page = window.open_page("cases")
    yield "cases"
    child(page, ListDetail).go_in()
    press(page, "CaseView", "Correct")
    yield "cases-correct"
    press(page, "CaseView", "Close the case")
    yield "cases-close"
    yield from _case_photos(page, waiting)


def _case_photos(page: QWidget, waiting: Waiting) -> Iterator[str]:
    view = child(page, CaseView)
    press(page, "CaseView", "Add photos")
    field = child(view, PhotosField)
    for hue in (207, 37, 91):
        field.add_image(invented(hue))
    waiting.until(lambda: len(field.added) == 3)
    field.added[0].caption.setText("桥洞东侧的铺盖")
    yield "cases-photos_add"
    view.sheet.ask_save()
    waiting.until(lambda: any(met.photos for met in view.detail.encounters))
    waiting.rest()
    strip = child(view, PhotoStrip)
    view.scroller.ensureWidgetVisible(strip)
    yield "cases-photos"
    strip.tiles[0].click()
    waiting.until(lambda: view.viewer.image is not None)
    yield "cases-photo"
    view.viewer.close_view()
    view.window().notices.clear()


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
    receive = child(room, ReceiveForm)
    for row in items[:3]:
        receive.begin_with(row.item.id)
    yield "stock-receive"
    window.open_page("stock", "hand_out")
    waiting.rest()
    hand_out = child(room, HandOutForm)
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
