"""One item given: how many, from which lots, what the shelf holds before and after, why more than the limit."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.base.clock import local
from app.desktop.desk import Desk
from app.desktop.forms.number import NumberEdit
from app.desktop.parts.button import IconButton
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.queries import ItemRow, PlannedIssue

MOST = 9_999


class GoodsLine(QWidget):
    changed = Signal()
    entered = Signal()
    struck = Signal()

    def __init__(self, desk: Desk, item: ItemRow, quantity: int | None, reason: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self.item = desk, item
        self._on_hand = 0
        theme, texts = desk.theme, desk.texts
        self._unit = texts.code("UNIT", item.unit)
        column = Column(theme, self, gap="s4")
        row = Row(theme, gap="s8")
        column.addLayout(row)
        row.addWidget(Icon(theme, "supplies", "quiet", parent=self))
        self._name = Label(theme, item.name, parent=self)
        self._name.setMinimumWidth(theme.sizes.list_state)  # so that the quantities stand under each other
        row.addWidget(self._name)
        self.edit = NumberEdit(theme, self._unit, 1, MOST, self)
        self.edit.setFixedWidth(theme.sizes.narrow_field)
        self.edit.setAccessibleName(f"{item.name} {texts.field('quantity')}")
        self.edit.show_number(quantity)
        row.addWidget(self.edit)
        self._lots = Label(theme, "", "small", "quiet", parent=self)
        self._shelf = Label(theme, "", "small", "quiet", tabular=True, parent=self)
        row.addWidget(self._lots)
        row.addWidget(self._shelf)
        strike = IconButton(theme, "close", self.tr("Strike {item}").format(item=item.name), parent=self)
        row.addWidget(strike)
        row.addStretch(1)
        self._why = QLineEdit(self)
        self._why.setText(reason)
        self._why.setMaxLength(200)
        self._why.setFixedWidth(theme.sizes.wide_field)
        self._why.setAccessibleName(texts.field("over_limit_reason"))
        limit = item.per_visit_limit or 0
        over = self.tr("More than the limit of {limit}: why").format(limit=limit)
        self._why.setPlaceholderText(over)
        column.addWidget(self._why, 0, Qt.AlignmentFlag.AlignLeft)
        self._error = Label(theme, "", "small", "danger", wrap=True, parent=self)
        column.addWidget(self._error)
        self._error.hide()
        self.edit.textEdited.connect(self._edited)
        self._why.textEdited.connect(self._edited)
        strike.clicked.connect(self.struck)
        for editor in (self.edit, self._why):
            editor.installEventFilter(self)
        self._show_limit()
        theme.changed.connect(self._dress)

    def quantity(self) -> int | None:
        return self.edit.number()

    def reason(self) -> str | None:
        return self._why.text().strip() or None if self._over() else None

    def more(self) -> None:
        """The same item was scanned again."""
        self.edit.show_number((self.quantity() or 0) + 1)
        self._edited()

    def go_to(self) -> None:
        self.edit.setFocus(Qt.FocusReason.TabFocusReason)
        self.edit.selectAll()

    def words(self) -> str:
        return f"{self.item.name} {self.quantity() or 0} {self._unit}"

    def refuse(self, part: str, words: str) -> None:
        self._error.setText(words)
        self._error.show()
        editor = self._why if part == "over_limit_reason" and self._why.isVisible() else self.edit
        editor.setFocus(Qt.FocusReason.TabFocusReason)

    def show_shelf(self, on_hand: int) -> None:
        self._on_hand = on_hand
        left = on_hand - (self.quantity() or 0)
        words = self.tr("Stock {before} → {after}").format(before=on_hand, after=left)
        if left < 0:
            words += self.tr(" · less than none: count soon")
        self._shelf.setText(words)
        self._shelf.set_tone("warn" if left < 0 else "quiet")

    def show_lots(self, plan: Sequence[PlannedIssue]) -> None:
        """Which lots it comes from, the first to expire first."""
        parts = []
        for lot in plan:
            if lot.expires_on is None:
                continue
            day = self.tr("lot good until {day}").format(day=self._day(lot.expires_on))
            parts.append(f"{day} ×{lot.quantity}" if len(plan) > 1 else day)
        self._lots.setText(" · ".join(parts))
        self._lots.setVisible(bool(parts))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
                if watched is self.edit and self._over() and not self._why.text().strip():
                    self._why.setFocus(Qt.FocusReason.TabFocusReason)
                else:
                    self.entered.emit()
                return True
        return False

    def _day(self, day: str) -> str:
        """Without the year while it is this one."""
        return day.removeprefix(f"{local(self._desk.clock()).year}-")

    def _over(self) -> bool:
        limit = self.item.per_visit_limit
        return limit is not None and (self.quantity() or 0) > limit

    def _edited(self) -> None:
        self._error.hide()
        self._show_limit()
        self.changed.emit()

    def _show_limit(self) -> None:
        self._why.setVisible(self._over())

    def _dress(self) -> None:
        self._name.setMinimumWidth(self._desk.theme.sizes.list_state)
        self.edit.setFixedWidth(self._desk.theme.sizes.narrow_field)
        self._why.setFixedWidth(self._desk.theme.sizes.wide_field)
