"""The page 今日: red cases, visits due, stock that wants something, announcements; figures beside them."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.base.clock import DAY, local
from app.desktop.desk import Desk
from app.desktop.frame.pages import Action
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.bars import DayBars
from app.desktop.parts.label import Label
from app.desktop.parts.persons import who_words
from app.desktop.parts.section import Card, Figure, Section
from app.desktop.theme.layouts import Column, Row
from app.desktop.today.asked import DayRows, day_rows, start_of_day
from app.desktop.today.task import Task
from app.features.cases.queries import CaseRow, VisitRow
from app.features.inventory.catalogue import quantity_words
from app.features.inventory.queries import ItemStock
from app.features.org.queries import NoticeRow

KINDS = ("case", "encounter", "person", "follow_up", "movement", "item", "item_level", "count_line", "notice")
MOST_SHOWN = 8
"""Of each sort; the rest stand on their own page."""
MINUTE_MS = 60_000


class Day(QWidget):
    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shown: list[QWidget] = []
        self._tasks: list[Task] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        content = QWidget(self)
        row = Row(desk.theme, content, gap="s24", pad=("s24", "s4", "s24", "s24"))
        self._todo = Column(desk.theme, gap="s16")
        row.addLayout(self._todo, 5)
        self._beside = Column(desk.theme, gap="s16")
        row.addLayout(self._beside, 3)
        self.scroller = Scroller(desk.theme, content, self)
        Column(desk.theme, self, gap="").addWidget(self.scroller)
        self._minute = QTimer(self)
        self._minute.setInterval(MINUTE_MS)
        self._minute.timeout.connect(self.refresh)
        self._minute.start()
        desk.work.changed.connect(self._changed)
        self.refresh()

    def action(self) -> Action:
        return Action(self.tr("Log an encounter"), self._log, "F2", "add")

    def refresh(self) -> None:
        query = partial(day_rows, node=self._desk.node, now=self._desk.clock())
        self._desk.work.ask(query, self._came, slot=(id(self), "day"))

    @property
    def tasks(self) -> Sequence[Task]:
        return self._tasks

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _changed(self, changes: Changes) -> None:
        if changes.touches(*KINDS):
            self.refresh()

    def _came(self, rows: DayRows) -> None:
        place = next((at for at, task in enumerate(self._tasks) if task.button.hasFocus()), None)
        bar = self.scroller.verticalScrollBar()
        height = bar.value()
        for widget in self._shown:
            widget.hide()
            widget.deleteLater()
        self._shown, self._tasks = [], []
        self._clear(self._todo)
        self._clear(self._beside)
        self._show_todo(rows)
        self._show_beside(rows)
        bar.setValue(height)
        if place is not None and self._tasks:
            self._tasks[min(place, len(self._tasks) - 1)].button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self, column: Column) -> None:
        while column.count():
            column.takeAt(0)

    def _put(self, column: Column, widget: QWidget) -> None:
        column.addWidget(widget)
        widget.show()
        self._shown.append(widget)

    # what to do

    def _show_todo(self, rows: DayRows) -> None:
        sorts = (
            (self.tr("Cannot wait"), [self._red(row) for row in rows.red[:MOST_SHOWN]], len(rows.red)),
            (self.tr("Visits due"), [self._visit(visit) for visit in rows.visits[:MOST_SHOWN]], len(rows.visits)),
            (self.tr("Supplies"), [self._stock(row) for row in rows.stock[:MOST_SHOWN]], len(rows.stock)),
        )
        for title, tasks, count in sorts:
            if not tasks:
                continue
            section = Section(self._desk.theme, self.tr("{title} · {count}").format(title=title, count=count), self)
            card = Card(self._desk.theme, "", section)
            card.body.setContentsMargins(0, 0, 0, 0)
            for task in tasks:
                card.body.addWidget(task)
            section.body.addWidget(card)
            if count > len(tasks):
                more = self.tr("%n more on their own page", "", count - len(tasks))
                section.body.addWidget(Label(self._desk.theme, more, "small", "quiet", parent=section))
            self._tasks += tasks
            self._put(self._todo, section)
        if not self._tasks:
            words = self.tr("Nothing has to be done right now. Whoever comes next is logged with F2.")
            self._put(
                self._todo, EmptyState(self._desk.theme, "good", self.tr("All is done for now"), words, parent=self)
            )
        self._todo.addStretch(1)

    def _red(self, row: CaseRow) -> Task:
        texts = self._desk.texts
        words = [texts.code("DISPOSITION", row.disposition) if row.disposition else ""]
        words += [row.place_text or (texts.code("PLACE_TYPE", row.place_type) if row.place_type else "")]
        words += [texts.day_words(row.met_at or row.born_at, self._desk.clock())]
        return Task(
            self._desk.theme,
            "case",
            who_words(texts, row),
            " · ".join(filter(None, words)),
            self._sign(row.signs[0]),
            self.tr("Open"),
            partial(self._desk.open_page, "cases", row.id),
            self,
        )

    def _sign(self, sign: str) -> tuple[str, str, str]:
        words = {
            "DANGER": self.tr("In danger"),
            "MINOR": self.tr("A minor"),
            "WAITING": self.tr("Nobody came"),
            "OVERDUE": self.tr("Overdue"),
            "BACKLOG": self.tr("Not met yet"),
        }
        tone = "danger" if sign in ("DANGER", "MINOR") else "warn"
        return words.get(sign, sign), tone, "danger" if tone == "danger" else "warning"

    def _visit(self, visit: VisitRow) -> Task:
        now = self._desk.clock()
        words = [self.tr("due {when}").format(when=self._desk.texts.day_words(visit.due_at, now))]
        words += [visit.place_text or ""]
        if visit.refusals:
            words.append(self.tr("refused %n times", "", visit.refusals))
        late = visit.due_at < now
        tag = (self.tr("Overdue"), "warn", "warning") if late else (self.tr("Today"), "accent", "clock")
        act = partial(self._desk.open_page, "cases", visit.case)
        return Task(
            self._desk.theme, "eye", visit.called, " · ".join(filter(None, words)), tag, self.tr("Visit"), act, self
        )

    def _stock(self, row: ItemStock) -> Task:
        texts, item = self._desk.texts, row.item
        pack = texts.code("UNIT", item.pack_unit) if item.pack_unit else None
        unit = texts.code("UNIT", item.unit)
        words = [self.tr("on hand {amount}").format(amount=quantity_words(row.usable, item.pack_factor, pack, unit))]
        if row.low and row.min_level is not None:
            least = quantity_words(row.min_level, item.pack_factor, pack, unit)
            words.append(self.tr("at least {amount}").format(amount=least))
        if row.low and row.days_of_cover is not None:
            words.append(self.tr("lasts %n days", "", row.days_of_cover))
        if row.soon and row.next_expiry:
            day = row.next_expiry.removeprefix(f"{local(self._desk.clock()).year}-")
            words.append(self.tr("good until {day}").format(day=day))
        if row.negative:
            tag = (self.tr("Below zero"), "danger", "danger")
        elif row.expired:
            tag = (self.tr("Expired"), "danger", "danger")
        elif row.low:
            tag = (self.tr("Low"), "warn", "warning")
        else:
            tag = (self.tr("Expires soon"), "warn", "clock")
        act = partial(self._desk.open_page, "stock", item.id)
        return Task(self._desk.theme, "supplies", item.name, " · ".join(words), tag, self.tr("Look"), act, self)

    # beside

    def _show_beside(self, rows: DayRows) -> None:
        theme = self._desk.theme
        card = Card(theme, "s16", self)
        figures = Row(theme, gap="s24")
        for number, words in (
            (rows.encounters, self.tr("met today")),
            (rows.goods, self.tr("pieces given today")),
            (rows.open_cases, self.tr("open cases")),
        ):
            figures.addWidget(Figure(theme, str(number), words, parent=card))
        figures.addStretch(1)
        card.body.addLayout(figures)
        start = start_of_day(self._desk.clock())
        count = len(rows.by_day)
        days = [str(local(start - away * DAY).day) for away in range(count - 1, -1, -1)]
        card.body.addWidget(Label(theme, self.tr("New cases in %n days", "", count), "small", "quiet", parent=card))
        said = self.tr("New cases by day: {numbers}").format(numbers=" ".join(map(str, rows.by_day)))
        card.body.addWidget(DayBars(theme, rows.by_day, days, said, card))
        self._put(self._beside, card)
        if rows.notices:
            section = Section(theme, self.tr("Announcements"), self)
            for notice in rows.notices[:MOST_SHOWN]:
                section.body.addWidget(self._notice(notice, section))
            self._put(self._beside, section)
        self._beside.addStretch(1)

    def _notice(self, notice: NoticeRow, parent: QWidget) -> QWidget:
        theme = self._desk.theme
        card = Card(theme, "s4", parent)
        card.body.addWidget(Label(theme, notice.title, "strong", wrap=True, parent=card))
        if notice.text:
            card.body.addWidget(Label(theme, notice.text, wrap=True, parent=card))
        when = self._desk.texts.day_words(notice.born_at, self._desk.clock())
        card.body.addWidget(Label(theme, when, "small", "quiet", parent=card))
        return card

    def _log(self) -> None:
        self._desk.open_page("entry", None)
