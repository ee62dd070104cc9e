"""盘点前还是盘点后: movements of which it is not certain whether a count had seen them. A person says; one key each."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.parts.section import Card
from app.desktop.stock.sheet import SheetHead
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.codes import COUNT_VERDICT
from app.features.inventory.commands_count import AnswerBeforeAfter
from app.features.inventory.queries_count import Question, open_questions


class QuestionCard(Card):
    """`answered` with the verdict."""

    answered = Signal(str)

    def __init__(self, desk: Desk, data: ShelfData, question: Question, parent: QWidget) -> None:
        super().__init__(desk.theme, "s8", parent)
        self.question = question
        texts, theme, words = desk.texts, desk.theme, data.words
        stock = data.rows.get(question.item)
        name = stock.item.name if stock else ""
        unit = stock.item.unit if stock else ""
        kind = texts.code("MOVEMENT", question.kind)
        title = f"{name} · {kind} {words.change(question.amount, unit)}"
        self.body.addWidget(Label(theme, title, "strong", wrap=True, parent=self))
        now = desk.clock()
        why = self.tr("on another computer") if question.other_device else self.tr("with a time typed in")
        said = self.tr("Moved {moved}, {why}; counted {counted}: {count}").format(
            moved=texts.day_words(question.moved_at, now),
            why=why,
            counted=texts.day_words(question.counted_at, now),
            count=f"{question.counted} {words.unit(unit)}",
        )
        self.body.addWidget(Label(theme, said, tone="quiet", wrap=True, parent=self))
        holder = QWidget(self)
        flow = Flow(theme, holder)
        self.buttons: dict[object, str] = {}
        for place, verdict in enumerate(COUNT_VERDICT, start=1):
            kind = "plain" if verdict == "DISMISSED" else "soft"
            button = Button(theme, texts.code("COUNT_VERDICT", verdict), kind, key=str(place), parent=holder)
            button.clicked.connect(self._pressed)
            self.buttons[button] = verdict
            flow.addWidget(button)
            key = QShortcut(QKeySequence(str(place)), self)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            key.activated.connect(button.click)
        self.body.addWidget(holder)

    def go_to(self) -> None:
        next(button for button in self.buttons if isinstance(button, Button)).setFocus(Qt.FocusReason.TabFocusReason)

    def _pressed(self) -> None:
        self.answered.emit(self.buttons[self.sender()])


class Questions(QWidget):
    """`left` to go back to the shelf."""

    left = Signal()

    def __init__(self, desk: Desk, data: ShelfData, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._data = desk, data
        self.cards: list[QuestionCard] = []
        theme = desk.theme
        column = Column(theme, self, gap="")
        head = SheetHead(desk, self.tr("Before the count or after it"), self)
        head.left.connect(self.left)
        column.addWidget(head)
        content = QWidget(self)
        self._list = Column(theme, content, gap="s12", pad=("s24", "s4", "s24", "s24"))
        hint = self.tr("Was this already done when the shelf was counted? The books follow your answer.")
        self._hint = Label(theme, hint, tone="quiet", wrap=True, parent=content)
        self._list.addWidget(self._hint)
        self._none = EmptyState(theme, "good", self.tr("Nothing left to answer"))
        self._none.hide()
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        column.addWidget(Scroller(theme, content, self), 1)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.left)
        desk.work.changed.connect(self._changed)
        self._ask()

    def _ask(self) -> None:
        query = partial(open_questions, node=self._desk.node)
        self._desk.work.ask(query, self._came, slot=(id(self), "questions"))

    def _changed(self, changes: Changes) -> None:
        if changes.touches("answer", "movement", "count_line"):
            self._ask()

    def _came(self, questions: Sequence[Question]) -> None:
        for card in self.cards:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for place, question in enumerate(questions, start=1):
            card = QuestionCard(self._desk, self._data, question, self)
            card.answered.connect(self._answer)
            self._list.insertWidget(place, card)
            card.show()
            self.cards.append(card)
        self._none.setVisible(not questions)
        self._hint.setVisible(bool(questions))
        if self.cards:
            self.cards[0].go_to()

    def _answer(self, verdict: str) -> None:
        card = self.sender()
        if isinstance(card, QuestionCard):
            asked = card.question
            command = AnswerBeforeAfter(movement=asked.movement, line=asked.line, verdict=verdict)
            self._desk.work.do(command)
