"""The third way out of a conflict: neither value is right, and this is."""

from typing import Any

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.choice import Choice, ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.day import DayField
from app.desktop.forms.field import Field
from app.desktop.forms.form import Form
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField
from app.desktop.forms.text import TextField
from app.desktop.parts.button import Button
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.cases.disputes import DisputeRow
from app.features.codes import Codes
from app.journal import fields as types
from app.journal.entities import find_entity


class BothWrong(Form):
    """Fields for what differs; the rest of the group stays as both have it. Masked values are typed anew."""

    def __init__(self, desk: Desk, words: SyncWords, row: DisputeRow, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk, self._words, self._row = desk, words, row
        theme = desk.theme
        column = Column(theme, self, gap="s12")
        flow = Flow(theme)
        column.addLayout(flow)
        entity = find_entity(row.kind)
        self._of = dict(entity.groups[row.group]) if entity else {}
        for name in row.fields:
            field = self._field(name)
            if field is not None:
                flow.addWidget(self.add(field))
        self._reason = TextField(
            theme, "reason", self.label("reason"), longest=400, required=True, width="wide_field", parent=self
        )
        flow.addWidget(self.add(self._reason))
        below = Flow(theme)
        column.addLayout(below)
        save = Button(theme, self.tr("This is right"), "primary", key="Ctrl+Enter", parent=self)
        save.clicked.connect(self.ask_save)
        below.addWidget(save)

    def right_values(self) -> dict[str, Any]:
        """What was typed, and nothing else: what is shown of the rest may be masked."""
        return {field.identifier: field.value() for field in self.fields if field.identifier in self._of}

    def why(self) -> str | None:
        return self._reason.value()

    def _field(self, name: str) -> Field | None:
        """The field that fits the type."""
        of, label, theme = self._of.get(name), self.label(name, self._row.kind), self.theme
        if isinstance(of, types.Code) and isinstance(of.table, Codes):
            return ChoiceField(theme, name, label, coded(self.texts, of.table), parent=self)
        if isinstance(of, types.Flag):
            return _FlagField(
                theme, name, label, [Choice("1", self.tr("yes")), Choice("0", self.tr("no"))], parent=self
            )
        if isinstance(of, types.Integer):
            return NumberField(theme, name, label, least=of.least, most=of.most, parent=self)
        if isinstance(of, types.Instant):
            return DateTimeField(theme, name, label, self.texts, self._desk.clock, parent=self)
        if isinstance(of, types.Day):
            return DayField(theme, name, label, self._desk.clock, parent=self)
        if isinstance(of, types.Ref):
            choices = [
                Choice(id_, self._row.names.get(id_) or self.texts.kind(of.kind))
                for id_ in dict.fromkeys(str(each.values[name]) for each in self._row.versions if each.values[name])
            ]
            return ChoiceField(theme, name, label, choices, parent=self)
        limit = of.limit if isinstance(of, types.Text) else 40
        return TextField(theme, name, label, longest=limit, parent=self)


class _FlagField(ChoiceField):
    """Yes, no, or not said."""

    def value(self) -> Any:
        chosen = super().value()
        return None if chosen is None else chosen == "1"
