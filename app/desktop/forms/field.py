"""What every field of a form has: a label, an editor, a line for errors under it, and a draft."""

from abc import abstractmethod

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


class Field(QWidget):
    """`changed` by the user's hand, `entered` when Enter says: on to the next.

    `width` is the name of a size, or "" to take what there is. Where a heading beside the line already names the
    field, `bare` leaves the label out; it is still heard as the accessible name.
    """

    changed = Signal()
    entered = Signal()
    is_chosen = False
    """Whether it is answered by choosing, not by writing."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        required: bool = False,
        bare: bool = False,
        width: str = "field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.theme, self.identifier, self.label, self.required = theme, identifier, label, required
        self._width = width
        self._editors: list[QWidget] = []
        self._column = Column(theme, self, gap="s4")
        self._head = QWidget(self)
        head = Row(theme, self._head, gap="s4")
        self._name = Label(theme, label, "small", "quiet", parent=self._head)
        head.addWidget(self._name)
        if required:
            head.addWidget(Label(theme, "*", "small", "danger", parent=self._head))
        head.addStretch(1)
        self._hint = Label(theme, "", "small", "quiet", parent=self._head)
        head.addWidget(self._hint)
        self._head.setVisible(not bare)
        self._column.addWidget(self._head)
        self._error = QWidget(self)
        error = Row(theme, self._error, gap="s4")
        error.addWidget(Icon(theme, "warning", "danger", "icon_small", self._error), 0, Qt.AlignmentFlag.AlignTop)
        self._words = Label(theme, "", "small", "danger", wrap=True, parent=self._error)
        error.addWidget(self._words, 1)
        self._error.hide()
        self._column.addWidget(self._error)
        self._column.addStretch(1)  # beside a taller field it stays at the top
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._size()
        theme.changed.connect(self._size)

    # what kinds of fields give

    @abstractmethod
    def value(self) -> object:
        """What is to be saved; None where there is nothing."""

    @abstractmethod
    def set_value(self, value: object) -> None:
        """Put a value in; `changed` stays silent."""

    def draft(self) -> object:
        """What must be kept of it when the power goes: plain JSON."""
        return self.value()

    def load_draft(self, kept: object) -> None:
        self.set_value(kept)

    def mistake(self) -> str:
        """Words when what stands there cannot be understood."""
        return ""

    # what forms use

    @property
    def editors(self) -> list[QWidget]:
        return self._editors

    def go_to(self) -> None:
        """The keyboard goes to this field."""
        if self._editors:
            self._editors[0].setFocus(Qt.FocusReason.TabFocusReason)

    def refuse(self, words: str) -> None:
        """Say under the field what is wrong with it."""
        self._words.setText(words)
        self._error.show()
        self._mark_wrong(wrong=True)

    def accept(self) -> None:
        """Take back what was said under it."""
        if not self._error.isHidden():
            self._error.hide()
            self._mark_wrong(wrong=False)

    @property
    def refusal(self) -> str:
        return "" if self._error.isHidden() else self._words.text()

    def set_required(self, required: bool) -> None:
        self.required = required

    def set_hint(self, words: str) -> None:
        """A quiet word at the right of the label."""
        self._hint.setText(words)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
                self.entered.emit()
                return True
        return False

    # for the kinds

    def _put(self, shown: QWidget, *editors: QWidget) -> None:
        """Place what is seen; `editors` in it take the focus (itself when none is named)."""
        self._editors = list(editors or (shown,))
        self._column.insertWidget(1, shown)
        for editor in self._editors:
            editor.installEventFilter(self)
            required = self.tr("required") if self.required else ""
            editor.setAccessibleName(" ".join(filter(None, (self.label, required))))
        self.setFocusProxy(self._editors[0])

    def _touched(self) -> None:
        self.accept()
        self.changed.emit()

    def _mark_wrong(self, *, wrong: bool) -> None:
        for editor in self._editors:
            editor.setProperty("wrong", wrong)
            editor.setAccessibleDescription(self._words.text() if wrong else "")
            editor.style().unpolish(editor)
            editor.style().polish(editor)
            editor.update()

    def _size(self) -> None:
        if self._width:
            self.setFixedWidth(getattr(self.theme.sizes, self._width))
