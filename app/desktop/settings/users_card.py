"""Who may sign in on this computer: those who may, adding one of the staff, removing one."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.forms.choice import Choice, ChoiceField
from app.desktop.forms.form import Form
from app.desktop.forms.password import AgainField, NewPasswordField
from app.desktop.frame.office import Colleague, Colleagues
from app.desktop.parts.button import Button
from app.desktop.settings.titled import TitledCard
from app.desktop.settings.user_row import UserRow
from app.desktop.theme.layouts import Column, Row


class AddForm(Form):
    """One of the staff and a first password, which they change themselves."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        theme = desk.theme
        column = Column(theme, self, gap="s12")
        hint = self.tr("Initials, or ↓ for all")
        self.who = self.add(
            ChoiceField(
                theme, "user_code", self.tr("Colleague"), [], placeholder=hint, required=True, width="wide_field"
            )
        )
        self.password = self.add(NewPasswordField(theme, "password", self.tr("First password")))
        self.again = self.add(AgainField(theme, self.password))
        for field in self.fields:
            column.addWidget(field)


class UsersCard(TitledCard):
    """The list is read anew when staff come by sync."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            self.tr("Who may sign in here"),
            self.tr("Staff of this point and of those above it, with a password of their own on this computer."),
            parent,
        )
        self.rows: list[UserRow] = []
        self._list = Column(desk.theme, gap="s8")
        self.body.addLayout(self._list)
        self.open_button = Button(desk.theme, self.tr("Add a colleague…"), icon="add", parent=self)
        self.open_button.clicked.connect(self._open)
        self.form = AddForm(desk, self)
        self.form.save_asked.connect(self._add)
        self.add_button = Button(desk.theme, self.tr("Add"), "soft", parent=self)
        self.add_button.clicked.connect(self.form.ask_save)
        self.leave_button = Button(desk.theme, self.tr("Cancel"), "quiet", parent=self)
        self.leave_button.clicked.connect(self._leave)
        self.body.addWidget(self.form)
        foot = Row(desk.theme, gap="s8")
        for button in (self.open_button, self.add_button, self.leave_button):
            foot.addWidget(button)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self._show_form(shown=False)
        desk.work.changed.connect(self._changed)
        self._look()

    def _changed(self, changes: Changes) -> None:
        if changes.touches("staff", "node"):
            self._look()

    def _look(self, _nothing: object = None) -> None:
        if self.desk.office is not None:
            self.desk.work.ask(self.desk.office.colleagues, self._show, slot=(id(self), "colleagues"))

    def _show(self, found: Colleagues) -> None:
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        for who in found.users:
            myself = who.code == self.desk.user_code
            row = UserRow(self.desk.theme, self.desk.texts, who, myself=myself, parent=self)
            row.removal_asked.connect(self._remove)
            self._list.addWidget(row)
            self.rows.append(row)
        self.form.who.set_choices([Choice(each.code, each.name, self._detail(each)) for each in found.others])
        self.open_button.setEnabled(bool(found.others))

    def _detail(self, who: Colleague) -> str:
        role = self.desk.texts.code("ROLE", who.role) if who.role else ""
        return " · ".join(filter(None, (role, who.place)))

    # adding

    def _open(self) -> None:
        self._show_form(shown=True)
        self.form.start()

    def _leave(self) -> None:
        self.form.clear()
        self._show_form(shown=False)
        self.open_button.setFocus()

    def _add(self) -> None:
        office = self.desk.office
        if office is None or not self.add_button.isEnabled():
            return
        self.add_button.setEnabled(False)
        code, password = str(self.form.who.value()), str(self.form.password.value() or "")
        name = self.form.who.edit.text()
        self.desk.work.run(partial(office.add_user, code, password), partial(self._added, name), self._refused)

    def _added(self, name: str, _nothing: object) -> None:
        self.add_button.setEnabled(True)
        self._leave()
        self._look()
        self.desk.say(self.tr("{name} can sign in here now").format(name=name), "good", None)

    def _refused(self, error: object) -> None:
        self.add_button.setEnabled(True)
        if not (isinstance(error, Exception) and self.form.show_refusal(error)):
            self.desk.work.trouble.emit(error)

    # removing

    def _remove(self, code: str) -> None:
        if self.desk.office is not None:
            self.desk.work.run(partial(self.desk.office.remove_user, code), self._removed)

    def _removed(self, _nothing: object) -> None:
        self._look()
        self.open_button.setFocus()
        self.desk.say(self.tr("Removed: this password opens nothing here any more"), "good", None)

    def _show_form(self, *, shown: bool) -> None:
        self.form.setVisible(shown)
        self.add_button.setVisible(shown)
        self.leave_button.setVisible(shown)
        self.open_button.setVisible(not shown)
