"""The window: builds the frame round the pages and wires it. What pages do is theirs."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.frame.lock import LockScreen, SignInUser
from app.desktop.frame.notices import Notices
from app.desktop.frame.page_area import PageArea
from app.desktop.frame.pages import GlobalKey, Page
from app.desktop.frame.rail import Rail
from app.desktop.frame.sync_pill import SyncState
from app.desktop.frame.top_bar import TopBar
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme

SYNC_KEY = "F5"


class Window(QWidget):
    """`sync_asked` by F5 or its button, `lock_asked` by Ctrl+L or the rail, `leaving` when it is closed.

    `may_leave` is asked before; where it says no, the window stays and says why by `ask_to_wait`.
    """

    sync_asked = Signal()
    sync_panel_asked = Signal()
    lock_asked = Signal()
    page_opened = Signal(str)
    leaving = Signal()

    def __init__(
        self,
        theme: Theme,
        texts: Texts,
        clock: Clock,
        pages: Sequence[Page],
        keys: Sequence[GlobalKey] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = {key.shortcut: key for key in keys}
        self._shortcuts: list[QShortcut] = []
        self._first: QWidget | None = None
        self._under: QWidget | None = None
        self.leaving_layer: QWidget | None = None
        self.may_leave: Callable[[], bool] | None = None
        self._layers = QStackedWidget(self)
        Column(theme, self, gap="").addWidget(self._layers)
        self._frame = QWidget(self._layers)
        self.rail = Rail(theme, pages, self._frame)
        self.top_bar = TopBar(theme, texts, clock, self._frame)
        self.area = PageArea(theme, pages, self._frame, taken={SYNC_KEY, *self._keys})
        self.notices = Notices(theme, self.area)
        self.lock_screen = LockScreen(theme, texts, self._layers)
        self._lay_out()
        self._wire()
        for key in keys:
            self._on_key(key.shortcut, self._global_key)
        self.speak(texts)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def search(self) -> QWidget:
        return self.top_bar.search

    @property
    def locked(self) -> bool:
        return self._layers.currentWidget() is self.lock_screen

    def open_page(self, key: str, intent: object = None) -> QWidget:
        """Show a page and give its widget."""
        widget = self.area.open(key, intent)
        self.rail.show_open(key)
        self.page_opened.emit(key)
        return widget

    def show_place(self, name: str) -> None:
        self.rail.show_place(name)
        self.lock_screen.show_place(name)

    def show_user(self, name: str) -> None:
        self.rail.show_user(name)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        self.rail.show_counts(counts)

    def show_campaign(self, name: str) -> None:
        self.top_bar.show_campaign(name)

    def show_sync(self, state: SyncState) -> None:
        self.top_bar.pill.show_state(state)

    def ask_sign_in(self, users: Sequence[SignInUser], last: str = "") -> None:
        """Nobody is at work: hide everything and ask who it is."""
        self.lock_screen.sign_in(users, last)
        self._layers.setCurrentWidget(self.lock_screen)

    def begin_with(self, screen: QWidget) -> None:
        """Nobody has ever worked here: show this screen alone, until somebody is let in."""
        self._first = screen
        self._layers.addWidget(screen)
        self._layers.setCurrentWidget(screen)

    def lock(self, user: SignInUser) -> None:
        """Hide everything until the password of `user` comes; what is typed stays where it is."""
        self.lock_screen.unlock(user)
        self._layers.setCurrentWidget(self.lock_screen)

    def let_in(self) -> None:
        self.lock_screen.set_busy(busy=False)
        self._layers.setCurrentWidget(self._frame)
        if self._first is not None:
            self._layers.removeWidget(self._first)
            self._first.deleteLater()
            self._first = None

    def ask_to_wait(self, screen: QWidget) -> None:
        """Something is still to be done before the window closes."""
        if self.leaving_layer is not screen:
            self._under = self._layers.currentWidget()
            self._layers.addWidget(screen)
        self.leaving_layer = screen
        self._layers.setCurrentWidget(screen)
        screen.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self) -> None:
        """Back to where it was: the window stays open."""
        if self.leaving_layer is not None and self._under is not None:
            self._layers.removeWidget(self.leaving_layer)
            self.leaving_layer.hide()
            self._layers.setCurrentWidget(self._under)
        self.leaving_layer = self._under = None

    def drop_pages(self) -> None:
        """Another user is at work: every page is made anew when next opened."""
        self.notices.clear()
        self.area.drop_pages()

    def speak(self, texts: Texts) -> None:
        """Say everything again, in the language in force; pages are made anew."""
        self.setWindowTitle(self.tr("Aidpoint"))
        self.rail.speak()
        self.top_bar.speak(texts)
        self.lock_screen.speak(texts)
        reopen = self.area.open_key
        self.area.drop_pages()
        if reopen:
            self.area.open(reopen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_leave is not None and not self.may_leave():
            event.ignore()
            return
        self.leaving.emit()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        row = Row(self._theme, self._frame, gap="")
        row.addWidget(self.rail)
        column = Column(self._theme, gap="")
        row.addLayout(column, 1)
        column.addWidget(self.top_bar)
        column.addWidget(self.area, 1)
        self._layers.addWidget(self._frame)
        self._layers.addWidget(self.lock_screen)

    def _wire(self) -> None:
        self.rail.opened.connect(self.open_page)
        self.rail.lock_asked.connect(self.lock_asked)
        self.top_bar.sync_asked.connect(self.sync_asked)
        self.top_bar.sync_panel_asked.connect(self.sync_panel_asked)
        self._on_key(SYNC_KEY, self.sync_asked)
        self._on_key("F8", self.notices.focus_newest)
        self._on_key("Ctrl+K", self._to_search)
        self._on_key("Ctrl+L", self.lock_asked)

    def _on_key(self, keys: str, target: object) -> None:
        """A key that works while the frame is to be seen, wherever the focus is."""
        shortcut = QShortcut(QKeySequence(keys), self._frame)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(target)
        self._shortcuts.append(shortcut)

    def _global_key(self) -> None:
        shortcut = self.sender()
        if isinstance(shortcut, QShortcut):
            key = self._keys[shortcut.key().toString()]
            self.open_page(key.page, key.intent)

    def _to_search(self) -> None:
        self.top_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top_bar.search.selectAll()

    def _fold(self) -> None:
        self.rail.fold(self.width() < self._theme.sizes.rail_fold_below)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.setMinimumSize(QSize(sizes.window_min_w, sizes.window_min_h).boundedTo(self._screen_room()))
        self.setWindowIcon(QIcon(self._theme.pixmap("mark", "accent", sizes.icon_large, 1.0)))
        self._fold()

    def _screen_room(self) -> QSize:
        """A window must fit the screen it is on, however large the type."""
        return self.screen().availableSize()
