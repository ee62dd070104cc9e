"""A row of chips: one of few, or several. Typing the initials of a word takes it or leaves it."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.desktop.forms.choice import Choice
from app.desktop.forms.field import Field
from app.desktop.forms.initials import initials
from app.desktop.forms.typing import PAUSE_S, Typing, digits
from app.desktop.parts.button import Chip
from app.desktop.parts.label import tip
from app.desktop.theme.flow import Flow
from app.desktop.theme.theme import Theme


class ChipRow(Field):
    """The value is a tuple of codes in the order of the row, or with `single` one code or None.

    The row is one stop for Tab; arrows walk in it, Space and the initials take and leave.
    """

    is_chosen = True

    def __init__(
        self,
        theme: Theme,
        identifier: str,
        label: str,
        choices: Sequence[Choice],
        *,
        single: bool = False,
        required: bool = False,
        bare: bool = False,
        width: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, identifier, label, required=required, bare=bare, width=width, parent=parent)
        self._single = single
        self._choices: list[Choice] = []
        self.chips: list[Chip] = []
        self._shown = QWidget(self)
        self._flow = Flow(theme, self._shown)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(round(PAUSE_S * 1000))
        self._pause.timeout.connect(self._paused)
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Other chips; what was taken stays taken where it is still there."""
        taken = self._taken() if self._choices else ()
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._choices = list(choices)
        words = [choice.text for choice in choices]
        self._typing = Typing(words)
        self.chips = []
        for choice, digit in zip(self._choices, digits(words), strict=True):
            chip = Chip(self.theme, choice.text, choice.tone, digit, self._shown)
            chip.setToolTip(tip(initials(choice.text) + digit))
            chip.clicked.connect(self._clicked)
            self._flow.addWidget(chip)
            self.chips.append(chip)
        self._column.removeWidget(self._shown)
        self._put(self._shown, *self.chips)
        for chip in self.chips:
            chip.setAccessibleName(f"{self.label} {chip.text()}")
        self._check(taken)
        self._one_stop(0)

    def value(self) -> object:
        taken = self._taken()
        return (taken[0] if taken else None) if self._single else taken

    def set_value(self, value: object) -> None:
        codes = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
        self._check(codes)

    def draft(self) -> object:
        return list(self._taken())

    def go_to(self) -> None:
        stop = next((chip for chip in self.chips if chip.focusPolicy() != Qt.FocusPolicy.ClickFocus), None)
        if stop is not None:
            stop.setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and watched in self.chips:
            self._one_stop(self.chips.index(watched))
            self.set_hint(self.tr("type the initials"))
        elif event.type() == QEvent.Type.FocusOut:
            self.set_hint("")
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
            if step is not None and watched in self.chips:
                self._walk(self.chips.index(watched), step)
                return True
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and event.text().isascii() and event.text().isalnum():
                self._typed(event.text())
                return True
        return super().eventFilter(watched, event)

    def _typed(self, character: str) -> None:
        for place in self._typing.key(character, time.monotonic()):
            self._turn(place)
        self._pause.start()
        self.set_hint(self._typing.typed or self.tr("type the initials"))

    def _paused(self) -> None:
        for place in self._typing.pause():
            self._turn(place)
        if any(chip.hasFocus() for chip in self.chips):
            self.set_hint(self.tr("type the initials"))

    def _turn(self, place: int) -> None:
        chip = self.chips[place]
        if chip.isVisibleTo(self) and chip.isEnabled():
            chip.setFocus(Qt.FocusReason.ShortcutFocusReason)
            chip.click()

    def _clicked(self) -> None:
        clicked = self.sender()
        if self._single:
            for chip in self.chips:
                if chip is not clicked:
                    chip.setChecked(False)
        self._touched()

    def _taken(self) -> tuple[str, ...]:
        pairs = zip(self._choices, self.chips, strict=True)
        return tuple(choice.code for choice, chip in pairs if chip.isChecked())

    def _check(self, codes: Sequence[object]) -> None:
        for choice, chip in zip(self._choices, self.chips, strict=True):
            chip.setChecked(choice.code in codes)

    def _walk(self, place: int, step: int) -> None:
        for away in range(1, len(self.chips) + 1):
            chip = self.chips[(place + step * away) % len(self.chips)]
            if chip.isVisibleTo(self) and chip.isEnabled():
                chip.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def _one_stop(self, place: int) -> None:
        for number, chip in enumerate(self.chips):
            here = number == place
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if here else Qt.FocusPolicy.ClickFocus)
        if self.chips:
            self.setFocusProxy(self.chips[place])
