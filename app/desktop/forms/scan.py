"""The field a scanner types into. The input method is off, or it would swallow the keys."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme.theme import Theme

HAND_S = 0.05
"""A hand leaves more than this between two keys, a scanner less."""

SHORTEST_CODE = 6


class _ScanEdit(QLineEdit):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dress()
        theme.changed.connect(self._dress)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.sizes.icon_small
        place = QRectF(self._theme.sizes.s8, (self.height() - side) / 2, side, side)
        self._theme.draw_icon(QPainter(self), "scan", "quiet", place)

    def _dress(self) -> None:
        self.setTextMargins(self._theme.sizes.icon_small + self._theme.sizes.s8, 0, 0, 0)


class ScanField(Field):
    """`typed` asks for suggestions, `chosen` gives the key of one, `scanned` a code that came with Enter.

    It empties itself after each; its value is what still stands in it.
    """

    typed = Signal(str)
    chosen = Signal(object)
    scanned = Signal(str)

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        placeholder: str = "",
        required: bool = False,
        bare: bool = False,
        width: str = "wide_field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._started = 0.0
        self.edit = _ScanEdit(theme, self)
        self.edit.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.edit.setPlaceholderText(placeholder)
        self._list = Suggestions(theme, self.edit)
        self._list.chosen.connect(self._choose)
        self.edit.textEdited.connect(self._edited)
        self._put(self.edit)

    def offer(self, items: Sequence[Suggestion]) -> None:
        """Suggestions for what is typed now."""
        self._list.offer(items if self.edit.text() else ())

    def value(self) -> str | None:
        return self.edit.text().strip() or None

    def set_value(self, value: object) -> None:
        self.edit.setText("" if value is None else str(value))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.edit.text().strip():
                if self._by_scanner() or self._list.isHidden():
                    self._scan()
                    return True
                return False  # the list takes it
            if not self.edit.text():
                self._started = time.monotonic()
        return super().eventFilter(watched, event)

    def _by_scanner(self) -> bool:
        length = len(self.edit.text())
        return length >= SHORTEST_CODE and time.monotonic() - self._started < HAND_S * length

    def _scan(self) -> None:
        code = self.edit.text().strip()
        self._empty()
        self.scanned.emit(code)

    def _choose(self, key: object) -> None:
        self._empty()
        self.chosen.emit(key)

    def _empty(self) -> None:
        self.edit.clear()
        self._list.offer(())
        self.accept()

    def _edited(self, text: str) -> None:
        if not text.strip():
            self._list.offer(())
        self._touched()
        self.typed.emit(text.strip())
