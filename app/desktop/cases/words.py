"""How a case is said: its state, and why it cannot wait."""

from PySide6.QtCore import QObject

from app.base.texts import Texts
from app.features.cases.queries import CaseRow

_TONES = {"CLOSED": "quiet", "WAIT_ARRIVAL": "warn", "REFERRED": "accent", "FOLLOWING": "accent"}
_STATE_ICONS = {"OPEN": "case", "CLOSED": "good", "WAIT_ARRIVAL": "clock", "REFERRED": "referral", "FOLLOWING": "eye"}


class CaseWords(QObject):
    """Words for rows; one for a page."""

    def __init__(self, texts: Texts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._texts = texts

    def status(self, row: CaseRow) -> tuple[str, str, str]:
        """(word, tone, icon): the most urgent sign, else the state."""
        if row.signs:
            return self.sign(row.signs[0])
        return self.state(row)

    def state(self, row: CaseRow) -> tuple[str, str, str]:
        """(word, tone, icon) of how far it is, whatever its signs."""
        status = row.case_status or "OPEN"
        word = self._texts.code("CASE_STATUS", status)
        return word, _TONES.get(status, "quiet"), _STATE_ICONS.get(status, "case")

    def sign(self, sign: str) -> tuple[str, str, str]:
        words = {
            "DANGER": self.tr("In danger"),
            "MINOR": self.tr("A minor"),
            "WAITING": self.tr("Nobody came"),
            "OVERDUE": self.tr("Overdue"),
            "BACKLOG": self.tr("Not met yet"),
        }
        tone = "danger" if sign in ("DANGER", "MINOR") else "warn"
        return words.get(sign, sign), tone, "danger" if tone == "danger" else "warning"
