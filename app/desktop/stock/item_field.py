"""The field for one item: scan its package or type its initials; its name stays in the field."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.forms.scan import ScanField
from app.desktop.stock.shelf_data import ShelfData
from app.desktop.theme.theme import Theme
from app.features.inventory.queries import ItemStock


class ItemField(ScanField):
    """The value is the item's id, or None; `item_changed` when it is another."""

    item_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        data: ShelfData,
        *,
        placeholder: str = "",
        required: bool = False,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, placeholder=placeholder, required=required, bare=bare, parent=parent)
        self._data = data
        self._item: str | None = None
        self._waiting: str | None = None
        self.typed.connect(self._search)
        self.chosen.connect(self._choose_item)
        self.scanned.connect(self._look_up)
        data.came.connect(self._put_waiting)

    @property
    def stock(self) -> ItemStock | None:
        return self._data.rows.get(self._item) if self._item else None

    def value(self) -> str | None:
        return self._item

    def set_value(self, value: object) -> None:
        self._waiting = None
        row = self._data.rows.get(str(value)) if value else None
        if value and row is None and not self._data.known:
            self._waiting = str(value)
        self._item = row.item.id if row else None
        self.edit.setText(row.item.name if row else "")
        self.edit.setCursorPosition(0)
        self.item_changed.emit()

    def mistake(self) -> str:
        left = self.edit.text().strip()
        if left and self._item is None:
            return self.tr("“{words}” is no item; choose one of the list").format(words=left)
        return ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._item and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.entered.emit()
                return True
            if (
                event.text().isprintable()
                and event.text()
                and not event.modifiers() & Qt.KeyboardModifier.ControlModifier
            ):
                self.edit.selectAll()  # another scan takes the place of the item, it is not added to its name
        return super().eventFilter(watched, event)

    def _search(self, text: str) -> None:
        self._forget_item()
        self.offer(self._data.suggestions(text))

    def _choose_item(self, key: object) -> None:
        self.set_value(key)
        self._touched()
        self.entered.emit()

    def _look_up(self, code: str) -> None:
        row = self._data.found(code)
        if row is not None:
            self._choose_item(row.item.id)
            return
        self.edit.setText(code)
        self.refuse(self.tr("No item is called “{words}” and none carries this code").format(words=code))

    def _forget_item(self) -> None:
        if self._item is not None:
            self._item = None
            self.item_changed.emit()

    def _put_waiting(self) -> None:
        if self._waiting is not None:
            self.set_value(self._waiting)
        elif self._item is not None:
            self.item_changed.emit()
