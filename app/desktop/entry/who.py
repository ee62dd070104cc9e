"""Who it is: what is said of a new person, or the person who was here before, and those it may be.

`taken` with an `Acquaintance` or None. The line never changes its height: nothing jumps while somebody types.
"""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QStackedWidget, QWidget

from app.base.changes import Changes
from app.base.clock import SECOND
from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.persons import who_words
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Row
from app.features.cases.queries_person import Acquaintance, acquaintances, perhaps_known

LOOKS = 12
"""Characters of a description that fit beside the rest."""

TYPED_MS = 120
"""So long after a key the store is asked who is meant."""


def _looks(known: Acquaintance) -> str:
    """How somebody nameless is told from others: the first words of what they look like."""
    features = (known.person.features or "") if known.person.identity_status == "UNKNOWN" else ""
    return features if len(features) <= LOOKS else f"{features[: LOOKS - 1]}…"


class Perhaps(QWidget):
    """Under the name: who it may be. Down goes there, left and right walk, Enter takes."""

    chosen = Signal(object)

    def __init__(self, desk: Desk, name: QLineEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._name = desk, name
        self._asked = ""
        self._found: list[Acquaintance] = []
        self._buttons: list[Button] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._flow = Flow(desk.theme, self)
        self._words = Label(desk.theme, "", "small", "quiet", parent=self)
        self._flow.addWidget(self._words)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TYPED_MS)
        self._soon.timeout.connect(self._ask)
        name.installEventFilter(self)
        self._dress()
        desk.theme.changed.connect(self._dress)
        desk.work.changed.connect(self._changed)
        self._say()

    @property
    def buttons(self) -> Sequence[Button]:
        return self._buttons

    def typed(self, text: str) -> None:
        self._asked = text.strip()
        if not self._asked:
            self.empty()
            return
        self._soon.start()

    def empty(self) -> None:
        self._soon.stop()
        self._asked = ""
        self._desk.work.forget((id(self), "known"))
        self._show([])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self._name and event.key() == Qt.Key.Key_Down and self._buttons:
            self._buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
            return True
        if watched in self._buttons:
            return self._key(self._buttons.index(watched), Qt.Key(event.key()))
        return False

    def _key(self, place: int, key: Qt.Key) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._buttons[place].click()
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Left):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._buttons[(place + step) % len(self._buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Escape):
            self._name.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            return False
        return True

    def _ask(self) -> None:
        query = partial(perhaps_known, words=self._asked, now=self._desk.clock())
        self._desk.work.ask(query, self._show, slot=(id(self), "known"))

    def _changed(self, changes: Changes) -> None:
        """Whoever is offered may have been corrected or erased since, or have left this point."""
        if not changes.ids.get("person", frozenset()).isdisjoint(known.person.id for known in self._found):
            self._ask()

    def _show(self, found: Sequence[Acquaintance]) -> None:
        if list(found) == self._found and self._buttons:
            return
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._found, self._buttons = list(found), []
        self._say()
        room = self.width() - self._words.sizeHint().width() if self.isVisible() else 0
        for known in self._found:
            button = Button(self._desk.theme, self._line(known), "soft", "person", parent=self)
            button.clicked.connect(self._take)
            button.installEventFilter(self)
            room -= button.sizeHint().width() + self._desk.theme.sizes.s8
            if room < 0 and self._buttons and self.isVisible():  # a second line would push everything down
                button.deleteLater()
                break
            self._flow.addWidget(button)
            button.show()
            self._buttons.append(button)
        self.updateGeometry()

    def _line(self, known: Acquaintance) -> str:
        texts = self._desk.texts
        ago = texts.age_words((self._desk.clock() - known.last_met) / SECOND)
        times = self.tr("%n times", "", known.times_met)
        words = (who_words(texts, known.person), _looks(known), times, ago, self.tr("It is this person"))
        return " · ".join(filter(None, words))

    def _take(self) -> None:
        pressed = self.sender()
        if isinstance(pressed, Button):
            self.chosen.emit(self._found[self._buttons.index(pressed)])

    def _say(self) -> None:
        if not self.isEnabled():
            self._words.setText("")
        elif self._found:
            self._words.setText(self.tr("Perhaps the same person (↓):"))
        else:
            self._words.setText(self.tr("A name, pinyin or last digits find who was here before"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self._say()

    def _dress(self) -> None:
        self.setMinimumHeight(self._desk.theme.sizes.control)


class Known(QWidget):
    """In place of the fields: the person who was taken, and their open case."""

    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        row = Row(desk.theme, self, gap="s8")
        row.addWidget(Icon(desk.theme, "person", "accent", parent=self))
        self._name = Label(desk.theme, "", "strong", parent=self)
        row.addWidget(self._name)
        self._words = Label(desk.theme, "", tone="quiet", cut=True, parent=self)
        row.addWidget(self._words, 1)
        self.change = Button(desk.theme, self.tr("Somebody else"), "plain", parent=self)
        self.change.clicked.connect(self.left)
        row.addWidget(self.change)

    def show_person(self, known: Acquaintance) -> None:
        texts, now = self._desk.texts, self._desk.clock()
        self._name.setText(who_words(texts, known.person))
        words = [self.tr("met %n times", "", known.times_met)]
        if known.last is not None:
            last = known.last
            words.append(self.tr("last {when}").format(when=texts.day_words(known.last_met, now)))
            words += [last.place_text or (texts.code("PLACE_TYPE", last.place_type) if last.place_type else "")]
            words += [texts.code("DISPOSITION", last.disposition) if last.disposition else ""]
        words.append(
            self.tr("goes on with the open case") if known.open_case is not None else self.tr("opens a new case")
        )
        words.append(_looks(known))  # last, where it may be cut: whoever was taken is known by now
        self._words.setText(" · ".join(filter(None, words)))

    def empty(self) -> None:
        for label in (self._name, self._words):
            label.setText("")


class Who(QStackedWidget):
    """Either the fields for a new person or the person taken."""

    taken = Signal(object)

    def __init__(self, desk: Desk, fields: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self.known: Acquaintance | None = None
        self._fields = fields
        self._card = Known(desk, self)
        self._card.left.connect(self.leave)
        self.addWidget(fields)
        self.addWidget(self._card)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        desk.work.changed.connect(self._changed)

    def take(self, known: object) -> None:
        if isinstance(known, Acquaintance):
            self.known = known
            self._desk.work.forget((id(self), "person"))
            self._card.show_person(known)
            self.setCurrentWidget(self._card)
            self.taken.emit(known)

    def take_id(self, person: str) -> None:
        """Somebody chosen elsewhere, or kept in a draft."""
        query = partial(acquaintances, persons=[person], now=self._desk.clock())
        self._desk.work.ask(query, self._came, slot=(id(self), "person"))

    def leave(self) -> None:
        self.known = None
        self._desk.work.forget((id(self), "person"))
        self._card.empty()
        self.setCurrentWidget(self._fields)
        self.taken.emit(None)

    def _came(self, found: Sequence[Acquaintance]) -> None:
        if found:
            self.take(found[0])
        else:
            self._go_on_without()

    def _changed(self, changes: Changes) -> None:
        if self.known is not None and changes.touches("person", "case", "encounter"):
            person = self.known.person.id
            query = partial(acquaintances, persons=[person], now=self._desk.clock())
            self._desk.work.ask(query, partial(self._looked_again, person), slot=(id(self), "again"))

    def _looked_again(self, person: str, found: Sequence[Acquaintance]) -> None:
        """Whoever was taken may have been corrected or erased since, or have left this point."""
        if self.known is None or self.known.person.id != person:
            return
        if found:
            self.known = found[0]
            self._card.show_person(found[0])
            return
        self._go_on_without()

    def _go_on_without(self) -> None:
        self.leave()
        words = self.tr("This person is not at this point any more. What was typed stands in the form.")
        self._desk.say(words, "warn", None)
