"""Where pages are shown: the title, the primary action, and the page under them, made when first opened."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.desktop.frame.pages import Action, HasAction, Page, TakesIntent
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme


class PageArea(QWidget):
    def __init__(
        self,
        theme: Theme,
        pages: Sequence[Page],
        parent: QWidget | None = None,
        *,
        taken: Collection[str] = (),
    ) -> None:
        """`taken`: keys that the window listens to by itself; a second listener would silence both."""
        super().__init__(parent)
        self._taken = frozenset(taken)
        self.setProperty("ground", "surface")
        self._theme = theme
        self._pages = {page.key: page for page in pages}
        self._made: dict[str, QWidget] = {}
        self._open = ""
        self._action: Action | None = None
        column = Column(theme, self, gap="")
        self._head = QWidget(self)
        head = Row(theme, self._head, gap="s12", pad=("s24", "s8", "s24", "s8"))
        self._title = Label(theme, role="title", cut=True)
        head.addWidget(self._title, 1)
        self._button = Button(theme, "", "primary", parent=self._head)
        self._button.clicked.connect(self._act)
        head.addWidget(self._button)
        column.addWidget(self._head)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self._shortcut = QShortcut(self)
        self._shortcut.activated.connect(self._act)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every page's key, in the order of the rail."""
        return tuple(self._pages)

    @property
    def open_key(self) -> str:
        return self._open

    def open(self, key: str, intent: object = None) -> QWidget:
        """Show a page, for something if `intent` says so."""
        page = self._pages[key]
        widget = self._made.get(key)
        if widget is None:
            widget = self._made[key] = page.make(self._stack)
            self._stack.addWidget(widget)
        self._open = key
        self._stack.setCurrentWidget(widget)
        self.refresh_head()
        if not widget.isAncestorOf(self.focusWidget() or self):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        if intent is not None and isinstance(widget, TakesIntent):
            widget.intend(intent)
        return widget

    def refresh_head(self) -> None:
        """Read the title and the action of the open page again."""
        if not self._open:
            return
        self._title.setText(self._pages[self._open].title())
        widget = self._made[self._open]
        self._action = widget.action() if isinstance(widget, HasAction) else None
        self._button.setVisible(self._action is not None)
        key = self._action.key if self._action is not None else ""
        self._shortcut.setKey(QKeySequence("" if key in self._taken else key))
        if self._action is not None:
            self._button.say(self._action.text, self._action.icon, self._action.key)

    def drop_pages(self) -> None:
        """Take every page away, to be made anew: another user, another language."""
        for widget in self._made.values():
            self._stack.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._made.clear()

    def _act(self) -> None:
        if self._action is not None:
            self._action.run()

    def _dress(self) -> None:
        self._head.setFixedHeight(self._theme.sizes.page_head)
