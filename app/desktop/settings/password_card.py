"""Another password for whoever is at work."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.password import AgainField, NewPasswordField, PasswordField
from app.desktop.parts.button import Button
from app.desktop.settings.titled import TitledCard
from app.desktop.theme.layouts import Column, Row


class PasswordForm(Form):
    """The old one, the new one twice. Its draft is empty: nothing of it is written down."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        theme = desk.theme
        column = Column(theme, self, gap="s12")
        self.old = self.add(PasswordField(theme, "password", self.tr("Password until now")))
        self.new = self.add(NewPasswordField(theme, "new_password", self.tr("New password")))
        self.again = self.add(AgainField(theme, self.new))
        for field in self.fields:
            column.addWidget(field)


class PasswordCard(TitledCard):
    """The form opens when it is asked for."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.tr("My password"), parent=parent)
        self.open_button = Button(desk.theme, self.tr("Change the password…"), icon="lock", parent=self)
        self.open_button.clicked.connect(self._open)
        self.form = PasswordForm(desk, self)
        self.form.save_asked.connect(self._change)
        self.body.addWidget(self.form)
        self.button = Button(desk.theme, self.tr("Change the password"), "soft", parent=self)
        self.button.clicked.connect(self.form.ask_save)
        self.leave_button = Button(desk.theme, self.tr("Cancel"), "quiet", parent=self)
        self.leave_button.clicked.connect(self._leave)
        foot = Row(desk.theme, gap="s8")
        for button in (self.open_button, self.button, self.leave_button):
            foot.addWidget(button)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self._show_form(shown=False)

    def _open(self) -> None:
        self._show_form(shown=True)
        self.form.start()

    def _leave(self) -> None:
        self.form.clear()
        self._show_form(shown=False)
        self.open_button.setFocus()

    def _change(self) -> None:
        office = self.desk.office
        if office is None or not self.button.isEnabled():
            return
        self.button.setEnabled(False)
        old, new = str(self.form.old.value() or ""), str(self.form.new.value() or "")
        self.desk.work.run(partial(office.change_password, old, new), self._changed, self._refused)

    def _changed(self, _nothing: object) -> None:
        self.button.setEnabled(True)
        self._leave()
        self.desk.say(self.tr("The password is changed. Use the new one from now on."), "good", None)

    def _refused(self, error: object) -> None:
        self.button.setEnabled(True)
        if not (isinstance(error, Exception) and self.form.show_refusal(error)):
            self.desk.work.trouble.emit(error)

    def _show_form(self, *, shown: bool) -> None:
        self.form.setVisible(shown)
        self.button.setVisible(shown)
        self.leave_button.setVisible(shown)
        self.open_button.setVisible(not shown)
