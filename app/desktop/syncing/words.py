"""How values, rounds and reasons of sync are said."""

from PySide6.QtCore import QObject

from app.base.clock import SECOND, Clock
from app.base.texts import Texts
from app.desktop.frame.sync_pill import REVOKED
from app.desktop.lists.history_words import HistoryWords
from app.desktop.lists.value_words import ValueWords
from app.sync.kept_apart import Aside
from app.sync.reports import CANCELLED, OK, Progress
from app.sync.status import PastRound, Standing
from app.sync.unpacking import BY_HAND

KILO = 1024


class SyncWords(QObject):
    """`values`: for single ones; `written`: for what somebody wrote and what it replaced."""

    def __init__(self, texts: Texts, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.texts, self._clock = texts, clock
        self.values = ValueWords(texts, clock, self)
        self.written = HistoryWords(texts, clock, self)

    def titled(self, kind: str, called: str) -> str:
        """A record as it is spoken of."""
        return " · ".join(filter(None, (self.texts.kind(kind), called)))

    def when(self, instant: int) -> str:
        return self.texts.day_words(instant, self._clock())

    def age(self, instant: int) -> str:
        return self.texts.age_words(max(0, self._clock() - instant) // SECOND)

    def headline(self, now: Standing) -> tuple[str, str, str]:
        """Words, tone and icon for how it stands."""
        if now.admitted and now.last_error == REVOKED:  # nothing goes or comes any more, however much waits
            return self.tr("The center has shut this computer out"), "danger", "danger"
        if not now.admitted and now.last_contact is None:
            return self.tr("Not yet known to the center"), "warn", "cloud-off"
        if now.unsent:
            words = self.tr("%n record(s) wait to be uploaded", "", now.unsent)
            days = (now.oldest_unsent_age_s or 0) // 86_400
            tone = "danger" if days >= 3 else "warn" if days >= 1 else "accent"
            return words, tone, "upload"
        if now.last_contact is None:
            return self.tr("Never synced"), "warn", "cloud-off"
        if now.behind:
            return self.tr("About %n record(s) still to fetch", "", now.behind), "accent", "download"
        if now.last_error:
            return self.tr("Nothing waits here; the last round was not finished"), "warn", "cloud-off"
        return self.tr("Everything is up to date"), "good", "good"

    def photos(self, now: Standing) -> str:
        """How many wait, and what keeps them; empty where none does."""
        if not now.photos_waiting:
            return ""
        waiting = self.tr("%n wait; records go first and never wait for them", "", now.photos_waiting)
        why = self.texts.kept_refusal(now.photo_trouble) if self.texts.knows_refusal(now.photo_trouble) else ""
        return " · ".join(filter(None, (waiting, why)))

    def step(self, moved: Progress | None) -> str:
        """What a round is doing."""
        if moved is None or moved.step == "admitting":
            return self.tr("Calling the center…")
        if moved.step == "fetching":
            megabytes = (f"{size / KILO / KILO:.1f}" for size in (moved.done, moved.total))
            return self.tr("Fetching everything anew: {done} of {total} MB").format(
                **dict(zip(("done", "total"), megabytes, strict=True))
            )
        if moved.step == "offering":
            return self.tr("The center was put back: telling it what is here")
        if moved.step == "saving":
            return self.tr("Saving what came: {done} of {total}").format(done=moved.done, total=moved.total)
        return self.tr("Exchanging: {sent} sent, {received} received").format(sent=moved.sent, received=moved.received)

    def waiting(self, moved: Progress | None) -> str:
        """What is still to go and to come."""
        if moved is None:
            return ""
        parts = []
        if moved.unsent:
            parts.append(self.tr("%n to upload", "", moved.unsent))
        if moved.behind:
            parts.append(self.tr("about %n to fetch", "", moved.behind))
        return " · ".join(parts)

    def outcome(self, code: str) -> tuple[str, str, str]:
        """How a round ended, in few words: these, tone, icon."""
        if code == OK:
            return self.tr("done"), "good", "good"
        if code == BY_HAND:
            return self.tr("by stick"), "good", "usb"
        if code == CANCELLED:
            return self.tr("stopped"), "quiet", "close"
        return self.texts.cause(code), "warn", "warning"

    def past(self, row: PastRound) -> str:
        """All that is kept of one round."""
        said = "" if row.outcome in (OK, BY_HAND) else self.texts.past_cause(row.outcome)
        told = self.tr("{when}: {sent} sent, {received} received; {traffic}.").format(
            when=self.when(row.at), sent=row.sent, received=row.received, traffic=self.traffic(row)
        )
        return ("" if self.texts.language == "zh_CN" else " ").join(filter(None, (told, said)))

    def traffic(self, past: PastRound) -> str:
        return self.tr("up {out} KB, down {come} KB").format(
            out=-(-past.bytes_out // KILO), come=-(-past.bytes_in // KILO)
        )

    def aside(self, row: Aside) -> str:
        """Why a record waits apart, and what becomes of it."""
        reasons = {
            "newer": self.tr("It needs a newer program; it is taken up by itself after the next update."),
            "malformed": self.tr("It arrived damaged; the administrator of the center can see it."),
            "apply_failed": self.tr("It could not be entered; the administrator of the center can see it."),
            "waits": self.tr("It waits for another record that has not arrived yet; nothing is to be done."),
            "on_dropped": self.tr(
                "It stands on a record that the center will not take in; ask the administrator of the center."
            ),
            "not_allowed": self.tr("The center does not take this from your post; ask the head of the point."),
            "actor_unknown": self.tr(
                "The center does not know yet who wrote it; once it does, it is taken up by itself."
            ),
            "revoked": self.tr("It was written after this computer was shut out; ask the center."),
        }
        return reasons.get(row.code, self.tr("The center keeps it apart; ask the administrator of the center."))
