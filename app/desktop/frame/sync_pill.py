"""The sync pill: calm when all is well, says its age, turns to words at one day and at three days."""

from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.base.clock import SECOND, Clock
from app.base.texts import Texts
from app.desktop.parts.button import Button
from app.desktop.parts.label import tip
from app.desktop.theme.theme import Theme
from app.sync.loop import FOR_PEOPLE

DAY_S = 86_400
REFRESH_MS = 30_000
REVOKED = "revoked"
"""The code of the center's no to a computer that it has shut out."""
NOT_THE_CENTER = frozenset({"portal", "intercepted", "certificate_bad", "not_our_center"})
"""Only a person can mend these too, though they may pass by themselves."""


@dataclass(frozen=True, slots=True)
class SyncState:
    """What the pill must know. Ages in seconds, `last_contact` an instant; `behind`: about how many are to be fetched;
    `trouble`: the code of why, where it stuck."""

    unsent: int = 0
    oldest_unsent_age_s: int | None = None
    last_contact: int | None = None
    running: bool = False
    attention: int = 0
    behind: int = 0
    trouble: str = ""


def refused_in(texts: Texts, code: str, **facts: object) -> str:
    """The words of what ended a round; a center that is newer may say no in ways this program has no words for."""
    return texts.refusal(code if texts.knows_refusal(code) else "center_refused", **facts)


class SyncPill(Button):
    """Shows a `SyncState`; pressing it asks for the panel that explains."""

    def __init__(self, theme: Theme, texts: Texts, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "quiet", parent=parent)
        self._texts, self._clock = texts, clock
        self._state = SyncState()
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._say)
        self._timer.start()
        self._say()

    @property
    def tone(self) -> str:
        return self._tone

    def show_state(self, state: SyncState) -> None:
        self._state = state
        self._say()

    def speak(self, texts: Texts) -> None:
        self._texts = texts
        self._say()

    def _say(self) -> None:
        words, icon, self._tone = self._read(self._state)
        if self._state.attention and not self._state.running:
            more = self.tr("%n to look at", "", self._state.attention)
            words = f"{words} · {more}"
            if self._tone in ("quiet", "good"):
                icon, self._tone = "warning", "warn"
        self.say(words, icon)
        why = self._texts.kept_refusal(self._state.trouble) if self._state.trouble else ""
        self.setToolTip(tip(why))
        self.setAccessibleName(" ".join(filter(None, (self.tr("Sync"), words, why))))
        self.set_tone(self._tone)

    def _read(self, state: SyncState) -> tuple[str, str, str]:
        """Words, icon and tone of a state."""
        if state.running:
            return self.tr("Syncing…"), "sync", "accent"
        cause = self._texts.cause(state.trouble) if state.trouble else ""
        if state.trouble == REVOKED:
            return cause, "danger", "danger"
        is_for_people = state.trouble in FOR_PEOPLE or state.trouble in NOT_THE_CENTER
        contact_s = None if state.last_contact is None else (self._clock() - state.last_contact) // SECOND
        age = None if contact_s is None else self._texts.age_words(contact_s)
        if state.unsent:
            days = (state.oldest_unsent_age_s or 0) // DAY_S
            waited = self.tr("%n record(s)", "", state.unsent)
            if days >= 1:
                told = self.tr("not uploaded for %n day(s)", "", days)
                tone = "danger" if days >= 3 else "warn"
                return f"{waited} · {told}", "danger" if days >= 3 else "warning", tone
            if is_for_people:
                return f"{waited} · {cause}", "warning", "warn"
            waiting = self.tr("%n to upload", "", state.unsent)
            return (f"{waiting} · {age}" if age else waiting), "upload", "quiet"
        if contact_s is None or age is None:
            never = self.tr("Never synced")
            return (f"{never} · {cause}", "warning", "warn") if is_for_people else (never, "cloud-off", "quiet")
        days = contact_s // DAY_S
        if days >= 1:
            told = self.tr("No contact for %n day(s)", "", days)
            return told, "danger" if days >= 3 else "warning", "danger" if days >= 3 else "warn"
        if cause:
            told = self.tr("{cause} · contact {age}").format(cause=cause, age=age)
            return (told, "warning", "warn") if is_for_people else (told, "cloud-off", "quiet")
        if state.behind:
            coming = self.tr("About %n to fetch", "", state.behind)
            return f"{coming} · {age}", "download", "quiet"
        return self.tr("Up to date · {age}").format(age=age), "good", "good"
