"""How one value of a record is said. Values that would identify somebody come masked from those who ask."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.base.clock import Clock
from app.base.texts import Texts
from app.journal import fields as types
from app.journal.entities import find_entity

NO_NAMES: Mapping[str, str] = {}


class ValueWords(QObject):
    def __init__(self, texts: Texts, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts, self._clock = texts, clock

    def value(self, kind: str, name: str, value: Any, names: Mapping[str, str] = NO_NAMES) -> str:
        """`names`: what the records are called that values refer to."""
        if value is None or value == "":
            return self.tr("empty")
        entity = find_entity(kind)
        of = (entity.fields() | dict(entity.sets)).get(name) if entity else None
        if isinstance(value, list | tuple | set | frozenset):
            comma = self.tr(", ", "between the values of one field")
            return comma.join(self.value(kind, name, each, names) for each in value) or self.tr("empty")
        if isinstance(of, types.Code):
            return self._texts.code(of.table.name, str(value))
        if isinstance(of, types.Instant):
            return self._texts.day_words(int(value), self._clock())
        if isinstance(of, types.Ref):
            return names.get(str(value)) or self.tr("a record")
        if isinstance(value, bool):
            return self.tr("yes") if value else self.tr("no")
        return str(value)
