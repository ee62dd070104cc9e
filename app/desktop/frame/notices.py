"""Notices: they slide in at the foot of the page, say what happened, offer to undo it, and go by themselves."""

from PySide6.QtCore import QEvent, QObject, QPoint, QPropertyAnimation, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.frame.pages import Action
from app.desktop.parts.button import Button, IconButton
from app.desktop.parts.floating import Floating
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Box, Column, Row
from app.desktop.theme.theme import Theme

STAY_MS = 6_000
STAY_WITH_ACTION_MS = 12_000
AGAIN_MS = 2_000
MOST = 3
REACH = "s16"

_ICONS = {"good": "good", "accent": "info", "warn": "warning", "danger": "danger"}


class Notice(Floating):
    """One notice. What went wrong stays until it is closed."""

    gone = Signal(object)

    def __init__(self, theme: Theme, text: str, tone: str, action: Action | None, parent: QWidget) -> None:
        super().__init__(theme, parent, REACH)
        self.action, self.stays = action, tone == "danger"
        self.undoes = tone == "good" and action is not None
        reach = REACH
        row: Box = Row(theme, self, gap="s12", pad=(reach, reach, reach, reach))
        inner = Row(theme, gap="s12", pad=("s16", "s8", "s8", "s8"))
        row.addLayout(inner)
        inner.addWidget(Icon(theme, _ICONS[tone], tone))
        self.words = Label(theme, text, wrap=True)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        inner.addWidget(self.words, 1)
        self.buttons: list[Button] = []
        if action is not None:
            undo = Button(theme, action.text, "soft", action.icon, action.key)
            undo.clicked.connect(self._act)
            self.buttons.append(undo)
        close = IconButton(theme, "close", self.tr("Close"))
        close.clicked.connect(self.leave)
        self.buttons.append(close)
        for button in self.buttons:
            inner.addWidget(button)
        self.setAccessibleName(text)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._time_is_up)
        if not self.stays:
            self._timer.start(STAY_WITH_ACTION_MS if action else STAY_MS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def leave(self) -> None:
        self._timer.stop()
        self.gone.emit(self)

    def _act(self) -> None:
        action = self.action
        self.leave()
        if action is not None:
            action.run()

    def _time_is_up(self) -> None:
        if self.underMouse() or any(button.hasFocus() for button in self.buttons):
            self._timer.start(AGAIN_MS)
        else:
            self.leave()


class Notices(QWidget):
    """The strip over the foot of `home`, and above the buttons a form has there; F8 goes to the newest."""

    def __init__(self, theme: Theme, home: QWidget) -> None:
        super().__init__(home)
        self._theme, self._home = theme, home
        self._cards: list[Notice] = []
        self._column = Column(theme, self, gap="")
        self._slide = QPropertyAnimation(self, b"pos", self)
        home.installEventFilter(self)
        theme.changed.connect(self._place)
        self.hide()

    @property
    def shown(self) -> list[Notice]:
        return list(self._cards)

    def tell(self, text: str, tone: str = "good", action: Action | None = None) -> None:
        """Tones: good, accent, warn, danger. What is told again replaces itself.

        What would go by itself gives way to the next, so that nothing piles up over the form; an undo only to another.
        """
        for card in self.shown:
            gives_way = not card.stays and not (card.undoes and action is None)
            if gives_way or card.words.text() == text:
                self._remove(card)
        for card in self.shown[: -(MOST - 1)]:
            self._remove(card)
        card = Notice(self._theme, text, tone, action, self)
        card.gone.connect(self._remove)
        self._cards.append(card)
        self._column.addWidget(card)
        card.show()  # a layout leaves out what is not shown yet
        self.show()
        self.raise_()
        self._place(sliding=True)

    def focus_newest(self) -> None:
        if self._cards:
            self._cards[-1].buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def clear(self) -> None:
        for card in self.shown:
            self._remove(card)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._home and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place()

    def _remove(self, card: Notice) -> None:
        if card not in self._cards:
            return
        had_focus = any(button.hasFocus() for button in card.buttons)
        self._cards.remove(card)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()
        if had_focus:
            self._home.focusNextPrevChild(True)
        if self._cards:
            self._place()
        else:
            self.hide()

    def _place(self, sliding: bool = False) -> None:
        sizes = self._theme.sizes
        width = min(sizes.notice + 2 * getattr(sizes, REACH), self._home.width())
        height = self._column.totalHeightForWidth(width)
        if height < 0:
            height = self._column.sizeHint().height()
        x = (self._home.width() - width) // 2
        foot = sizes.s8 + sizes.control + sizes.s12
        y = self._home.height() - height - foot
        self.resize(QSize(width, height))
        self._column.activate()
        self._slide.stop()
        if sliding and self._theme.fade:
            self._slide.setDuration(self._theme.fade)
            self._slide.setStartValue(QPoint(x, y + sizes.s24))
            self._slide.setEndValue(QPoint(x, y))
            self._slide.start()
        else:
            self.move(x, y)
