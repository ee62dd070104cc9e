"""The end of a count: only what differs, each with its reason; two names; done."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.form import Form
from app.desktop.forms.kept import DraftKeeper
from app.desktop.forms.lines import Lines
from app.desktop.forms.text import TextField
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.stock.words import StockWords
from app.desktop.theme.layouts import Column, Row
from app.features import codes
from app.features.inventory.commands_count import Difference, FinishCount
from app.features.inventory.queries_count import CountRow as CountHead
from app.features.inventory.queries_count import DifferenceRow, count_differences
from app.journal.commands import Command


class DifferenceLine(QWidget):
    """One lot that differs, with the fields for its reason."""

    def __init__(self, desk: Desk, words: StockWords, row: DifferenceRow, parent: QWidget) -> None:
        super().__init__(parent)
        theme, texts = desk.theme, desk.texts
        self.row = row
        line = Row(theme, self, gap="s12", pad=("", "s4", "", "s4"))
        holder = QWidget(self)
        holder.setMaximumWidth(theme.sizes.wide_field)
        name = Column(theme, holder, gap="")
        line.addWidget(holder, 1)
        name.addWidget(Label(theme, row.name, "strong", cut=True, parent=self))
        lot = words.lot(row.batch, row.expires_on) if row.expires_on or row.batch else ""
        found = (
            self.tr("not found")
            if row.missing
            else self.tr("counted {count}").format(count=words.packed(row.counted, row.unit, None, None))
        )
        said = self.tr("books {book}, {counted}").format(
            book=words.packed(row.book, row.unit, None, None), counted=found
        )
        name.addWidget(Label(theme, " · ".join(filter(None, (lot, said))), "small", "quiet", cut=True, parent=self))
        tone = "danger" if row.variance < 0 else "warn"
        icon = "chevron-down" if row.variance < 0 else "chevron-up"
        differs = QWidget(self)
        middle = Column(theme, differs, gap="", pad=("", "s4", "", ""))  # in the middle of the fields beside it
        middle.addWidget(Tag(theme, words.change(row.variance, row.unit), tone, icon, differs))
        line.addWidget(differs, 0, Qt.AlignmentFlag.AlignTop)
        name.addStretch(1)
        self.reason = ChoiceField(
            theme,
            f"reason:{row.lot}",
            texts.field("diff_reason"),
            coded(texts, codes.DIFF_REASON),
            placeholder=texts.field("diff_reason"),
            required=True,
            bare=True,
            width="field",
            parent=self,
        )
        self.note = TextField(
            theme,
            f"note:{row.lot}",
            texts.field("note"),
            placeholder=texts.field("note"),
            longest=200,
            bare=True,
            width="field",
            parent=self,
        )
        line.addWidget(self.reason, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.note, 0, Qt.AlignmentFlag.AlignTop)
        line.addStretch(0)
        for field in (self.reason, self.note):
            field.edit.setAccessibleName(f"{row.name} {field.label}")
        self.reason.set_value(row.diff_reason)
        self.note.set_value(row.note)


class CountEnd(Form):
    """`back` to go on counting, `closed` when the count is finished."""

    back = Signal()
    closed = Signal()

    def __init__(self, desk: Desk, words: StockWords, head: CountHead, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk, self._words, self.head = desk, words, head
        self.lines: list[DifferenceLine] = []
        self._kept: dict[str, object] = {}
        theme = desk.theme
        column = Column(theme, self, gap="")
        content = QWidget(self)
        inside = Column(theme, content, gap="s16", pad=("s24", "s4", "s24", "s16"))
        self._all_right = QWidget(content)
        good = Row(theme, self._all_right, gap="s8")
        good.addWidget(Icon(theme, "good", "good", parent=self._all_right))
        good.addWidget(Label(theme, self.tr("The shelf agrees with the books"), "section", parent=self._all_right), 1)
        inside.addWidget(self._all_right)
        self._title = Label(theme, "", "section", parent=content)
        inside.addWidget(self._title)
        self._list = Column(theme, gap="")
        inside.addLayout(self._list)
        paper = Lines(theme, content)
        self.counter = Label(theme, head.counter, parent=content)
        self.observer = TextField(
            theme, "observer", self.label("observer"), longest=30, required=head.take_type != "SPOT", parent=content
        )
        self.action = TextField(theme, "action", self.label("action"), longest=500, width="wide_field", parent=content)
        paper.add(self.label("counter"), self.counter)
        paper.add(self.tr("Signed"), self.observer, self.action)
        inside.addWidget(paper)
        inside.addStretch(1)
        column.addWidget(Scroller(theme, content, self), 1)
        foot = Row(theme, gap="s8", pad=("s24", "s8", "s24", "s12"))
        self._words_below = Label(theme, "", "small", "danger", wrap=True, parent=self)
        foot.addWidget(self._words_below, 1)
        again = Button(theme, self.tr("Go on counting"), "plain", parent=self)
        again.clicked.connect(self.back)
        foot.addWidget(again)
        self.button = Button(theme, self.tr("Finish the count"), "primary", key="Ctrl+Enter", parent=self)
        self.button.clicked.connect(self.ask_save)
        foot.addWidget(self.button)
        column.addLayout(foot)
        self.observer.set_value(head.observer)
        self.keeper = DraftKeeper(desk.work, self, f"stock.count_end:{head.id}")
        self.save_asked.connect(self._save)
        desk.work.ask(partial(count_differences, count=head.id), self._came, slot=(id(self), "differences"))

    def command(self) -> Command:
        return FinishCount(
            count=self.head.id,
            lines=tuple(
                Difference(lot=line.row.lot, diff_reason=str(line.reason.value() or ""), note=line.note.value())
                for line in self.lines
            ),
            observer=self.observer.value(),
            action=self.action.value(),
        )

    def load_draft(self, kept: Mapping[str, object]) -> None:
        self._kept = dict(kept)
        super().load_draft(kept)

    def _came(self, rows: Sequence[DifferenceRow]) -> None:
        self._all_right.setVisible(not rows)
        self._title.setVisible(bool(rows))
        self._title.setText(self.tr("%n line(s) differ", "", len(rows)))
        for row in rows:
            line = DifferenceLine(self._desk, self._words, row, self)
            self.lines.append(line)
            self._list.addWidget(line)
            self.add(line.reason)
            self.add(line.note)
        self.add(self.observer)
        self.add(self.action)
        self.start()
        self.keeper.look()

    def _save(self) -> None:
        self._words_below.setText("")
        self.keeper.finish(self.command(), self._saved, self._refused)

    def _saved(self, _outcome: Any) -> None:
        self._desk.say(self.tr("The count is finished; the books follow it"), "good", None)
        self.closed.emit()

    def _refused(self, error: Any) -> None:
        if not isinstance(error, Refused | Environment):
            return
        words = self.texts.refusal(error.code, **error.facts)
        line = next((line for line in self.lines if line.row.lot == error.facts.get("lot")), None)
        if line is not None:
            line.reason.refuse(words)
            line.reason.go_to()
        elif not self.show_refusal(error):
            self._words_below.setText(words)
