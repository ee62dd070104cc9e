"""One line of the sheet to walk along the shelf with: the lot, 箱 and 散 side by side, and what became of it."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.number import QuantityField
from app.desktop.parts.label import Icon, Label
from app.desktop.stock.words import StockWords
from app.desktop.theme.layouts import Column, Row
from app.features.inventory.queries_count import SheetRow


class CountRow(QWidget):
    """`quantity` is the form's field; `reached` and `left` when the keyboard comes into the line and goes out of it."""

    reached = Signal()
    left = Signal()

    def __init__(self, desk: Desk, words: StockWords, row: SheetRow, *, blind: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._desk, self._words, self._blind = desk, words, blind
        theme = desk.theme
        line = Row(theme, self, gap="s12", pad=("", "s4", "", "s4"))
        self._name = QWidget(self)
        name = Column(theme, self._name, gap="")
        line.addWidget(self._name, 1)
        name.addStretch(1)
        name.addWidget(Label(theme, row.name, "strong", cut=True, parent=self))
        self._lot = Label(theme, "", "small", "quiet", cut=True, parent=self)
        name.addWidget(self._lot)
        name.addStretch(1)
        self._book = Label(theme, "", tone="quiet", tabular=True, parent=self)
        self._book.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._book)
        lot = words.lot(row.batch, row.expires_on)
        self.quantity = QuantityField(
            theme,
            row.lot,
            f"{row.name} {lot}" if row.expires_on else row.name,
            unit=words.unit(row.unit),
            pack_unit=words.unit(row.pack_unit),
            pack_size=row.pack_factor or 1,
            most=10_000_000,
            bare=True,
            aligned=True,
            parent=self,
        )
        line.addWidget(self.quantity)
        self._icon = Icon(theme, "good", "good", "icon_small", self)
        policy = self._icon.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._icon.setSizePolicy(policy)
        line.addWidget(self._icon)
        self._state = Label(theme, "", "small", "quiet", cut=True, parent=self)
        line.addWidget(self._state)
        line.addStretch(0)
        self.counted: int | None = None
        self.sent: int | None = None
        for edit in (self.quantity.packs, self.quantity.loose):
            edit.installEventFilter(self)
        self.show_row(row)
        self._dress()
        theme.changed.connect(self._dress)

    def show_row(self, row: SheetRow) -> None:
        """What the store says now; what is being typed stays."""
        untouched = self.quantity.value() in (None, self.counted)
        self.row, self.counted = row, row.counted
        self.sent = None if self.sent == row.counted else self.sent
        where = [self._words.lot(row.batch, row.expires_on)] if row.expires_on or row.batch else []
        if row.expired:
            where.insert(0, self._words.ended())
        if row.shelf:
            where.append(row.shelf)
        self._lot.setText(" · ".join(where))
        self._lot.set_tone("danger" if row.expired else "quiet")
        self._lot.setVisible(bool(where))
        if row.book is not None:
            self._book.setText(self._words.packed(row.book, row.unit, row.pack_unit, row.pack_factor))
        if untouched and row.counted is not None:
            self.quantity.set_value(row.counted)
        self.show_state()

    @property
    def is_typed(self) -> bool:
        """Whether something stands here that is neither in the books nor on its way there."""
        typed = self.quantity.value()
        return typed is not None and typed not in (self.counted, self.sent)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            self.reached.emit()
        elif event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(0, self, self._check_left)  # only then it is known where the keyboard went
        return False

    def _check_left(self) -> None:
        now = QApplication.focusWidget()
        if now is None or not self.isAncestorOf(now):
            self.left.emit()

    def show_state(self) -> None:
        """Counted when, or still to be counted; the difference only where the books are not hidden."""
        row = self.row
        typed = self.quantity.value()
        if typed is not None and typed != row.counted:
            self._say("edit", "quiet", self.tr("Enter keeps it"))
        elif row.counted is None or row.entered_at is None:
            self._say("", "quiet", self.tr("to be counted"))
        else:
            when = self._desk.texts.day_words(row.entered_at, self._desk.clock()).rpartition(" ")[2]
            differs = not self._blind and row.book is not None and row.book != row.counted
            if differs:
                more = self._words.change(row.counted - (row.book or 0), row.unit)
                self._say("warning", "warn", self.tr("{difference}, {clock}").format(difference=more, clock=when))
            else:
                self._say("good", "good", self.tr("counted {clock}").format(clock=when))

    def _say(self, icon: str, tone: str, words: str) -> None:
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.show_icon(icon, tone)
        self._state.setText(words)
        self._state.set_tone("quiet" if tone == "good" else tone)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        hair = self._desk.theme.sizes.hair
        QPainter(self).fillRect(0, self.height() - hair, self.width(), hair, self._desk.theme.colour("line"))

    def _dress(self) -> None:
        sizes = self._desk.theme.sizes
        self._book.setVisible(not self._blind)
        self._name.setMaximumWidth(sizes.name_column)
        self._book.setFixedWidth(sizes.date_field)
        self._state.setFixedWidth(sizes.date_field)


class CountHeads(QWidget):
    """What the columns of the sheet are called."""

    def __init__(self, desk: Desk, *, blind: bool, parent: QWidget) -> None:
        super().__init__(parent)
        theme = self._theme = desk.theme
        line = Row(theme, self, gap="s12", pad=("s24", "", "s24", ""))
        self._name = Label(theme, desk.texts.field("item"), "small", "quiet", cut=True, parent=self)
        line.addWidget(self._name, 1)
        self._book = Label(theme, self.tr("In the books"), "small", "quiet", parent=self)
        self._book.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._book.setVisible(not blind)
        line.addWidget(self._book)
        self._counted = Label(theme, self.tr("Counted"), "small", "quiet", parent=self)
        line.addWidget(self._counted)
        self._rest = QWidget(self)
        line.addWidget(self._rest)
        line.addStretch(0)
        self._dress()
        theme.changed.connect(self._dress)

    def _dress(self) -> None:
        sizes = self._theme.sizes
        self._name.setMaximumWidth(sizes.name_column)
        self._book.setFixedWidth(sizes.date_field)
        self._counted.setFixedWidth(sizes.wide_field)
        self._rest.setFixedWidth(sizes.icon_small + sizes.s12 + sizes.date_field + sizes.scroll)  # as below it
