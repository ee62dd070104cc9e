"""The rail: the pages with their words, what waits on each, and at its foot the user and the lock."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from app.desktop.frame.pages import Page
from app.desktop.parts.button import Pressable, draw_ring
from app.desktop.parts.label import Icon, Label, tip
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme

MOST = 99


class RailItem(Pressable):
    """An icon and a word; folded the word stands small under the icon."""

    def __init__(self, theme: Theme, key: str, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self.key, self._icon = theme, key, icon
        self._hint, self._count, self._folded = "", 0, False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._dress()
        theme.changed.connect(self._dress)

    def say(self, text: str, hint: str) -> None:
        self._hint = hint
        self.setText(text)
        self._name()

    def set_count(self, count: int) -> None:
        self._count = count
        self._name()
        self.update()

    def fold(self, folded: bool) -> None:
        self._folded = folded
        self._dress()

    def sizeHint(self) -> QSize:
        sizes = self._theme.sizes
        if self._folded:
            return QSize(self.fontMetrics().horizontalAdvance(self.text()), sizes.rail_item_folded)
        width = 2 * sizes.s12 + sizes.icon + sizes.s12 + self.fontMetrics().horizontalAdvance(self.text())
        return QSize(width, sizes.rail_item)

    def minimumSizeHint(self) -> QSize:
        """On a low screen the items move together."""
        sizes = self._theme.sizes
        words = self.fontMetrics().height()
        return QSize(
            self.sizeHint().width(), (sizes.icon + sizes.s2 + words if self._folded else sizes.icon) + sizes.s4
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, sizes = self._theme, self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect().toRectF()
        chosen = self.isChecked()
        if chosen or self.over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_ground" if chosen else "hover"))
            painter.drawRoundedRect(box, sizes.corner, sizes.corner)
        ink, words = ("accent", "accent") if chosen else ("quiet", "text")
        if self._folded:
            top = (box.height() - sizes.icon - sizes.s2 - self.fontMetrics().height()) / 2
            square = QRectF((box.width() - sizes.icon) / 2, top, sizes.icon, sizes.icon)
            theme.draw_icon(painter, self._icon, ink, square)
            painter.setPen(theme.colour(words))
            under = QRectF(0, square.bottom() + sizes.s2, box.width(), self.fontMetrics().height())
            painter.drawText(under, int(Qt.AlignmentFlag.AlignCenter), self.text())
            if self._count:
                self._draw_count(painter, square.right() - sizes.s4, square.top() - sizes.s4)
        else:
            square = QRectF(sizes.s12, (box.height() - sizes.icon) / 2, sizes.icon, sizes.icon)
            theme.draw_icon(painter, self._icon, ink, square)
            painter.setPen(theme.colour(words))
            room = box.adjusted(square.right() + sizes.s12, 0, -sizes.s12, 0)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self.text())
            right = room.right()
            if self._count:
                width = self._badge_width()
                self._draw_count(painter, right - width, (box.height() - sizes.badge) / 2)
                right -= width + sizes.s8
            words_end = room.left() + self.fontMetrics().horizontalAdvance(self.text()) + sizes.s8
            hint_width = QFontMetrics(theme.font("small")).horizontalAdvance(self._hint)
            if self._hint and words_end + hint_width <= right:
                painter.setFont(theme.font("small"))
                painter.setPen(theme.colour("quiet"))
                room.setRight(right)
                painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), self._hint)
        if self.ring:
            draw_ring(painter, theme, box, sizes.corner)

    def _draw_count(self, painter: QPainter, x: float, y: float) -> None:
        theme, sizes = self._theme, self._theme.sizes
        bubble = QRectF(x, y, self._badge_width(), sizes.badge)
        painter.setPen(QPen(theme.colour("ground"), sizes.hair))
        painter.setBrush(theme.colour("accent"))
        painter.drawRoundedRect(bubble, sizes.badge / 2, sizes.badge / 2)
        painter.setFont(theme.font("small", tabular=True))
        painter.setPen(theme.colour("on_accent"))
        painter.drawText(bubble, int(Qt.AlignmentFlag.AlignCenter), self._count_words())

    def _badge_width(self) -> int:
        sizes = self._theme.sizes
        return max(sizes.badge, sizes.s4 * 2 + len(self._count_words()) * sizes.s8)

    def _count_words(self) -> str:
        return str(self._count) if self._count <= MOST else f"{MOST}+"

    def _name(self) -> None:
        counted = self.tr("%n waiting", "", self._count) if self._count else ""
        self.setAccessibleName(" ".join(filter(None, (self.text(), counted))))
        self.setToolTip(self._hint if self._folded else "")
        self.updateGeometry()

    def _dress(self) -> None:
        self.setFont(self._theme.font("small" if self._folded else "body"))
        self._name()
        self.update()


class Rail(QWidget):
    """`opened` says which page; `lock_asked` that the user goes away."""

    opened = Signal(str)
    lock_asked = Signal()

    def __init__(self, theme: Theme, pages: Sequence[Page], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._pages, self._folded = theme, pages, False
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "ground")
        self._group = QButtonGroup(self)
        self._mark = Icon(theme, "mark", "accent")
        self._place = Label(theme, role="strong", cut=True)
        self._items = {page.key: RailItem(theme, page.key, page.icon, self) for page in pages}
        self._user = RailItem(theme, "lock", "lock", self)
        self._user.clicked.connect(self.lock_asked)
        column = Column(theme, self, gap="s2", pad=("s8", "", "s8", "s8"))
        self._head = QWidget(self)
        head = Row(theme, self._head, gap="s8", pad=("s12", "s8", "s4", "s8"))
        head.addWidget(self._mark)
        head.addWidget(self._place, 1)
        column.addWidget(self._head)
        for item in self._items.values():
            item.setCheckable(True)
            self._group.addButton(item)
            column.addWidget(item)
        column.addStretch(1)
        column.addWidget(self._user)
        self._group.buttonClicked.connect(self._clicked)
        self.speak()
        self._dress()
        theme.changed.connect(self._dress)

    def speak(self) -> None:
        """Say every word again, in the language in force."""
        for page in self._pages:
            self._items[page.key].say(page.title(), page.shortcut)

    def show_place(self, name: str) -> None:
        self._place.setText(name)
        self._head.setToolTip(tip(name))

    def show_user(self, name: str) -> None:
        self._user.say(name, "Ctrl+L")
        self._user.setAccessibleDescription(self.tr("Lock"))

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """What waits for me, by page."""
        for key, item in self._items.items():
            item.set_count(counts.get(key, 0))

    def show_open(self, key: str) -> None:
        self._items[key].setChecked(True)

    def fold(self, folded: bool) -> None:
        self._folded = folded
        for item in (*self._items.values(), self._user):
            item.fold(folded)
        self._place.setVisible(not folded)
        self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        hair = self._theme.sizes.hair
        painter.fillRect(self.width() - hair, 0, hair, self.height(), self._theme.colour("line"))

    def _clicked(self, item: QAbstractButton) -> None:
        if isinstance(item, RailItem):
            self.opened.emit(item.key)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.setFixedWidth(sizes.rail_folded if self._folded else sizes.rail)
        self._head.setFixedHeight(sizes.top_bar)
