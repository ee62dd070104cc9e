"""The screen before the door: signing in, and unlocking after an absence. Nothing behind it can be seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.base.texts import Texts
from app.desktop.parts.button import Button
from app.desktop.parts.floating import Floating
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme.layouts import Column
from app.desktop.theme.theme import Theme


@dataclass(frozen=True, slots=True)
class SignInUser:
    """Who may sign in here: the staff code, the name, the role in words."""

    code: str
    name: str
    role: str = ""


class _Portrait(QWidget):
    """The first character of a name in a circle."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._letter = theme, ""
        self._dress()
        theme.changed.connect(self._dress)

    def show_name(self, name: str) -> None:
        self._letter = name[:1]
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent_ground"))
        painter.drawEllipse(self.rect().toRectF())
        if not self._letter:
            side = self._theme.sizes.icon
            middle = (self.width() - side) / 2
            self._theme.draw_icon(painter, "person", "accent", QRectF(middle, middle, side, side))
            return
        painter.setFont(self._theme.font("title"))
        painter.setPen(self._theme.colour("accent"))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._letter)

    def _dress(self) -> None:
        side = self._theme.sizes.top_bar
        self.setFixedSize(side, side)


class LockScreen(QWidget):
    """`submitted(code, password)` asks for the door; answer with `refuse`, `hold` or by hiding the screen."""

    submitted = Signal(str, str)
    other_asked = Signal()

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._texts = theme, texts
        self._users: Sequence[SignInUser] = ()
        self._code = ""
        self._locked = False
        self._left_s = 0
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "ground")
        outer = Column(theme, self, gap="")
        self._card = Floating(theme, self)
        outer.addWidget(self._card, 0, Qt.AlignmentFlag.AlignCenter)
        reach = "shadow_reach"
        shell = Column(theme, self._card, gap="", pad=(reach, reach, reach, reach))
        column = Column(theme, gap="s8", pad=("s32", "s32", "s32", "s32"))
        shell.addLayout(column)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._mark = Icon(theme, "mark", "accent", "icon_large")
        self._portrait = _Portrait(theme)
        self._place = Label(theme, role="title", wrap=True)
        self._place.setAlignment(centre)
        self._hint = Label(theme, tone="quiet", wrap=True)
        self._hint.setAlignment(centre)
        column.addWidget(self._mark, 0, centre)
        column.addWidget(self._portrait, 0, centre)
        column.addWidget(self._place)
        column.addWidget(self._hint)
        self._who_label = Label(theme, role="small", tone="quiet")
        self._who = QLineEdit(self._card)
        self._who_label.setBuddy(self._who)
        self._choices = Suggestions(theme, self._who)
        self._choices.chosen.connect(self._choose)
        self._who.textEdited.connect(self._offer)
        self._who.returnPressed.connect(self._to_password)
        self._password_label = Label(theme, role="small", tone="quiet")
        self._password = QLineEdit(self._card)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._password.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self._password.returnPressed.connect(self._submit)
        self._password.textEdited.connect(self._forget_error)
        self._password_label.setBuddy(self._password)
        self._error = Label(theme, tone="danger", role="small", wrap=True)
        self._error.hide()
        self._enter = Button(theme, "", "primary")
        self._enter.setSizePolicy(self._who.sizePolicy())
        self._enter.clicked.connect(self._submit)
        self._other = Button(theme, "", "quiet")
        self._other.clicked.connect(self._ask_other)
        column.addSpacing(theme.sizes.s8)
        for each in (self._who_label, self._who, self._password_label, self._password, self._error):
            column.addWidget(each)
        column.addSpacing(theme.sizes.s8)
        column.addWidget(self._enter)
        column.addWidget(self._other, 0, centre)
        self._wait = QTimer(self)
        self._wait.setInterval(1000)
        self._wait.timeout.connect(self._count_down)
        self.speak(texts)
        self._show_state()
        self._dress()
        theme.changed.connect(self._dress)

    def speak(self, texts: Texts) -> None:
        self._texts = texts
        self._who_label.setText(self.tr("Name or staff number"))
        self._who.setAccessibleName(self._who_label.text())
        self._password_label.setText(self.tr("Password"))
        self._password.setAccessibleName(self._password_label.text())
        self._show_state()

    def show_place(self, name: str) -> None:
        self._place_name = name
        self._show_state()

    def sign_in(self, users: Sequence[SignInUser], last: str = "") -> None:
        """Ask who it is; `last` is the code of who was here before."""
        self._users, self._locked, self._code = users, False, ""
        self._clear()
        for user in users:
            if user.code == last:
                self._choose(user)
        self._show_state()

    def unlock(self, user: SignInUser) -> None:
        """Ask for the password of who is at work here."""
        self._users, self._locked, self._code = (user,), True, user.code
        self._clear()
        self._portrait.show_name(user.name)
        self._show_state()

    def refuse(self, words: str) -> None:
        """Say under the field why it stays shut."""
        self.set_busy(busy=False)
        self._error.setText(words)
        self._error.setVisible(bool(words))
        self._password.setProperty("wrong", bool(words))
        self._password.style().polish(self._password)
        self._password.selectAll()
        self._password.setFocus()

    def hold(self, seconds: int) -> None:
        """After too many tries: nothing can be entered for so long."""
        self._left_s = seconds
        self._wait.start()
        self._count_down()

    def set_busy(self, *, busy: bool) -> None:
        self._password.setReadOnly(busy)
        self._enter.setEnabled(not busy)
        self._enter.say(self.tr("One moment…") if busy else self._verb())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        (self._password if self._code else self._who).setFocus()

    def _clear(self) -> None:
        self._password.clear()
        self._who.clear()
        self.refuse("")

    def _verb(self) -> str:
        return self.tr("Unlock") if self._locked else self.tr("Sign in")

    _place_name = ""

    def _show_state(self) -> None:
        locked = self._locked
        self._mark.setVisible(not locked)
        self._portrait.setVisible(locked)
        self._place.setText(self._users[0].name if locked else self._place_name or self.tr("Aidpoint"))
        self._hint.setText(self._place_name if locked else self.tr("Sign in to continue; it works without a network"))
        self._who_label.setVisible(not locked)
        self._who.setVisible(not locked)
        self._other.setVisible(locked)
        self._other.say(self.tr("Someone else signs in"))
        self._enter.say(self._verb())

    def _offer(self, text: str) -> None:
        self._code = ""
        wanted = text.strip().casefold()
        found = [u for u in self._users if wanted in u.name.casefold() or u.code.casefold().startswith(wanted)]
        self._choices.offer([Suggestion(u, u.name, u.role, "person") for u in found] if wanted else [])

    def _choose(self, user: object) -> None:
        if isinstance(user, SignInUser):
            self._code = user.code
            self._who.setText(user.name)
            self._password.setFocus()

    def _to_password(self) -> None:
        self._password.setFocus()

    def _typed_code(self) -> str:
        typed = self._who.text().strip()
        named = [user.code for user in self._users if user.name == typed]
        return self._code or (named[0] if len(named) == 1 else typed)

    def _submit(self) -> None:
        if not self._enter.isEnabled():
            return
        code = self._typed_code()
        if not code:
            self._who.setFocus()
            return
        if not self._password.text():
            self.refuse(self.tr("Enter the password"))
            return
        self.set_busy(busy=True)
        self.submitted.emit(code, self._password.text())

    def _ask_other(self) -> None:
        self.other_asked.emit()

    def _forget_error(self) -> None:
        if self._error.isVisible() and not self._wait.isActive():
            self._error.hide()
            self._password.setProperty("wrong", False)
            self._password.style().polish(self._password)

    def _count_down(self) -> None:
        if self._left_s <= 0:
            self._wait.stop()
            self.refuse("")
            return
        left = self._texts.duration_words(self._left_s)
        self.refuse(self.tr("Too many tries; try again in {left}").format(left=left))
        self._password.setReadOnly(True)
        self._enter.setEnabled(False)
        self._left_s -= 1

    def _dress(self) -> None:
        self._card.setFixedWidth(self._theme.sizes.card + 2 * self._theme.sizes.shadow_reach)
