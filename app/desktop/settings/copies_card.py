"""Copies of everything: making one now, where they are, how old the newest is."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from app.desktop.desk import Desk
from app.desktop.frame.office import Copies, Copy
from app.desktop.parts.button import Button
from app.desktop.parts.section import Facts
from app.desktop.settings.titled import TitledCard
from app.desktop.theme.layouts import Row


class CopiesCard(TitledCard):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            self.tr("Copies"),
            self.tr(
                "A copy is locked like the data itself: only the passwords of this computer, or the center, open it."
            ),
            parent,
        )
        self.facts = Facts(desk.theme, parent=self)
        self.body.addWidget(self.facts)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Copying…"))
        self.progress.hide()
        self.body.addWidget(self.progress)
        self.now = Button(desk.theme, self.tr("Make a copy now"), icon="copy", parent=self)
        self.now.clicked.connect(self._copy_here)
        self.away = Button(desk.theme, self.tr("Copy to a stick…"), icon="usb", parent=self)
        self.away.clicked.connect(self._choose)
        foot = Row(desk.theme, gap="s8")
        foot.addWidget(self.now)
        foot.addWidget(self.away)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self._look()

    def copy_to(self, folder: str) -> None:
        """A copy into this folder; empty is the usual one."""
        office = self.desk.office
        if office is None or not self.now.isEnabled():
            return
        self._set_busy(busy=True)
        self.desk.work.run(partial(office.copy_to, Path(folder) if folder else None), self._copied, self._failed)

    def _copy_here(self) -> None:
        self.copy_to("")

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose where the copy goes"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.copy_to)
        dialog.open()

    def _look(self) -> None:
        if self.desk.office is not None:
            self.desk.work.run(self.desk.office.copies, self._show, self._quiet)

    def _show(self, found: Copies) -> None:
        newest = self.tr("None yet")
        if found.copies:
            when = self.desk.texts.day_words(found.copies[0].made_at, self.desk.clock())
            newest = self.tr("{when}, {size} MB; %n in all", "", len(found.copies)).format(
                when=when, size=max(1, round(found.copies[0].size / 1_000_000))
            )
        self.facts.show_facts([(self.tr("Newest"), newest), (self.tr("Kept in"), str(found.folder))])

    def _copied(self, copy: Copy) -> None:
        self._set_busy(busy=False)
        self._look()
        self.desk.say(self.tr("Copied and checked: {path}").format(path=copy.path), "good", None)

    def _failed(self, error: object) -> None:
        self._set_busy(busy=False)
        self.desk.work.trouble.emit(error)

    def _quiet(self, error: object) -> None:
        """The folder cannot be read: making a copy will say why."""

    def _set_busy(self, *, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.now.setEnabled(not busy)
        self.away.setEnabled(not busy)
