"""The field for a time: shown as people say it, typed in as few keys as there are."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.forms.field import Field
from app.desktop.forms.moments import read_moment
from app.desktop.theme.theme import Theme


class DateTimeField(Field):
    """An instant, or None. `ahead` for times to come, where "21" is the next 21st."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        texts: Texts,
        clock: Clock,
        *,
        ahead: bool = False,
        required: bool = False,
        bare: bool = False,
        width: str = "field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._texts, self._clock, self._ahead = texts, clock, ahead
        self._instant: int | None = None
        self._typed = False
        self.edit = QLineEdit(self)
        self.edit.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.edit.setToolTip(self.tr("1420 · yesterday 1420 · 21 1420 · now"))
        self.edit.textEdited.connect(self._edited)
        self.edit.editingFinished.connect(self._read)
        self._put(self.edit)

    def value(self) -> int | None:
        self._read()
        return self._instant

    def glance(self) -> int | None:
        """What stands there as far as it is understood; what is being typed stays as it is."""
        if not self._typed:
            return self._instant
        return read_moment(self.edit.text().strip(), self._clock(), ahead=self._ahead)

    def set_value(self, value: object) -> None:
        self._instant = value if isinstance(value, int) else None
        self._typed = False
        self._say()

    def draft(self) -> object:
        return {"instant": self._instant, "typed": self.edit.text() if self._typed else None}

    def load_draft(self, kept: object) -> None:
        if isinstance(kept, dict):
            self.set_value(kept.get("instant"))
            if kept.get("typed"):
                self.edit.setText(str(kept["typed"]))
                self._typed = True

    def mistake(self) -> str:
        self._read()
        if not self._typed:
            return ""
        return self.tr("This time is not understood; type it like 1420, yesterday 1420 or 21 1420")

    def _edited(self) -> None:
        self._typed = True
        self._touched()

    def _read(self) -> None:
        """Understand what was typed; what is not understood stays as it is."""
        if not self._typed:
            return
        text = self.edit.text().strip()
        read = read_moment(text, self._clock(), ahead=self._ahead)
        if read is not None or not text:
            self._instant, self._typed = read, False
            self._say()

    def _say(self) -> None:
        said = "" if self._instant is None else self._texts.day_words(self._instant, self._clock())
        self.edit.setText(said)
