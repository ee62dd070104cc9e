"""Lists: only what is painted is fetched, nothing is slow, and the chosen record stays chosen."""

import time
from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.base.texts import Texts
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.rows import Column, RowModel
from app.desktop.lists.view import RowList
from app.desktop.theme.theme import Theme
from app.desktop.work import Work
from tests.desktop import invented
from tests.desktop.invented import CaseRow, case_columns, case_ids, case_rows, text_of

COUNT = 100_000
FRAME_S = 0.016


class Counting:
    """A query that counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, connection: object, ids: Sequence[str]) -> Mapping[str, CaseRow]:
        self.asked.append(len(ids))
        return case_rows(connection, ids)


def shown(qtbot: QtBot, theme: Theme, work: Work, fetch: Counting, ids: Sequence[str]) -> RowList:
    model = RowModel(work, case_columns(Texts("zh_CN")), fetch, ["case"])
    rows = RowList(theme, model, "个案")
    model.setParent(rows)
    qtbot.addWidget(rows)
    rows.resize(800, 600)
    rows.show()
    with qtbot.waitSignal(model.counted):
        model.show(partial(list_of, ids))
    qtbot.waitUntil(lambda: model.rowCount() == 0 or model.index(0, 0).data() is not None)
    return rows


def list_of(ids: Sequence[str], _connection: object) -> list[str]:
    return list(ids)


def test_only_what_is_painted_is_fetched(qtbot: QtBot, theme: Theme, work: Work) -> None:
    fetch = Counting()
    rows = shown(qtbot, theme, work, fetch, case_ids(COUNT))
    assert rows.model().rowCount() == COUNT
    assert sum(fetch.asked) < 300
    assert rows.model().index(1, 0).data() == "钱*"


def test_a_hundred_thousand_rows_scroll_without_a_late_frame(qtbot: QtBot, theme: Theme, work: Work) -> None:
    rows = shown(qtbot, theme, work, Counting(), case_ids(COUNT))
    model = rows.model()
    slowest = 0.0
    bar = rows.verticalScrollBar()
    for step in range(60):
        bar.setValue(bar.maximum() * step // 60)
        first = rows.rowAt(0)
        started = time.thread_time()  # of this thread alone: other programs may be busy meanwhile
        for row in range(first, first + 25):
            for column in range(model.columnCount()):
                model.index(row, column).data()
        slowest = max(slowest, time.thread_time() - started)
        qtbot.wait(1)
    assert slowest < FRAME_S


def test_the_last_rows_come_too(qtbot: QtBot, theme: Theme, work: Work) -> None:
    rows = shown(qtbot, theme, work, Counting(), case_ids(COUNT))
    QTest.keyClick(rows, Qt.Key.Key_End)
    assert rows.current_id() == case_ids(COUNT)[-1]
    qtbot.waitUntil(lambda: rows.model().index(COUNT - 1, 0).data() is not None)


def test_the_chosen_record_stays_chosen_when_the_list_is_read_again(qtbot: QtBot, theme: Theme, work: Work) -> None:
    ids = case_ids(50)
    rows = shown(qtbot, theme, work, Counting(), ids)
    model = rows.model()
    assert isinstance(model, RowModel)
    rows.choose(ids[20])
    with qtbot.waitSignal(model.counted):
        model.show(partial(list_of, ids[10:]))
    assert rows.current_id() == ids[20]
    with qtbot.waitSignal(model.counted):
        model.show(partial(list_of, ids[30:]))
    assert rows.current_id() == ids[40]


def test_a_changed_record_is_read_again(qtbot: QtBot, theme: Theme, work: Work) -> None:
    ids = case_ids(30)
    fetch = Counting()
    rows = shown(qtbot, theme, work, fetch, ids)
    model = rows.model()
    assert isinstance(model, RowModel)
    before = list(fetch.asked)
    with qtbot.waitSignal(model.counted):
        work.do(ids[3])
    qtbot.waitUntil(lambda: fetch.asked == [*before, 1])
    qtbot.waitUntil(lambda: model.index(3, 0).data() is not None)


def test_enter_opens(qtbot: QtBot, theme: Theme, work: Work) -> None:
    ids = case_ids(5)
    rows = shown(qtbot, theme, work, Counting(), ids)
    rows.choose(ids[0])
    QTest.keyClick(rows, Qt.Key.Key_Down)
    with qtbot.waitSignal(rows.opened) as opened:
        QTest.keyClick(rows, Qt.Key.Key_Return)
    assert opened.args == [ids[1]]


def test_nothing_says_so_kindly(qtbot: QtBot, theme: Theme, work: Work) -> None:
    rows = shown(qtbot, theme, work, Counting(), [])
    empty = EmptyState(theme, "case", "还没有个案")
    rows.set_empty(empty)
    assert empty.isVisible()


def test_a_cell_shows_markup_as_text(qtbot: QtBot, theme: Theme, work: Work) -> None:
    def picture(name: str) -> QImage:
        def named(_connection: object, ids: Sequence[str]) -> Mapping[str, CaseRow]:
            return {id_: CaseRow("1", name, "", "", "在办", 0) for id_ in ids}

        model = RowModel(work, [Column("姓名", text_of("name"))], named, ["case"])
        rows = RowList(theme, model, "个案")
        model.setParent(rows)
        qtbot.addWidget(rows)
        rows.resize(500, 200)
        rows.show()
        model.show(partial(list_of, case_ids(1)))
        qtbot.waitUntil(lambda: model.rowCount() == 1 and model.index(0, 0).data() is not None)
        return rows.grab().toImage()

    def expected(text: str) -> int:
        """How far to the right ink must reach."""
        image = QImage(500, 50, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setFont(theme.font())
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.end()
        return width

    hostile = "<b>某</b><img src='x.png'>"
    assert ink_reach(picture(hostile)) >= expected(hostile) > expected("某") * 3
    assert ink_reach(picture("某")) < expected(hostile)


def ink_reach(image: QImage) -> int:
    """The last column of the first row of the list that is not ground."""
    y_range = range(image.height() // 3, image.height() // 3 + 1)
    del y_range
    ground = image.pixel(image.width() - 30, 54)
    for x in range(image.width() - 30, 0, -1):
        if any(image.pixel(x, y) != ground for y in range(42, 66)):
            return x
    return 0


def test_the_page_of_the_gallery_stands(qtbot: QtBot, theme: Theme) -> None:
    page = invented.CasesPage(theme, None, 10)  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.rows.current_id() == case_ids(3)[2])
    for work in page.findChildren(Work):
        work.close()
