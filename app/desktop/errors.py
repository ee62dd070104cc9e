"""Where trouble is shown: what the user can mend or must know in one place, crashes in another.

A log of a crash names places in the program, never values: a message may hold a person's name.
"""

import logging
import sys
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject

from app.base.crashes import describe
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.frame.notices import Notices

_log = logging.getLogger(__name__)


class Errors(QObject):
    """Shows a `Refused` or an `Environment` that no field takes as a notice."""

    def __init__(self, notices: Notices, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices, self._texts = notices, texts

    def speak(self, texts: Texts) -> None:
        self._texts = texts

    def show(self, error: object) -> None:
        """Say it; a bug is not said here, its owner has said it already."""
        if isinstance(error, Refused):
            self._notices.tell(self._texts.refusal(error.code, **error.facts), "warn")
        elif isinstance(error, Environment):
            self._notices.tell(self._texts.refusal(error.code, **error.facts), "danger")


class Crashes(QObject):
    """Owns what was not foreseen: drafts are kept, the place is logged, and the work goes on.

    `rescue` is called first, to keep what is typed. `sys.excepthook` is ours from `watch` to `leave`.
    """

    def __init__(self, notices: Notices, rescue: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices, self._rescue = notices, rescue
        self._before = sys.excepthook
        self._busy = False

    def watch(self) -> None:
        self._before = sys.excepthook
        sys.excepthook = self.take

    def leave(self) -> None:
        sys.excepthook = self._before

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            self._before(kind, error, trace)
            return
        _log.error("crash: %s", describe(error))
        if self._busy:  # the rescue itself fails: saying so again and again helps nobody
            return
        self._busy = True
        try:
            self._rescue()
            self._notices.tell(
                self.tr("Something went wrong. What you typed is kept; try again, or open the page anew."), "danger"
            )
        finally:
            self._busy = False
