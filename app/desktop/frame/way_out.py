"""What the user can do about why a round ended, one press away: enter the code, or read a new enrolment file."""

from functools import partial

from PySide6.QtCore import QObject

from app.desktop.frame.pages import Action, OpenPage

_BY_CODE = frozenset({"not_admitted", "code_wrong"})
_BY_FILE = frozenset({"authority_unknown", "certificate_name", "code_used", "code_expired"})
"""A code is good for the file it was made with alone."""


class WayOut(QObject):
    """`of` a round's end gives what leads to where it is mended, None where nothing here does."""

    def __init__(self, open_page: OpenPage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_page = open_page

    def of(self, error: str) -> Action | None:
        if error in _BY_CODE:
            return Action(self.tr("Enter the code"), partial(self._open_page, "settings", "code"), "", "settings")
        if error in _BY_FILE:
            words = self.tr("Read a new enrolment file…")
            return Action(words, partial(self._open_page, "settings", "file"), "", "settings")
        return None
