"""A layout that breaks its line where the width ends, as words do."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from app.desktop.theme.theme import Theme


class Flow(QLayout):
    """Left to right, then the next line; `gap` is the name of a size. Words stand in the middle of fields."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, gap: str = "s8") -> None:
        if parent is None:
            super().__init__()
        else:
            super().__init__(parent)
        self._theme, self._gap = theme, gap
        self._kept: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        theme.changed.connect(self.invalidate)

    def addItem(self, item: QLayoutItem) -> None:
        self._kept.append(item)

    def count(self) -> int:
        return len(self._kept)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._kept[index] if 0 <= index < len(self._kept) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._kept.pop(index) if 0 <= index < len(self._kept) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        gap: int = getattr(self._theme.sizes, self._gap)
        hints = [item.sizeHint() for item in self._kept if not item.isEmpty()]
        width = sum(hint.width() for hint in hints) + gap * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._kept:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        gap: int = getattr(self._theme.sizes, self._gap)
        x, y, line = rect.x(), rect.y(), 0
        mixed = len({_room(item).height() for item in self._kept if not item.isEmpty()}) > 1
        for item in self._kept:
            if item.isEmpty():
                continue
            hint = _room(item)
            if x + hint.width() > rect.right() + 1 and line:
                x, y, line = rect.x(), y + line + gap, 0
            if move:
                low = max(0, (self._theme.sizes.control - hint.height()) // 2) if mixed else 0
                item.setGeometry(QRect(QPoint(x, y + low), hint))
            x += hint.width() + gap
            line = max(line, hint.height())
        return y + line - rect.y()


def _room(item: QLayoutItem) -> QSize:
    """What an item takes: words under a narrow field need more lines."""
    hint = item.sizeHint()
    if item.hasHeightForWidth():
        hint.setHeight(item.heightForWidth(hint.width()))
    return hint
