"""The top bar: find anything, the campaign in force, how sync stands."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from app.base.clock import Clock
from app.base.texts import Texts
from app.desktop.frame.sync_pill import SyncPill
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme.layouts import Row
from app.desktop.theme.theme import Theme


class SearchBox(QLineEdit):
    """`typed` on every change of what is looked for, `chosen` with the key of a hit, `entered` for the page."""

    typed = Signal(str)
    chosen = Signal(object)
    entered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon = Icon(theme, "search", "quiet", "icon_small", self)
        self._key = Label(theme, "Ctrl+K", "small", "quiet", parent=self)
        self._key.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hits = Suggestions(theme, self)
        self._hits.chosen.connect(self._choose)
        self.textEdited.connect(self._edited)
        self.textChanged.connect(self._show_key)
        self.returnPressed.connect(self._enter)
        self.speak()
        self._dress()
        theme.changed.connect(self._dress)

    def speak(self) -> None:
        self.setAccessibleName(self.tr("Find anything"))
        self._place()

    def offer(self, hits: Sequence[Suggestion]) -> None:
        """Show what was found for what is typed now."""
        self._hits.offer(hits)

    def resizeEvent(self, event: object) -> None:
        self._place()

    def _edited(self, text: str) -> None:
        if not text.strip():
            self._hits.offer(())
        self.typed.emit(text.strip())

    def _choose(self, key: object) -> None:
        self.clear()
        self.chosen.emit(key)

    def _enter(self) -> None:
        if self.text().strip():
            self.entered.emit(self.text().strip())

    def _show_key(self) -> None:
        self._key.setVisible(not self.text())
        self._place()

    def _place(self) -> None:
        sizes = self._theme.sizes
        key = 0 if self.text() else self._key.sizeHint().width() + sizes.s4
        metrics = self.fontMetrics()
        beside = max(2 * sizes.s16, sizes.s12 + 2 * metrics.averageCharWidth())  # and what the field keeps free itself
        said, room = self.tr("Find people, cases, supplies…"), self.width() - sizes.icon_small - beside
        if metrics.horizontalAdvance(said) + key > room:
            said = self.tr("Find…")
        if said != self.placeholderText():
            self.setPlaceholderText(said)
        self.setTextMargins(sizes.icon_small + sizes.s12, 0, key, 0)
        self._icon.move(sizes.s12, (self.height() - self._icon.height()) // 2)
        self._key.adjustSize()
        self._key.move(self.width() - self._key.width() - sizes.s12, (self.height() - self._key.height()) // 2)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.setMaximumWidth(sizes.search)
        self._place()


class TopBar(QWidget):
    sync_asked = Signal()
    sync_panel_asked = Signal()

    def __init__(self, theme: Theme, texts: Texts, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "surface")
        row = Row(theme, self, gap="s8", pad=("s24", "", "s24", ""))
        self.search = SearchBox(theme, self)
        self.campaign = Tag(theme, "", "accent", "megaphone", self)
        self.campaign.hide()
        self._named = False
        self.pill = SyncPill(theme, texts, clock, self)
        self.pill.clicked.connect(self.sync_panel_asked)
        self._sync = Button(theme, "", "plain", "sync", "F5", self)
        self._sync.clicked.connect(self.sync_asked)
        row.addWidget(self.search, 100)  # up to its largest width, before the space takes any
        row.addStretch(1)
        row.addWidget(self.campaign)
        row.addWidget(self.pill)
        row.addWidget(self._sync)
        self.speak(texts)
        self._dress()
        theme.changed.connect(self._dress)

    def speak(self, texts: Texts) -> None:
        self.search.speak()
        self.pill.speak(texts)
        self._sync.say(self.tr("Sync"), "sync", "F5")

    def show_campaign(self, name: str) -> None:
        self.campaign.say(name, "accent", "megaphone")
        self._named = bool(name)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """How sync stands is never cut: where there is no room for all, the campaign gives way."""
        sizes = self._theme.sizes
        parts = (self.campaign, self.pill, self._sync)
        wanted = sizes.field + sum(part.sizeHint().width() + sizes.s8 for part in parts)
        self.campaign.setVisible(self._named and wanted + 2 * sizes.s24 <= self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        hair = self._theme.sizes.hair
        painter = QPainter(self)
        painter.fillRect(0, self.height() - hair, self.width(), hair, self._theme.colour("line"))

    def _dress(self) -> None:
        self.setFixedHeight(self._theme.sizes.top_bar)
