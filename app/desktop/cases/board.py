"""The list of cases with its search and filters, and beside it the case that is chosen."""

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.base.clock import CHINA, DAY, instant_of, local
from app.desktop.cases.columns import CaseColumns
from app.desktop.cases.view import CaseView
from app.desktop.cases.words import CaseWords
from app.desktop.desk import Desk
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import Choice
from app.desktop.forms.text import TextField
from app.desktop.frame.pages import Action
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.list_detail import ListDetail
from app.desktop.lists.rows import RowModel
from app.desktop.lists.view import RowList
from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Column, Row
from app.features.cases.queries import OPEN, OPEN_STATUSES, CaseFilter
from app.features.cases.queries_person import matching_cases

TYPED_MS = 100
_SEEN_IN_A_ROW = ("encounter", "person", "follow_up")


class CaseBoard(QWidget):
    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._words = CaseWords(desk.texts, self)
        self._wanted: str | None = None
        self._case: CaseView | None = None
        columns = CaseColumns(desk, self._words, self)
        self.model = RowModel(desk.work, columns.columns(), columns.fetch, ["case"], self, behind=_SEEN_IN_A_ROW)
        self.list = RowList(desk.theme, self.model, self.tr("Cases"), self)
        self.list.set_empty(
            EmptyState(
                desk.theme,
                "case",
                self.tr("No case here"),
                self.tr("Nothing fits the search and the filter. Other filters show more."),
            )
        )
        nothing = EmptyState(
            desk.theme,
            "case",
            self.tr("No case chosen"),
            self.tr("Walk with the arrow keys; Enter goes into the case."),
        )
        self._halves = ListDetail(desk.theme, self._over(), self.list, nothing, self)
        Column(desk.theme, self, gap="").addWidget(self._halves)
        self.setFocusProxy(self.search.edit)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TYPED_MS)
        self._soon.timeout.connect(self.look)
        self.search.changed.connect(self._soon.start)
        self.search.entered.connect(self._into_list)
        self.search.edit.installEventFilter(self)
        self.filters.changed.connect(self.look)
        self.list.current.connect(self._chosen)
        self.list.opened.connect(self._enter)
        self.model.counted.connect(self._counted)
        desk.rounds.ended.connect(self._synced)
        self.filters.set_value("open")
        self.look()

    def action(self) -> Action:
        return Action(self.tr("Log an encounter"), self._log, "F2", "add")

    def intend(self, intent: object) -> None:
        """A case's id: show it, whatever the filter."""
        if isinstance(intent, str):
            self._halves.go_in()
            self._wanted = intent
            self.search.set_value(None)
            if not self.list.choose(intent):
                self.filters.set_value("all")
                self.look()
            else:
                self._wanted = None

    def look(self) -> None:
        """Ask again which cases there are."""
        words = str(self.search.value() or "")
        self.model.show(partial(matching_cases, wanted=self._filter(), words=words))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.search.edit
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Down
        ):
            self._into_list()
            return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.list.current_id() is None and self.model.rowCount():
            self.list.selectRow(0)

    def _over(self) -> QWidget:
        theme = self._desk.theme
        over = QWidget(self)
        column = Column(theme, over, gap="s8")
        row = Row(theme, gap="s8")
        column.addLayout(row)
        words = self.tr("Name, pinyin, number, or last digits")
        self.search = TextField(
            theme, "words", self.tr("Search cases"), placeholder=words, bare=True, width="wide_field"
        )
        row.addWidget(self.search)
        self._count = Label(theme, "", "small", "quiet", parent=over)
        row.addWidget(self._count)
        row.addStretch(1)
        choices = [
            Choice("open", self.tr("In progress")),
            Choice("due", self.tr("Due today")),
            Choice("following", self.tr("Followed")),
            Choice("referred", self.tr("Handed on")),
            Choice("closed", self.tr("Closed")),
            Choice("all", self.tr("All")),
        ]
        self.filters = ChipRow(theme, "filter", self.tr("Filter"), choices, single=True, bare=True)
        column.addWidget(self.filters)
        return over

    def _filter(self) -> CaseFilter:
        chosen = self.filters.value()
        if chosen == "due":
            today = local(self._desk.clock()).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=CHINA)
            return CaseFilter(statuses=OPEN_STATUSES, due_before=instant_of(today) + DAY)
        if chosen == "following":
            return CaseFilter(statuses=("FOLLOWING",))
        if chosen == "referred":
            return CaseFilter(statuses=("REFERRED", "WAIT_ARRIVAL"))
        if chosen == "closed":
            return CaseFilter(statuses=("CLOSED",))
        return CaseFilter() if chosen == "all" else OPEN

    def _synced(self, how: object) -> None:
        """What went is marked as waiting no more."""
        if getattr(how, "sent", 0):
            self.model.read_again()

    def _counted(self, count: int) -> None:
        self._count.setText(self.tr("%n cases", "", count))
        if self._wanted is not None and self.list.choose(self._wanted):
            self._wanted = None
        elif self.list.current_id() is None and count:
            self.list.selectRow(0)
        if not count:
            self._show_none()

    def _chosen(self, id_: object) -> None:
        if not isinstance(id_, str):
            self._show_none()
            return
        if self._case is None:
            self._case = CaseView(self._desk, self._words, self)
            self._halves.show_detail(self._case)
        self._case.show_case(id_)

    def _show_none(self) -> None:
        self._case = None
        self._halves.show_detail(None)

    def _into_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if self.list.current_id() is None and self.model.rowCount():
            self.list.selectRow(0)

    def _enter(self, _id: str) -> None:
        if self._case is not None:
            self._case.setFocus(Qt.FocusReason.TabFocusReason)

    def _log(self) -> None:
        self._desk.open_page("entry", None)
