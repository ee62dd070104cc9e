"""Words on the screen. Always plain text: what a person is called is never read as markup."""

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.desktop.theme.theme import Theme


def tip(text: str) -> str:
    """Text for a tool tip: Qt reads tips as markup when they look like it, so it is made markup that looks as typed."""
    return f"<qt>{escape(text)}</qt>" if text else ""


class Label(QLabel):
    """Text in a role of type and a tone of colour.

    `wrap` breaks lines, `cut` shortens with an ellipsis and shows the whole in the tool tip.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        role: str = "body",
        tone: str = "text",
        *,
        wrap: bool = False,
        cut: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._theme, self._role, self._cut, self._tabular = theme, role, cut, tabular
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if cut:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setText(text)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def cuts(self) -> bool:
        """Whether it shortens what does not fit."""
        return self._cut

    def set_tone(self, tone: str) -> None:
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        if self._cut:
            hint.setWidth(min(hint.width(), self.fontMetrics().height() * 3))
        return hint

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._cut:
            super().paintEvent(event)
            return
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(tip(self.text()) if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self._theme.colour(str(self.property("tone"))))
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)

    def _dress(self) -> None:
        self.setFont(self._theme.font(self._role, self._tabular))


class Icon(QWidget):
    """A drawing beside words; it says nothing by itself."""

    def __init__(
        self, theme: Theme, name: str, tone: str = "quiet", size: str = "icon", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._name, self._tone, self._size = theme, name, tone, size
        self._dress()
        theme.changed.connect(self._dress)

    def show_icon(self, name: str, tone: str) -> None:
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._theme.draw_icon(painter, self._name, self._tone, self.rect().toRectF())

    def _dress(self) -> None:
        side = getattr(self._theme.sizes, self._size)
        self.setFixedSize(side, side)
        self.update()


class Tag(QWidget):
    """A state in a word: icon, word and colour together."""

    def __init__(
        self, theme: Theme, text: str, tone: str = "accent", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme, self._text, self._tone, self._icon = theme, text, tone, icon
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._dress()
        theme.changed.connect(self._dress)

    def text(self) -> str:
        return self._text

    def say(self, text: str, tone: str, icon: str = "") -> None:
        self._text, self._tone, self._icon = text, tone, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        sizes = self._theme.sizes
        icon = sizes.icon_small + sizes.s4 if self._icon else 0
        width = self.fontMetrics().horizontalAdvance(self._text) + icon + 2 * sizes.s8
        return QSize(width, self.fontMetrics().height() + 2 * sizes.s4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        sizes = self._theme.sizes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ground = "press" if self._tone == "quiet" else f"{self._tone}_ground"
        painter.setBrush(self._theme.colour(ground))
        painter.drawRoundedRect(self.rect(), sizes.corner, sizes.corner)
        room = self.rect().adjusted(sizes.s8, 0, -sizes.s8, 0)
        if self._icon:
            square = room.toRectF()
            square.setSize(QSize(sizes.icon_small, sizes.icon_small).toSizeF())
            square.moveTop((self.height() - sizes.icon_small) / 2)
            self._theme.draw_icon(painter, self._icon, self._tone, square)
            room.setLeft(room.left() + sizes.icon_small + sizes.s4)
        painter.setPen(self._theme.colour(self._tone))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._text)

    def _dress(self) -> None:
        self.setFont(self._theme.font("small"))
        self.updateGeometry()
        self.update()
