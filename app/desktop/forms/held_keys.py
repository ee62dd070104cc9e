"""What is typed while a form is being saved or put aside: held until the answer came, and typed then, as if it took no
time.

Nothing is shown of it: an ordinary save takes a few milliseconds, and fields that went grey for it would flicker.
"""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QWidget

_KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease})
_PRESSES = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick, QEvent.Type.ContextMenu})


class HeldKeys(QObject):
    """Between `hold` and `release` the form takes no input. Presses of the mouse are dropped: what they were aimed at,
    such as the second half of a double click on Save, is not there any more afterwards."""

    def __init__(self, form: QWidget) -> None:
        super().__init__(form)
        self._form = form
        self._held: list[QEvent] = []
        self.holds = False

    def hold(self) -> None:
        application = QCoreApplication.instance()
        if application is not None and not self.holds:
            self.holds = True
            application.installEventFilter(self)

    def release(self) -> None:
        """Type what was held into whichever field of the form has the keyboard by now."""
        application = QCoreApplication.instance()
        if application is None or not self.holds:
            return
        self.holds = False
        application.removeEventFilter(self)
        held, self._held = self._held, []
        for event in held:
            field = self._form.focusWidget()  # a key may lead on to the next
            if field is not None:
                QCoreApplication.sendEvent(field, event)

    def drop(self) -> None:
        """The form is done with: there is nothing to type into."""
        self._held = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        is_words = kind == QEvent.Type.InputMethod
        if not (is_words or kind in _KEYS or kind in _PRESSES) or not isinstance(watched, QWidget):
            return False
        if watched is not self._form and not self._form.isAncestorOf(watched):
            return False
        unfinished = isinstance(event, QInputMethodEvent) and not event.commitString()
        if kind not in _PRESSES and not unfinished:
            self._held.append(event.clone())
        return True
