"""This computer and its center: whether it was taken in, the one-time code that was left for later, and a new enrolment
file (`renewal.py`)."""

from functools import partial

from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.text import TextField
from app.desktop.frame.office import Standing
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label, Tag
from app.desktop.settings.renewal import Renewal
from app.desktop.settings.titled import TitledCard
from app.desktop.theme.layouts import Column, Row


class CodeForm(Form):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        column = Column(desk.theme, self, gap="s12")
        label = self.tr("Enrolment code")
        self.code = self.add(
            TextField(desk.theme, "code", label, latin=True, longest=40, required=True, width="wide_field")
        )
        column.addWidget(self.code)


class CenterCard(TitledCard):
    """After the code is kept a round of sync is asked for: it uses it at once where there is a network."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.tr("Center"), parent=parent)
        head = Row(desk.theme, gap="s8")
        self.city = Label(desk.theme, cut=True, parent=self)
        head.addWidget(self.city, 1)
        self.tag = Tag(desk.theme, "", "quiet", "", self)
        head.addWidget(self.tag)
        self.body.addLayout(head)
        self.words = Label(desk.theme, tone="quiet", wrap=True, parent=self)
        self.body.addWidget(self.words)
        self.form = CodeForm(desk, self)
        self.form.save_asked.connect(self._keep)
        self.body.addWidget(self.form)
        self.button = Button(desk.theme, self.tr("Keep the code and sync"), parent=self)
        self.button.clicked.connect(self.form.ask_save)
        foot = Row(desk.theme)
        foot.addWidget(self.button)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self.renewal = Renewal(desk, self)
        self.renewal.code_wanted.connect(self._go_for_code)
        self.body.addWidget(self.renewal)
        self._ask_code(asked=False)
        desk.rounds.ended.connect(self._look)
        self._look()

    def go_to_code(self) -> None:
        self.form.start()

    def _go_for_code(self) -> None:
        """A new file has a code of its own."""
        self._ask_code(asked=True)
        self.go_to_code()
        self._look()

    def _look(self, _how: object = None) -> None:
        if self.desk.office is not None:
            self.desk.work.ask(self.desk.office.standing, self._show, slot=(id(self), "standing"))

    def _show(self, now: Standing) -> None:
        self.city.setText(now.city)
        if now.is_shut_out:
            self.tag.say(self.tr("Shut out"), "danger", "danger")
            self.words.setText(self.desk.texts.refusal("revoked"))
        elif now.admitted_at is not None:
            self.tag.say(self.tr("Taken in"), "good", "good")
            when = self.desk.texts.day_words(now.admitted_at, self.desk.clock())
            self.words.setText(self.tr("Taken in {when}. It syncs by itself; F5 syncs at once.").format(when=when))
        elif now.has_code:
            self.tag.say(self.tr("Waits for a network"), "accent", "clock")
            self.words.setText(self.tr("The code is kept; it is used at the first contact. Until then all stays here."))
        else:
            self.tag.say(self.tr("Not yet"), "warn", "warning")
            self.words.setText(self.tr("You can work; to sync, enter the code the center gave you."))
        self._ask_code(asked=now.admitted_at is None)

    def _ask_code(self, *, asked: bool) -> None:
        here = QApplication.focusWidget()
        if not asked and here is not None and self.isAncestorOf(here):
            here.clearFocus()  # or the keyboard would find itself on another card's button
        self.form.setVisible(asked)
        self.button.setVisible(asked)

    def _keep(self) -> None:
        if self.desk.office is not None and self.button.isEnabled():
            self.button.setEnabled(False)
            write = partial(self.desk.office.keep_code, str(self.form.code.value() or ""))
            self.desk.work.run(partial(self.desk.work.write_and_wait, write), self._kept, self._refused)

    def _kept(self, _nothing: object) -> None:
        self.button.setEnabled(True)
        self.form.clear()
        self.desk.rounds.asked.emit()
        self._look()

    def _refused(self, error: object) -> None:
        self.button.setEnabled(True)
        if not (isinstance(error, Exception) and self.form.show_refusal(error)):
            self.desk.work.trouble.emit(error)
