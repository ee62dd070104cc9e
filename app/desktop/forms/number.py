"""Fields for whole numbers and for quantities in 箱 + 散. The wheel changes nothing; the arrow keys do."""

from PySide6.QtCore import QEvent, QObject, QRegularExpression, Qt, Signal
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.desktop.forms.field import Field
from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Row
from app.desktop.theme.theme import Theme


class NumberEdit(QLineEdit):
    """Digits with a unit behind them. Full-width digits are taken as digits."""

    def __init__(self, theme: Theme, unit: str, least: int, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._least, self._most = theme, least, most
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        sign = "-?" if least < 0 else ""
        pattern = QRegularExpression(sign + r"[0-9]{0," + str(len(str(most))) + "}")
        self.setValidator(QRegularExpressionValidator(pattern, self))
        self._unit = Label(theme, unit, tone="quiet", parent=self)
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._dress()
        theme.changed.connect(self._dress)

    def number(self) -> int | None:
        text = self.text()
        return int(text) if text.lstrip("-").isdigit() else None

    def show_number(self, number: int | None) -> None:
        self.setText("" if number is None else str(number))

    def set_unit(self, unit: str) -> None:
        self._unit.setText(unit)
        self._dress()

    def fits(self) -> bool:
        number = self.number()
        return number is None or self._least <= number <= self._most

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self.isReadOnly():
            super().keyPressEvent(event)
            return
        number = self.number()
        stepped = self._least if number is None and step > 0 else (number or 0) + step
        self.show_number(max(self._least, min(self._most, stepped)))
        self.textEdited.emit(self.text())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        self._unit.adjustSize()
        right = self.width() - self._unit.width() - self._theme.sizes.s8
        self._unit.move(right, (self.height() - self._unit.height()) // 2)

    def _dress(self) -> None:
        self.setFont(self._theme.font(tabular=True))
        self._unit.adjustSize()
        used = self._unit.width() + self._theme.sizes.s4 if self._unit.text() else 0
        self.setTextMargins(0, 0, used, 0)
        self._place()


class NumberField(Field):
    """A whole number from `least` to `most`, or None."""

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        unit: str = "",
        least: int = 0,
        most: int = 999_999,
        required: bool = False,
        bare: bool = False,
        width: str = "narrow_field",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._least, self._most = least, most
        self.edit = NumberEdit(theme, unit, least, most, self)
        self.edit.textEdited.connect(self._touched)
        self._put(self.edit)

    def value(self) -> int | None:
        return self.edit.number()

    def set_value(self, value: object) -> None:
        self.edit.show_number(value if isinstance(value, int) else None)

    def mistake(self) -> str:
        if self.edit.fits():
            return ""
        return self.tr("From {least} to {most}").format(least=self._least, most=self._most)


class QuantityField(Field):
    """So many boxes and so many loose ones; the value is in single pieces. Without a box size only pieces."""

    counted = Signal(int)

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        *,
        unit: str,
        pack_unit: str = "",
        pack_size: int = 1,
        most: int = 999_999,
        required: bool = False,
        bare: bool = False,
        aligned: bool = False,
        width: str = "wide_field",
        parent: QWidget | None = None,
    ) -> None:
        """`aligned`: loose pieces stand under loose pieces, also where there are no boxes: for columns."""
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._most = most
        shown = QWidget(self)
        row = Row(theme, shown, gap="s8")
        self.packs = NumberEdit(theme, pack_unit, 0, most, shown)
        self.loose = NumberEdit(theme, unit, 0, most, shown)
        self._sum = Label(theme, "", tone="quiet", tabular=True, parent=shown)
        row.addWidget(self.packs, 1)
        row.addWidget(self.loose, 1)
        row.addWidget(self._sum, 1)
        for each in (self.packs, self._sum) if aligned else ():
            policy = each.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            each.setSizePolicy(policy)
        for edit in (self.packs, self.loose):
            edit.textEdited.connect(self._edited)
        self._put(shown, self.packs, self.loose)
        self.set_units(unit, pack_unit, pack_size)

    def set_units(self, unit: str, pack_unit: str, pack_size: int) -> None:
        """Another item: other units."""
        self._unit, self._pack_size = unit, max(1, pack_size)
        self.packs.set_unit(pack_unit)
        self.loose.set_unit(unit)
        self.packs.setAccessibleName(f"{self.label} {pack_unit}")
        self.loose.setAccessibleName(f"{self.label} {unit}")
        packed = self._pack_size > 1
        self.packs.setVisible(packed)
        self._sum.setVisible(packed)
        self.setFocusProxy(self.packs if packed else self.loose)
        self._editors = [self.packs, self.loose] if packed else [self.loose]
        self._show_sum()

    def value(self) -> int | None:
        packs, loose = self._counts()
        return None if packs is None and loose is None else (packs or 0) * self._pack_size + (loose or 0)

    def set_value(self, value: object) -> None:
        if not isinstance(value, int):
            self.packs.show_number(None)
            self.loose.show_number(None)
        elif self._pack_size > 1:
            self.packs.show_number(value // self._pack_size or None)
            self.loose.show_number(value % self._pack_size)
        else:
            self.loose.show_number(value)
        self._show_sum()

    def draft(self) -> object:
        return list(self._counts())

    def load_draft(self, kept: object) -> None:
        if isinstance(kept, list) and len(kept) == 2:
            self.packs.show_number(kept[0])
            self.loose.show_number(kept[1])
            self._show_sum()

    def mistake(self) -> str:
        if (self.value() or 0) <= self._most:
            return ""
        return self.tr("At most {most}").format(most=self._most)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.packs
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() != Qt.KeyboardModifier.ControlModifier
        ):
            self.loose.setFocus(Qt.FocusReason.TabFocusReason)
            self.loose.selectAll()
            return True
        return super().eventFilter(watched, event)

    def _counts(self) -> tuple[int | None, int | None]:
        packs = self.packs.number() if self._pack_size > 1 else None
        return packs, self.loose.number()

    def _edited(self) -> None:
        self._show_sum()
        self._touched()
        self.counted.emit(self.value() or 0)

    def _show_sum(self) -> None:
        total = self.value()
        packs = self.packs.number() if self._pack_size > 1 else None
        self._sum.setText(f"= {total} {self._unit}" if total is not None and packs else "")
