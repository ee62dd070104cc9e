"""The widget of the page 物资: the shelf, and the one sheet that is open over it."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.parts.button import Button
from app.desktop.stock.count import Counting
from app.desktop.stock.hand_out import HandOutForm
from app.desktop.stock.questions import Questions
from app.desktop.stock.receive import GoodsForm, OpeningForm, ReceiveForm, ReturnForm
from app.desktop.stock.sheet import Sheet, SheetForm
from app.desktop.stock.shelf import Shelf
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.stock.write_off import WriteOffForm
from app.desktop.theme.layouts import Column
from app.features.cases.commands_undo import undo_of
from app.features.inventory.queries_count import Question, open_questions
from app.journal.drafts import Draft, drafts, keeping
from app.journal.runner import Outcome

DRAFTS = "stock."
SHEETS = ("hand_out", "receive", "give_back", "write_off", "opening", "count", "questions")


class StockRoom(QWidget):
    """Opened for one of `SHEETS`, or for an item: {"item": id}."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.data = ShelfData(desk, self)
        self._stack = QStackedWidget(self)
        Column(desk.theme, self, gap="").addWidget(self._stack)
        self.shelf = Shelf(desk, self.data, self._stack)
        self.shelf.asked.connect(self.open_sheet)
        self._stack.addWidget(self.shelf)
        self.sheet: Sheet | Counting | Questions | None = None
        self._open_key = ""
        self._wanted_item = ""
        self._asked = 0
        self._kept: frozenset[str] = frozenset()
        self._begin_item: object = None
        self._begin_lot: object = None
        self._resume: dict[object, str] = {}
        self.setFocusProxy(self.shelf)
        self.data.came.connect(self._data_came)

    def intend(self, intent: object) -> None:
        if isinstance(intent, str) and intent in SHEETS:
            self.open_sheet(intent)
        elif isinstance(intent, dict) and isinstance(intent.get("item"), str):
            self._leave_sheet()
            self._wanted_item = intent["item"]
            self._data_came()

    def open_sheet(self, key: str, item: object = None, lot: object = None) -> None:
        """Put a sheet over the shelf; what was typed on another stays as its draft. `key`: one of `SHEETS`, or with
        ":" and a moment behind it one that was put aside then."""
        if self.sheet is not None and self._open_key == key and item is None:
            self._start()
            return
        self._leave_sheet()
        self._open_key = key
        if key == "count":
            self.sheet = Counting(self._desk, self.data, self._stack)
        elif key == "questions":
            self.sheet = Questions(self._desk, self.data, self._stack)
        else:
            self.sheet = self._sheet(key, item, lot)
        self.sheet.left.connect(self._close_sheet)
        self._stack.addWidget(self.sheet)
        self._stack.setCurrentWidget(self.sheet)
        if item is None:
            self._start()

    def _sheet(self, key: str, item: object, lot: object) -> Sheet:
        desk, data = self._desk, self.data
        form: HandOutForm | ReceiveForm | ReturnForm | WriteOffForm | OpeningForm
        kind = key.partition(":")[0]
        if kind == "hand_out":
            form, title, verb = HandOutForm(desk, data), self.tr("Hand out to passers-by"), self.tr("Hand out")
        elif kind == "receive":
            form, title, verb = ReceiveForm(desk, data), self.tr("Receive goods"), self.tr("Receive")
        elif kind == "give_back":
            form, title, verb = ReturnForm(desk, data), self.tr("Goods that come back"), self.tr("Put back")
        elif kind == "write_off":
            form, title, verb = WriteOffForm(desk, data), self.tr("Write off goods"), self.tr("Write off")
        else:
            form, title, verb = OpeningForm(desk, data), self.tr("Opening stock"), self.tr("Write down")
        sheet = Sheet(desk, form, title, verb, DRAFTS + key, partial(self._take_back, kind), self._stack)
        sheet.stays = kind == "hand_out"
        self._begin_item, self._begin_lot = item, lot
        if isinstance(item, str):
            if key in self._kept:  # what was begun comes first, the item is added to it
                sheet.keeper.restored.connect(self._begin_with)
            else:
                self._begin(form)
        return sheet

    def _begin_with(self, _kept_at: object) -> None:
        if isinstance(self.sheet, Sheet) and not isinstance(self.sheet.form, HandOutForm):
            self._begin(self.sheet.form)

    def _begin(self, form: SheetForm) -> None:
        item, lot = self._begin_item, self._begin_lot
        if not isinstance(item, str):
            return
        if isinstance(form, WriteOffForm):
            form.begin_with(item, lot if isinstance(lot, str) else None)
        elif isinstance(form, GoodsForm | HandOutForm):
            form.begin_with(item)

    def _start(self) -> None:
        if isinstance(self.sheet, Sheet):
            self.sheet.form.start()

    def _leave_sheet(self) -> None:
        """What was typed a moment ago is kept too."""
        if self.sheet is not None:
            for form in self.sheet.findChildren(Form):
                form.flush_draft()
            self._close_sheet()

    def _close_sheet(self) -> None:
        if self.sheet is None:
            return
        self._stack.setCurrentWidget(self.shelf)
        self._stack.removeWidget(self.sheet)
        self.sheet.hide()
        self.sheet.deleteLater()
        self.sheet, self._open_key = None, ""
        self.shelf.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look_for_drafts()

    # what is taken back

    def _take_back(self, kind: str, sheet: Sheet, outcome: Outcome, kept: dict[str, object]) -> None:
        reason = self.tr("Taken back right after saving")
        self._desk.work.do(undo_of(outcome, reason), partial(self._taken_back, kind, sheet, kept))

    def _taken_back(self, kind: str, sheet: Sheet, kept: dict[str, object], _outcome: Any) -> None:
        """Back onto its sheet; where that is closed, or holds something else by now, it is put aside."""
        if self.sheet is sheet and not sheet.form.dirty:
            sheet.put_back(kept)
            self._say_on_sheet()
            return
        key = f"{kind}:{self._desk.clock()}"
        self._desk.work.do(keeping(DRAFTS + key, kept), partial(self._put_aside, key))

    def _put_aside(self, key: str, _outcome: Any) -> None:
        """Nothing that is open is closed for it."""
        if self.shelf.isVisible():
            self.open_sheet(key)
            self._say_on_sheet()
            return
        if self.sheet is None:
            self._look_for_drafts()
        words = self.tr("Taken back. What you typed is put aside: go on with it from the shelf")
        self._desk.say(words, "accent", None)

    def _say_on_sheet(self) -> None:
        self._desk.say(self.tr("Taken back. What you typed stands on the sheet again"), "accent", None)

    # what was begun

    def _look_for_drafts(self) -> None:
        self._desk.work.ask(partial(open_questions, node=self._desk.node), self._questions_came, slot=(id(self), "q"))
        self._desk.work.ask(
            partial(drafts, prefix=DRAFTS), self._drafts_came, slot=(id(self), "drafts"), after_writes=True
        )

    def _questions_came(self, questions: Sequence[Question]) -> None:
        self._asked = len(questions)

    def _drafts_came(self, found: Sequence[Draft]) -> None:
        words = {
            "hand_out": self.tr("Hand out"),
            "receive": self.tr("Receive"),
            "give_back": self.tr("Give back"),
            "write_off": self.tr("Write off"),
            "opening": self.tr("Opening stock"),
        }
        self._resume = {}
        self._kept = frozenset(draft.key.removeprefix(DRAFTS) for draft in found)
        buttons = []
        if self._asked:
            text = self.tr("%n to answer: before the count or after", "", self._asked)
            button = Button(self._desk.theme, text, "soft", "help", parent=self.shelf)
            button.clicked.connect(self._go_on)
            self._resume[button] = "questions"
            buttons.append(button)
        for draft in found:
            key = draft.key.removeprefix(DRAFTS)
            kind = key.partition(":")[0]
            if kind not in words:
                continue
            when = self._desk.texts.day_words(draft.kept_at, self._desk.clock())
            text = self.tr("Go on: {sheet}, {when}").format(sheet=words[kind], when=when)
            button = Button(self._desk.theme, text, "soft", "edit", parent=self.shelf)
            button.clicked.connect(self._go_on)
            self._resume[button] = key
            buttons.append(button)
        self.shelf.offer_drafts(buttons)

    def _go_on(self) -> None:
        self.open_sheet(self._resume[self.sender()])

    def _data_came(self) -> None:
        if self.sheet is None:
            self._look_for_drafts()
        if self._wanted_item and self.data.known:
            self.shelf.open_item(self._wanted_item)
            self._wanted_item = ""
