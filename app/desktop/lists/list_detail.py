"""A list and what is chosen in it, side by side."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QSplitter, QStackedWidget, QWidget

from app.desktop.theme.layouts import Column
from app.desktop.theme.theme import Theme

SHARES = (5, 4)
"""How list and detail share the width at first."""


class Scroller(QScrollArea):
    """Lets a page be longer than the screen; never wider. The wheel does not take the focus along."""

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self.setWidget(content)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, _left: QWidget | None, reached: QWidget | None) -> None:
        """Wherever the keyboard goes in here is to be seen, Enter and shortcuts as well as Tab."""
        content = self.widget()
        if reached is not None and content is not None and content.isAncestorOf(reached):
            self.ensureWidgetVisible(reached, 0, self._theme.sizes.s32)


class ListDetail(QSplitter):
    """Left the list with what stands over it (filters), right the detail, or `nothing` while none is chosen."""

    def __init__(
        self, theme: Theme, over: QWidget | None, rows: QWidget, nothing: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setChildrenCollapsible(False)
        left = QWidget(self)
        column = Column(theme, left, gap="s8")
        if over is not None:
            shell = Column(theme, gap="", pad=("s24", "s4", "s16", "s4"))
            shell.addWidget(over)
            column.addLayout(shell)
        inset = Column(theme, gap="", pad=("s12", "", "", ""))  # so that the words stand under the title
        inset.addWidget(rows)
        column.addLayout(inset, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(nothing)
        self._nothing = nothing
        self.addWidget(left)
        self.addWidget(self._stack)
        for place, share in enumerate(SHARES):
            self.setStretchFactor(place, share)
        self._shared = False
        self._dress()
        theme.changed.connect(self._dress)

    def show_detail(self, detail: QWidget | None) -> None:
        """Put a detail on the right in place of the one before; None shows that nothing is chosen."""
        old = self._stack.currentWidget()
        if detail is old:
            return
        if detail is not None:
            self._stack.addWidget(detail)
        self._stack.setCurrentWidget(detail or self._nothing)
        if old is not None and old is not self._nothing:
            self._stack.removeWidget(old)
            old.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._shared and event.size().width() > 0:
            self._shared = True  # what they would like to be is not what they need
            self.setSizes([event.size().width() * each // sum(SHARES) for each in SHARES])

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.setHandleWidth(sizes.hair)
        self._stack.setMinimumWidth(sizes.detail_min)
