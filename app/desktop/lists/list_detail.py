"""A list and what is chosen in it, side by side."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QSplitter, QStackedWidget, QWidget

from app.desktop.lists.painted import PaintedList
from app.desktop.lists.view import RowList
from app.desktop.parts.button import Button
from app.desktop.theme.layouts import Column, Row
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
    """Left the list with what stands over it (filters), right the detail, or `nothing` while none is chosen.

    Where there is no room for both, one of them at a time: Enter or a click goes into the detail, Esc back to the list.
    """

    def __init__(
        self,
        theme: Theme,
        over: QWidget | None,
        rows: RowList | PaintedList,
        nothing: QWidget,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self.setChildrenCollapsible(False)
        self._rows, self._inside = rows, False
        self._left = left = QWidget(self)
        column = Column(theme, left, gap="s8")
        if over is not None:
            shell = Column(theme, gap="", pad=("s24", "s4", "s16", "s4"))
            shell.addWidget(over)
            column.addLayout(shell)
        inset = Column(theme, gap="", pad=("s12", "", "", ""))  # so that the words stand under the title
        inset.addWidget(rows)
        column.addLayout(inset, 1)
        self._right = QWidget(self)
        beside = Column(theme, self._right, gap="")
        self._way_back = QWidget(self._right)
        way = Row(theme, self._way_back, gap="", pad=("s16", "s4", "s16", "s4"))
        self.back = Button(theme, self.tr("Back to the list"), "quiet", "chevron-left", "Esc", self._way_back)
        self.back.clicked.connect(self.go_back)
        way.addWidget(self.back)
        way.addStretch(1)
        beside.addWidget(self._way_back)
        self._stack = QStackedWidget(self)
        beside.addWidget(self._stack, 1)
        self._stack.addWidget(nothing)
        self._nothing = nothing
        self.addWidget(left)
        self.addWidget(self._right)
        for place, share in enumerate(SHARES):
            self.setStretchFactor(place, share)
        self._shared = False
        rows.clicked.connect(self.go_in)
        rows.opened.connect(self.go_in)
        self._dress()
        theme.changed.connect(self._dress)

    @property
    def is_narrow(self) -> bool:
        """Whether one half is to be seen at a time."""
        sizes = self._theme.sizes
        return 0 < self.width() < sizes.list_min + sizes.detail_min

    def go_in(self, _row: object = None) -> None:
        """To the detail, where the list is in its place."""
        self._inside = True
        self._fold()

    def go_back(self) -> None:
        """To the list, where the detail is in its place."""
        self._inside = False
        self._fold()
        self._rows.setFocus(Qt.FocusReason.OtherFocusReason)

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
        if detail is None and self._inside:
            self._inside = False
            self._fold()

    def minimumSizeHint(self) -> QSize:
        """Of the wider half: the window may always become narrower than both."""
        halves = (self._left.minimumSizeHint(), self._right.minimumSizeHint())
        width = max(self._theme.sizes.detail_min, *(each.width() for each in halves))
        return QSize(width, max(each.height() for each in halves))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._way_back.isVisible():
            self.go_back()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self._shared and event.size().width() > 0:
            self._shared = True  # what they would like to be is not what they need
            self.setSizes([event.size().width() * each // sum(SHARES) for each in SHARES])
        self._fold()

    def _fold(self) -> None:
        narrow, here = self.is_narrow, QApplication.focusWidget()
        was_left = here is not None and self._left.isAncestorOf(here)
        self._way_back.setVisible(narrow)
        self._right.setVisible(not narrow or self._inside)
        self._left.setVisible(not narrow or not self._inside)
        if was_left and not self._left.isVisibleTo(self):
            self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.setHandleWidth(sizes.hair)
        self._right.setMinimumWidth(sizes.detail_min)
        self._fold()
