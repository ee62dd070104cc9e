"""A list whose rows paint themselves: two lines, a bar, signs. All rows are held; for very many take `RowList`."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.desktop.lists.empty import EmptyState
from app.desktop.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractListModel):
    def __init__(self, view: "PaintedList") -> None:
        super().__init__(view)
        self._view = view
        self.rows: list[Any] = []

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._view.words(self.rows[index.row()])
        return None

    def take(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: "PaintedList") -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self._theme.sizes.list_min, self._view.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, sizes, rect = self._theme, self._theme.sizes, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, theme.colour("accent_ground" if chosen else "hover"))
        painter.fillRect(rect.adjusted(0, rect.height() - sizes.hair, 0, 0), theme.colour("line"))
        if chosen and self._view.hasFocus():
            painter.fillRect(rect.adjusted(0, 0, sizes.s4 - 1 - rect.width(), -sizes.hair), theme.colour("accent"))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._view.draw(painter, rect.adjusted(sizes.s12, sizes.s8, -sizes.s12, -sizes.s8), index.row())
        painter.restore()


class PaintedList(QListView):
    """`current` with the row under the cursor or None, `opened` by Enter or a double click.

    A kind of list says how a row is drawn, what it says aloud and by what it is known. With `grows` it is as tall as
    its rows and the page round it scrolls.
    """

    current = Signal(object)
    opened = Signal(object)

    def __init__(
        self, theme: Theme, name: str, height: str = "row_tall", *, grows: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.theme, self._height, self._grows = theme, height, grows
        self._empty: EmptyState | None = None
        self._asked = False
        self._model = _Rows(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(theme, self))
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if grows:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.doubleClicked.connect(self._open_index)
        self._dress()
        theme.changed.connect(self._dress)

    # what a kind of list says

    @abstractmethod
    def draw(self, painter: QPainter, room: QRect, place: int) -> None:
        """Paint the row at this place into its room."""

    @abstractmethod
    def words(self, row: Any) -> str:
        """The row as it is heard."""

    @abstractmethod
    def key(self, row: Any) -> object:
        """By what a row is known when the list is read again."""

    # what pages use

    @property
    def rows(self) -> list[Any]:
        return self._model.rows

    @property
    def row_height(self) -> int:
        height: int = getattr(self.theme.sizes, self._height)
        return height

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show these; the row under the cursor stays under it."""
        kept = self.current_row()
        place = self.currentIndex().row()
        scrolled = self.verticalScrollBar().value()
        self._model.take(rows)
        self._asked = True
        if kept is not None and not self.choose(self.key(kept)) and rows:
            self.setCurrentIndex(self._model.index(min(place, len(rows) - 1)))
        self.verticalScrollBar().setValue(scrolled)
        self._show_empty()
        self._dress()

    def current_row(self) -> Any:
        place = self.currentIndex().row()
        return self._model.rows[place] if 0 <= place < len(self._model.rows) else None

    def choose(self, key: object) -> bool:
        """Put the cursor on a row; False when it is not here."""
        for place, row in enumerate(self._model.rows):
            if self.key(row) == key:
                self.setCurrentIndex(self._model.index(place))
                return True
        return False

    def set_empty(self, empty: EmptyState) -> None:
        empty.setParent(self.viewport())
        self._empty = empty
        self._show_empty()

    # for the drawing

    def write(
        self,
        painter: QPainter,
        room: QRect | QRectF,
        text: str,
        role: str = "body",
        tone: str = "text",
        *,
        right: bool = False,
        figures: bool = False,
    ) -> int:
        """One line of words in a room, shortened where it does not fit; gives the width it took."""
        painter.setFont(self.theme.font(role, figures))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.setPen(self.theme.colour(tone))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), shown)
        return metrics.horizontalAdvance(shown)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open_index(self.currentIndex())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt puts its cursor on a row where the keyboard comes in, and marks none: nobody would see where it is."""
        super().focusInEvent(event)
        here = self.currentIndex()
        if here.isValid() and not self.selectionModel().isSelected(here):
            self.selectionModel().select(here, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def currentChanged(self, now: Index, before: Index) -> None:
        super().currentChanged(now, before)
        if self._grows and now.isValid() and self.hasFocus():
            self._bring_into_sight(now)
        self.current.emit(self.current_row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._empty is not None:
            self._empty.setGeometry(self.viewport().rect())

    def _open_index(self, index: Index) -> None:
        self.opened.emit(self._model.rows[index.row()])

    def _bring_into_sight(self, index: Index) -> None:
        outer = self.parentWidget()
        while outer is not None and not isinstance(outer, QScrollArea):
            outer = outer.parentWidget()
        content = outer.widget() if outer is not None else None
        if outer is not None and content is not None:
            at = self.mapTo(content, self.visualRect(index).center())
            outer.ensureVisible(at.x(), at.y(), 0, 2 * self.row_height)

    def _show_empty(self) -> None:
        if self._empty is not None:
            self._empty.setVisible(self._asked and not self._model.rows)
            self._empty.setGeometry(self.viewport().rect())

    def _dress(self) -> None:
        if self._grows:
            self.setFixedHeight(self.row_height * len(self._model.rows))
        else:
            self.setMinimumWidth(self.theme.sizes.list_min)
        self.scheduleDelayedItemsLayout()
