"""The list as it is seen: quiet header, hairlines, one row chosen, everything by keyboard."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.desktop.lists.empty import EmptyState
from app.desktop.lists.rows import ICON_ROLE, TONE_ROLE, RowModel
from app.desktop.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex


class _RowDelegate(QStyledItemDelegate):
    """Paints a cell; what it says is always text, never markup."""

    def __init__(self, theme: Theme, parent: QTableView) -> None:
        super().__init__(parent)
        self._theme, self._view = theme, parent
        self._dress()
        theme.changed.connect(self._dress)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, sizes = self._theme, self._theme.sizes
        rect = option.rect
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        if chosen or over:
            painter.fillRect(rect, theme.colour("accent_ground" if chosen else "hover"))
        line = rect.adjusted(0, rect.height() - sizes.hair, 0, 0)
        painter.fillRect(line, theme.colour("line"))
        if chosen and index.column() == 0 and self._view.hasFocus():
            painter.fillRect(rect.adjusted(0, 0, sizes.s4 - 1 - rect.width(), -sizes.hair), theme.colour("accent"))
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if text is None:
            return
        tone = index.data(TONE_ROLE) or "text"
        inner = rect.adjusted(sizes.s12, 0, -sizes.s12, 0)
        icon = index.data(ICON_ROLE)
        if icon:
            side = sizes.icon_small
            place = QRectF(inner.left(), rect.center().y() - side / 2 + 1, side, side)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme.draw_icon(painter, icon, tone, place)
            inner.setLeft(inner.left() + side + sizes.s8)
        figures = bool(index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight)
        painter.setFont(self._figures if figures else self._words)
        metrics = self._figures_metrics if figures else self._words_metrics
        painter.setPen(theme.colour(tone))
        shown = metrics.elidedText(str(text), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(index.data(Qt.ItemDataRole.TextAlignmentRole)), shown)

    def _dress(self) -> None:
        self._words, self._figures = self._theme.font(), self._theme.font(tabular=True)
        self._words_metrics, self._figures_metrics = QFontMetrics(self._words), QFontMetrics(self._figures)


class RowList(QTableView):
    """`current` with the id under the cursor, `opened` by Enter or a double click.

    The chosen record stays chosen when the list is read again.
    """

    current = Signal(object)
    opened = Signal(str)

    def __init__(self, theme: Theme, model: RowModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._rows = theme, model
        self._kept_id: str | None = None
        self.setModel(model)
        self.setAccessibleName(name)
        self.setItemDelegate(_RowDelegate(theme, self))
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._empty: EmptyState | None = None
        self._counted = False
        self.doubleClicked.connect(self._open_index)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        model.counted.connect(self._count)
        self.selectionModel().currentRowChanged.connect(self._current_changed)
        self._dress()
        theme.changed.connect(self._dress)

    def set_empty(self, empty: EmptyState) -> None:
        """What to say when there is nothing to list."""
        empty.setParent(self.viewport())
        self._empty = empty
        self._show_empty()

    def current_id(self) -> str | None:
        return self._rows.id_at(self.currentIndex().row())

    def choose(self, id_: str) -> bool:
        """Put the cursor on a record; False when it is not in the list."""
        place = self._rows.place_of(id_)
        if place is None:
            return False
        self.selectRow(place)
        self.scrollTo(self._rows.index(place, 0))
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open_index(self.currentIndex())
            return
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._rows.rowCount():
            self.selectRow(0 if event.key() == Qt.Key.Key_Home else self._rows.rowCount() - 1)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        if self._empty is not None:
            self._empty.setGeometry(self.viewport().rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and not self.currentIndex().isValid():
            painter = QPainter(self.viewport())
            ring = self._theme.sizes.ring
            painter.fillRect(0, 0, ring, self.viewport().height(), self._theme.colour("accent"))

    def _open_index(self, index: Index) -> None:
        id_ = self._rows.id_at(index.row())
        if id_ is not None:
            self.opened.emit(id_)

    def _current_changed(self, index: QModelIndex) -> None:
        self.current.emit(self._rows.id_at(index.row()) if index.isValid() else None)

    def _keep(self) -> None:
        self._kept_id = self.current_id()
        self._kept_row = self.currentIndex().row()

    def _restore(self) -> None:
        if self._kept_id is not None and not self.choose(self._kept_id) and self._rows.rowCount():
            self.selectRow(min(self._kept_row, self._rows.rowCount() - 1))

    def _count(self, _count: int) -> None:
        self._counted = True
        self._show_empty()

    def _show_empty(self) -> None:
        if self._empty is not None:
            self._empty.setVisible(self._counted and not self._rows.rowCount())
            self._empty.setGeometry(self.viewport().rect())

    def _share_width(self) -> None:
        header = self.horizontalHeader()
        fixed = [getattr(self._theme.sizes, each.width) if each.width else 0 for each in self._rows.columns]
        free = fixed.count(0)
        left = max(0, self.viewport().width() - sum(fixed))
        for place, width in enumerate(fixed):
            header.resizeSection(place, width or left // free)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self.verticalHeader().setMinimumSectionSize(sizes.row)
        self.verticalHeader().setDefaultSectionSize(sizes.row)
        self.horizontalHeader().setFixedHeight(sizes.row)
        self.setMinimumWidth(sizes.list_min)
        self._share_width()
