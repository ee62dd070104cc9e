"""One thing that a person should look at: about what, why, who wrote what in place of what; it is settled here."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.lists.history import History, HistoryEntry
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Card
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Row
from app.features.org.reviews import UNDONE_UNSEEN, OpenReview, SettleReview


class ReviewCard(Card):
    def __init__(
        self,
        desk: Desk,
        words: SyncWords,
        row: OpenReview,
        subject: str,
        case: str,
        past: Sequence[HistoryEntry] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`case`: on whose page the record is to be seen; empty where there is none. `past`: what was written, where it
        is known here."""
        super().__init__(desk.theme, "s8", parent)
        self._desk, self.row, self._case = desk, row, case
        theme, texts = desk.theme, desk.texts
        head = Row(theme, gap="s8")
        head.addWidget(Icon(theme, "warning", "warn", "icon_small", self))
        title = " · ".join(filter(None, (texts.kind(row.kind), subject)))
        head.addWidget(Label(theme, title, "strong", cut=True, parent=self), 1)
        self.body.addLayout(head)
        self.body.addWidget(Label(theme, texts.code("REVIEW", row.code), wrap=True, parent=self))
        if past:
            self.body.addWidget(History(theme, texts, desk.clock, past, self))
        else:
            below = " · ".join(filter(None, (row.by_name, words.when(row.at))))
            self.body.addWidget(Label(theme, below, "small", "quiet", cut=True, parent=self))
        holder = QWidget(self)
        flow = Flow(theme, holder)
        self.look = Button(theme, self.tr("Open the case"), "plain", parent=holder)
        self.look.setAccessibleName(f"{self.look.text()} {title}")
        self.look.clicked.connect(self._open)
        self.look.setVisible(bool(case))
        flow.addWidget(self.look)
        stand = self.tr("Let it stand") if row.code == UNDONE_UNSEEN else self.tr("Looked at, it is right")
        self.stands = Button(theme, stand, "soft", parent=holder)
        self.stands.setAccessibleName(f"{stand} {title}")
        self.stands.clicked.connect(self._let_stand)
        flow.addWidget(self.stands)
        back = self.tr("Take back all of it")
        self.back = Button(theme, back, "plain", parent=holder)
        self.back.setAccessibleName(f"{back} {title}")
        self.back.clicked.connect(self._take_back)
        self.back.setVisible(row.code == UNDONE_UNSEEN)
        flow.addWidget(self.back)
        self.body.addWidget(holder)
        self._error = Label(theme, "", "small", "danger", wrap=True, parent=self)
        self._error.hide()
        self.body.addWidget(self._error)
        self.setAccessibleName(self.tr("To look at: {title}").format(title=title))

    def _open(self) -> None:
        self._desk.open_page("cases", self._case)

    def _let_stand(self) -> None:
        self._settle(SettleReview(review=self.row.id))

    def _take_back(self) -> None:
        self._settle(SettleReview(review=self.row.id, take_back=True, note=self.back.text()))

    def _settle(self, command: SettleReview) -> None:
        """Once: pressed again before the answer came, it would say that there is nothing to settle."""
        self._set_free(False)
        self._desk.work.do(command, self._settled, self._refused)

    def _set_free(self, free: bool) -> None:
        for button in (self.stands, self.back):
            button.setEnabled(free)

    def _settled(self, _outcome: Any) -> None:
        self._desk.say(self.tr("Settled. It stays in the history"), "good", None)

    def _refused(self, error: Any) -> None:
        self._set_free(True)
        if isinstance(error, Refused | Environment):
            self._error.setText(self._desk.texts.refusal(error.code, **error.facts))
            self._error.show()
