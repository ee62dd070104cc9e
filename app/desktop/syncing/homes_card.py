"""A record that was given to several points at once: which points, by whom and when; one key each decides."""

from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.syncing.keyed_card import KeyedCard, key_of
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.org.homes import Home
from app.features.org.reviews import OpenReview, SettleReview


class HomesCard(KeyedCard):
    def __init__(
        self, desk: Desk, words: SyncWords, row: OpenReview, subject: str, case: str, parent: QWidget | None = None
    ) -> None:
        """`case`: on whose page the record is to be seen; empty where there is none."""
        super().__init__(desk.theme, "s8", parent)
        self._desk, self._words, self.row, self._case = desk, words, row, case
        theme, texts = desk.theme, desk.texts
        head = Row(theme, gap="s8")
        head.addWidget(Icon(theme, "warning", "warn", "icon_small", self))
        title = words.titled(row.kind, subject)
        head.addWidget(Label(theme, title, "strong", cut=True, parent=self), 1)
        self.body.addLayout(head)
        self.body.addWidget(Label(theme, texts.code("REVIEW", row.code), wrap=True, parent=self))
        sides = Row(theme, gap="s24")
        for place, home in enumerate(row.homes, start=1):
            sides.addLayout(self._side(place, home), 1)
        self.body.addLayout(sides)
        holder = QWidget(self)
        flow = Flow(theme, holder)
        self.buttons = []
        for place, home in enumerate(row.homes, start=1):
            button = Button(
                theme,
                self.tr("It goes to {point}").format(point=self._called(home)),
                "soft",
                key=key_of(place),
                parent=holder,
            )
            button.setAccessibleName(f"{button.text()} {title}")
            button.clicked.connect(partial(self.answer, place))
            flow.addWidget(button)
            self.buttons.append(button)
        self.look = Button(theme, self.tr("Open the case"), "plain", parent=holder)
        self.look.setAccessibleName(f"{self.look.text()} {title}")
        self.look.clicked.connect(self._open)
        self.look.setVisible(bool(case))
        flow.addWidget(self.look)
        self.body.addWidget(holder)
        self._error = Label(theme, "", "small", "danger", wrap=True, parent=self)
        self._error.hide()
        self.body.addWidget(self._error)
        self.setAccessibleName(self.tr("To decide: {title}").format(title=title))
        self.listen(len(row.homes))

    def answer(self, digit: int) -> None:
        """The record goes to the point at this place. Once: pressed again before the answer came, it would say that
        there is nothing to settle."""
        if not self.buttons[digit - 1].isEnabled():
            return
        home = self.row.homes[digit - 1]
        self._set_free(False)
        self._desk.work.do(
            SettleReview(review=self.row.id, home=home.node), partial(self._settled, home), self._refused
        )

    def _side(self, place: int, home: Home) -> Column:
        side = Column(self._desk.theme, gap="")
        name = self._called(home)
        shown = self.tr("shown there meanwhile") if home.node == self.row.node else ""
        title = " · ".join(filter(None, (f"{place}  {name}", shown)))
        side.addWidget(Label(self._desk.theme, title, "strong", "accent", cut=True, parent=self))
        given = " · ".join(filter(None, (home.by_name, self._words.when(home.at) if home.at else "")))
        side.addWidget(Label(self._desk.theme, given, "small", "quiet", cut=True, parent=self))
        return side

    def _called(self, home: Home) -> str:
        return home.name or self.tr("a point that is not known here")

    def _open(self) -> None:
        self._desk.open_page("cases", self._case)

    def _settled(self, home: Home, _outcome: Any) -> None:
        self._desk.say(self.tr("{point} has it from now on").format(point=self._called(home)), "good", None)

    def _set_free(self, free: bool) -> None:
        for button in self.buttons:
            button.setEnabled(free)

    def _refused(self, error: Any) -> None:
        self._set_free(True)
        if isinstance(error, Refused | Environment):
            self._error.setText(self._desk.texts.refusal(error.code, **error.facts))
            self._error.show()
