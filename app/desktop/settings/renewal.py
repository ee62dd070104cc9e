"""Reading a new enrolment file at a computer that is a point already: its center moved, or is vouched for by another.

A file for this point on a stick is found by itself. Not here: what the file changes (`app.sync.enrol`).
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.desktop.desk import Desk
from app.desktop.frame.sticks import Stick, Sticks, sticks_with_enrolments
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.sync.enrol import Renewed


class Renewal(QWidget):
    """A round is asked for after a file with news; `code_wanted` where the file's code is to be entered first."""

    code_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._on_stick: Path | None = None
        column = Column(desk.theme, self, gap="s8")
        self.words = Label(desk.theme, wrap=True, parent=self)
        column.addWidget(self.words)
        holder = QWidget(self)
        foot = Flow(desk.theme, holder)
        self.from_stick = Button(desk.theme, self.tr("Read it from the stick"), "soft", "usb", parent=holder)
        self.from_stick.clicked.connect(self._take_from_stick)
        self.choose = Button(desk.theme, self.tr("Read a new enrolment file…"), parent=holder)
        self.choose.clicked.connect(self._choose)
        foot.addWidget(self.from_stick)
        foot.addWidget(self.choose)
        column.addWidget(holder)
        self.sticks = Sticks(desk.work, sticks_with_enrolments, self)
        self.sticks.changed.connect(self._look_at)
        self._offer(None)

    def go_to(self) -> None:
        button = self.from_stick if self._on_stick is not None else self.choose
        button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def take(self, file: str) -> None:
        """Read the file at this path."""
        office = self._desk.office
        if office is not None and self.choose.isEnabled():
            self._set_busy(busy=True)
            job = partial(office.take_enrolment, Path(file), self._desk.work.write_and_wait)
            self._desk.work.run(job, self._taken, self._refused)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.sticks.watch()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.sticks.rest()

    # what is there

    def _look_at(self, sticks: Sequence[Stick]) -> None:
        office, files = self._desk.office, [file for stick in sticks for file in stick.enrolments]
        if office is None or not files:
            self._offer(None)
        else:
            self._desk.work.run(partial(office.newer_enrolment, files), self._offer)

    def _offer(self, file: Path | None) -> None:
        self._on_stick = file
        self.words.setVisible(file is not None)
        self.from_stick.setVisible(file is not None)
        if file is not None:
            words = self.tr("On the stick there is a new enrolment file for this point: {name}")
            self.words.setText(words.format(name=file.stem))

    # what is done

    def _take_from_stick(self) -> None:
        if self._on_stick is not None:
            self.take(str(self._on_stick))

    def _taken(self, renewed: Renewed) -> None:
        self._set_busy(busy=False)
        self._look_at(self.sticks.now)
        if renewed.wants_code:
            self._desk.say(self.tr("The enrolment file was read. Enter the code that came with it."), "good", None)
            self.code_wanted.emit()
        elif renewed.is_news:
            self._desk.say(self.tr("The enrolment file was read. Calling the center…"), "good", None)
            self._desk.rounds.asked.emit()
        else:
            words = self.tr("Nothing in this file is new to this computer. Ask the center for one made today.")
            self._desk.say(words, "accent", None)

    def _refused(self, error: object) -> None:
        self._set_busy(busy=False)
        self._desk.work.trouble.emit(error)

    def _set_busy(self, *, busy: bool) -> None:
        self.from_stick.setEnabled(not busy)
        self.choose.setEnabled(not busy)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the enrolment file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.take)
        dialog.open()
