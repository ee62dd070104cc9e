"""One conflict: the values side by side, who, when and where, what was before; one key each, or "both are wrong"."""

from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.forms.kept import DraftKeeper
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.syncing.both_wrong import BothWrong
from app.desktop.syncing.keyed_card import KeyedCard, key_of
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Grid, Row
from app.features.cases.commands_undo import SettleDispute
from app.features.cases.disputes import DisputeRow
from app.features.people.commands import ShowInFull
from app.journal.drafts import Finishing


class DisputeCard(KeyedCard):
    """Focused, the keys 1, 2 … take a value and 0 opens the third way. `revealed` with the person to show in full."""

    revealed = Signal(str)

    def __init__(self, desk: Desk, words: SyncWords, row: DisputeRow, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, "s12", parent)
        self._desk, self._words, self.row = desk, words, row
        theme = desk.theme
        head = Row(theme, gap="s8")
        title = " · ".join(filter(None, (desk.texts.kind(row.kind), row.subject)))
        head.addWidget(Label(theme, title, "strong", cut=True, parent=self), 1)
        if row.is_masked:
            show = Button(theme, self.tr("Show in full"), "quiet", "eye", parent=self)
            show.clicked.connect(self._reveal)
            head.addWidget(show)
        self.body.addLayout(head)
        self.body.addLayout(self._table())
        self.buttons = self._choices()
        self._error = Label(theme, "", "small", "danger", wrap=True, parent=self)
        self._error.hide()
        self.body.addWidget(self._error)
        self.both: BothWrong | None = None
        self._draft = f"settle:{row.id}:{row.group}"
        self._keeper: DraftKeeper | None = None
        self.setAccessibleName(self.tr("Conflict: {title}").format(title=title))
        self.listen(len(row.versions), least=0)

    def answer(self, digit: int) -> None:
        if digit:
            self.choose(digit - 1)
        else:
            self.open_both_wrong()

    def choose(self, place: int) -> None:
        """Take the value that stands at this place."""
        self._settle(choice=self.row.versions[place].write)

    def open_both_wrong(self) -> None:
        if self.both is None:
            self.both = BothWrong(self._desk, self._words, self.row, self)
            self.both.save_asked.connect(self._typed)
            self._keeper = DraftKeeper(self._desk.work, self.both, self._draft)
            self._keeper.look()
            self.body.addWidget(self.both)
            self.both.show()
        self.both.start()

    def _table(self) -> Grid:
        """A column for every value and one for what was before; a line for every field that differs, and below them,
        quietly, for what tells whom it is about."""
        theme, row, words = self._desk.theme, self.row, self._words
        lines = (*row.fields, *row.beside)
        grid = Grid(theme, across="s24", down="s4")
        columns: list[tuple[str, str, Any]] = []
        for place, version in enumerate(row.versions, start=1):
            who = version.staff_name or self.tr("somebody")
            when = words.when(version.at) if version.at is not None else ""
            columns.append((f"{place}  {who}", " · ".join(filter(None, (version.place, when))), version.values))
        if row.before is not None:
            columns.append((self.tr("Before"), "", row.before))
        for at, (title, below, values) in enumerate(columns, start=1):
            grid.setColumnStretch(at, 1)
            is_before = row.before is not None and at == len(columns)
            holder = Column(theme, gap="")
            tone = "quiet" if is_before else "accent"
            holder.addWidget(Label(theme, title, "strong", tone, cut=True, parent=self))
            holder.addWidget(Label(theme, below, "small", "quiet", cut=True, parent=self))
            grid.addLayout(holder, 0, at)
            for line, name in enumerate(lines, start=1):
                said = words.values.value(row.kind, name, values.get(name), row.names)
                is_quiet = is_before or name in row.beside
                shown = Label(theme, said, "body", "quiet" if is_quiet else "text", wrap=True, parent=self)
                grid.addWidget(shown, line, at, Qt.AlignmentFlag.AlignTop)
        for line, name in enumerate(lines, start=1):
            label = Label(theme, self._desk.texts.field(name, row.kind), tone="quiet", parent=self)
            grid.addWidget(label, line, 0, Qt.AlignmentFlag.AlignTop)
        return grid

    def _choices(self) -> list[Button]:
        holder = QWidget(self)
        flow = Flow(self._desk.theme, holder)
        buttons = []
        for place, version in enumerate(self.row.versions, start=1):
            who = version.staff_name or self.tr("somebody")
            same = sum(each.staff_name == version.staff_name for each in self.row.versions) > 1
            if same:
                who = self.tr("value {number}").format(number=place)
            button = Button(
                self._desk.theme, self.tr("{who} is right").format(who=who), "soft", key=key_of(place), parent=holder
            )
            button.clicked.connect(self._pressed)
            flow.addWidget(button)
            buttons.append(button)
        neither = Button(self._desk.theme, self.tr("Both are wrong"), "plain", key="0", parent=holder)
        neither.clicked.connect(self.open_both_wrong)
        flow.addWidget(neither)
        self.body.addWidget(holder)
        return buttons

    def _pressed(self) -> None:
        self.choose(next(at for at, button in enumerate(self.buttons) if button is self.sender()))

    def _typed(self) -> None:
        if self.both is not None:
            self._settle(values=msgspec.json.encode(self.both.right_values()).decode(), reason=self.both.why())

    def _settle(self, choice: str | None = None, values: str | None = None, reason: str | None = None) -> None:
        row = self.row
        command = SettleDispute(
            kind=row.kind,
            id=row.id,
            group=row.group,
            bases=tuple(version.write for version in row.versions),
            choice=choice,
            values=values,
            reason=reason,
        )
        if self._keeper is not None:
            self._keeper.finish(command, self._settled, self._refused)
        else:
            self._desk.work.do(Finishing(command, self._draft), self._settled, self._refused)

    def _settled(self, _outcome: Any) -> None:
        self._desk.say(self.tr("Settled. The other value stays in the history"), "good", None)

    def _refused(self, error: Any) -> None:
        if self.both is not None and self.both.show_refusal(error):
            return
        if isinstance(error, Refused | Environment):
            self._error.setText(self._desk.texts.refusal(error.code, **error.facts))
            self._error.show()

    def _reveal(self) -> None:
        fields = self.row.fields + self.row.beside
        command = ShowInFull(person=self.row.id, fields=fields, purpose="VERIFY")
        self._desk.work.do(command, self._may_see, self._refused)

    def _may_see(self, _outcome: Any) -> None:
        self.revealed.emit(self.row.id)
