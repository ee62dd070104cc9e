"""Fields of a form made from the declaration of a record: its types, choices and limits stand there alone."""

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.field import Field
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField
from app.desktop.forms.text import NoteField, TextField
from app.desktop.theme.theme import Theme
from app.features.codes import TABLES
from app.journal import fields as types
from app.journal.entities import find_entity

_ONE_LINE, _WIDE = 60, 400
_LATIN = frozenset({"id_no", "phone", "kin_phone", "guardian_phone", "guide_card_no"})
"""Numbers, before which an input method would only stand in the way."""
_ROWS = frozenset({"refusal_reason", "ineligible_reason", "close_type", "disposition", "follow_result", "method"})
"""Choices that are shown as chips, because they are what the form is about."""


class RecordFields:
    """Makes the fields of one kind of record, with the words of the user's language."""

    def __init__(self, theme: Theme, texts: Texts, clock: Clock, kind: str) -> None:
        entity = find_entity(kind)
        if entity is None:
            raise KeyError(kind)
        self._theme, self._texts, self._clock, self.kind = theme, texts, clock, kind
        self._single, self._sets = entity.fields(), dict(entity.sets)

    def make(self, name: str, *, leave_out: Collection[str] = (), parent: QWidget | None = None) -> Field:
        """The field that edits this field of the record; `leave_out`: codes nobody chooses by hand."""
        label = self._texts.field(name, self.kind)
        if name in self._sets:
            return self._chips(name, label, self._sets[name], leave_out, parent, single=False)
        of = self._single[name]
        theme = self._theme
        if isinstance(of, types.Code):
            if name in _ROWS:
                return self._chips(name, label, of, leave_out, parent, single=True)
            choices = coded(self._texts, TABLES[of.table.name], [c for c in of.table.codes if c not in leave_out])
            return ChoiceField(theme, name, label, choices, parent=parent)
        if isinstance(of, types.Flag):
            return CheckField(theme, name, label, parent)
        if isinstance(of, types.Integer):
            unit = _unit(name)
            return NumberField(theme, name, label, unit=unit, least=of.least, most=of.most, parent=parent)
        if isinstance(of, types.Instant):
            return DateTimeField(theme, name, label, self._texts, self._clock, parent=parent)
        if isinstance(of, types.Day):
            return TextField(theme, name, label, placeholder="1980-01-31", latin=True, longest=10, parent=parent)
        limit = of.limit if isinstance(of, types.Text) else _ONE_LINE
        if limit > _WIDE:
            return NoteField(theme, name, label, parent=parent)
        width = "field" if limit <= _ONE_LINE else "wide_field"
        return TextField(theme, name, label, latin=name in _LATIN, longest=limit, width=width, parent=parent)

    def _chips(
        self,
        name: str,
        label: str,
        of: types.Field,
        leave_out: Collection[str],
        parent: QWidget | None,
        *,
        single: bool,
    ) -> Field:
        if not isinstance(of, types.Code):
            raise TypeError(f"{name} holds no codes")
        shown = [code for code in of.table.codes if code not in leave_out]
        choices = coded(self._texts, TABLES[of.table.name], shown)
        return ChipRow(self._theme, name, label, choices, single=single, parent=parent)


def _unit(name: str) -> str:
    if name == "age_est":
        return QCoreApplication.translate("RecordFields", "years")
    if name == "persuasion_minutes":
        return QCoreApplication.translate("RecordFields", "min")
    return "℃" if name == "temperature" else ""
