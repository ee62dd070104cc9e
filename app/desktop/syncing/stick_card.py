"""Syncing without a network: what waits is packed onto a stick, the center's answer is read from it, one button each.

What was packed is never called sent: the card says that the center has not received it until its answer was read here.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from app.base.errors import Environment, Refused
from app.desktop.desk import Desk
from app.desktop.frame.carrier import Carrier
from app.desktop.frame.pages import Action
from app.desktop.frame.sticks import Stick, Sticks, sticks_now
from app.desktop.frame.sync_pill import refused_in
from app.desktop.frame.way_out import WayOut
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Card
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Row
from app.sync.answers import Unread
from app.sync.carrying import OnItsWay, Packed, on_its_way
from app.sync.outbox import unsent
from app.sync.unpacking import Unpacked


class _Line(QWidget):
    """An icon and words that may take several lines."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        row = Row(desk.theme, self, gap="s8")
        self._icon = Icon(desk.theme, "info", "quiet", "icon_small", self)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self.words = Label(desk.theme, "", wrap=True, parent=self)
        row.addWidget(self.words, 1)

    def say(self, words: str, tone: str = "text", icon: str = "info") -> None:
        self.words.setText(words)
        self.words.set_tone("text" if tone in ("quiet", "good", "accent") else tone)
        self._icon.show_icon(icon, tone)
        self.setVisible(bool(words))


class StickCard(Card):
    """`turned` when the stick begins to matter, or matters no more: one is in, or what it carries is on its way."""

    turned = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, "s12", parent)
        self._desk = desk
        self.busy = False
        self._waiting = 0
        self._on_its_way: OnItsWay | None = None
        self._chosen: Path | None = None
        self._answers_read: set[str] = set()
        self._mattered = False
        theme = desk.theme
        head = Row(theme, gap="s12")
        head.addWidget(Icon(theme, "usb", "quiet", "icon", self))
        head.addWidget(Label(theme, self.tr("Without a network: by stick"), "section", parent=self), 1)
        self.body.addLayout(head)
        self.way = _Line(desk, self)
        self.body.addWidget(self.way)
        self._way_out = WayOut(desk.open_page, self)
        self._mends: Action | None = None
        self.told = _Line(desk, self)
        self.body.addWidget(self.told)
        self.mend = Button(theme, "", "soft", parent=self)
        self.mend.clicked.connect(self._go_and_mend)
        self.body.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignLeft)
        self._tell("")
        self.where = Label(theme, "", tone="quiet", wrap=True, parent=self)
        self.body.addWidget(self.where)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Working with the stick…"))
        self.progress.hide()
        self.body.addWidget(self.progress)
        holder = QWidget(self)
        foot = Flow(theme, holder)
        self.read = Button(theme, self.tr("Read the answer"), "plain", "download", parent=self)
        self.read.clicked.connect(self._unpack)
        self.pack = Button(theme, self.tr("Pack onto the stick"), "plain", "upload", parent=self)
        self.pack.clicked.connect(self._pack)
        self.choose = Button(theme, self.tr("Choose a folder…"), "plain", parent=self)
        self.choose.clicked.connect(self._choose)
        for button in self.buttons:
            foot.addWidget(button)
        self.body.addWidget(holder)
        self.sticks = Sticks(desk.work, self._find, self)
        self.sticks.changed.connect(self._show_sticks)
        desk.work.changed.connect(self._look_again)
        desk.rounds.moved.connect(self._look_again)
        desk.rounds.ended.connect(self._look_again)
        desk.rounds.let_go.connect(self._look_again)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self.refresh)
        self._show_sticks(())

    @property
    def stick(self) -> Stick | None:
        """The one that is used: with an answer before one without, one to be read first, the chosen folder before
        all."""
        sticks = sorted(
            self.sticks.now, key=lambda each: (each.root != self._chosen, not each.is_unread, not each.answer)
        )
        return sticks[0] if sticks else None

    @property
    def is_new(self) -> bool:
        """Whether the stick holds an answer that is to be read; one that could not be is asked for once."""
        return self.stick is not None and self.stick.is_unread and self.stick.answer not in self._answers_read

    @property
    def matters(self) -> bool:
        return self.stick is not None or self._on_its_way is not None

    @property
    def buttons(self) -> list[Button]:
        """As they stand side by side."""
        return [self.read, self.pack, self.choose]

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.sticks.watch()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.sticks.rest()

    def refresh(self) -> None:
        self._desk.work.ask(_standing, self._show_standing, slot=(id(self), "stick"))

    def use_folder(self, folder: str) -> None:
        """Take this folder for a stick."""
        self._chosen = Path(folder) if folder else None
        self.sticks.look()

    # what is there

    def _find(self) -> Sequence[Stick]:
        """On a thread of the pool."""
        carrier, found = self._desk.carrier, list(sticks_now())
        chosen = self._chosen
        if chosen is not None and chosen.is_dir() and chosen not in [stick.root for stick in found]:
            found.append(Stick(chosen, chosen.name or str(chosen), can_write=True))
        if carrier is None:
            return ()
        return tuple(_with_answer(carrier, stick) for stick in found)

    def _show_sticks(self, _sticks: object) -> None:
        stick = self.stick
        if stick is None:
            self.where.setText(
                self.tr("Put in a stick: what waits here goes onto it, and the center's answer comes back with it.")
            )
        elif self.is_new:
            words = self.tr("{stick}: the center's answer for this computer is here. Please read it.")
            self.where.setText(words.format(stick=stick.name))
        else:
            self.where.setText(self.tr("{stick}: ready").format(stick=stick.name))
        self.where.set_tone("text" if self.is_new else "quiet")
        if self.is_new:
            self._tell("")  # what was said before is over
        self._show_way()
        self._show_buttons()

    def _show_buttons(self) -> None:
        stick, rounds = self.stick, self._desk.rounds
        is_carrying = self.busy or rounds.held
        self.read.setVisible(stick is not None and bool(stick.answer))
        self.pack.setVisible(stick is not None)
        self.read.set_kind("soft" if self.is_new else "plain")
        is_carried = self._on_its_way is not None and self._on_its_way.commits >= self._waiting
        self.pack.set_kind("soft" if self._waiting and not is_carried and not self.is_new else "plain")
        for button in self.buttons:
            button.setEnabled(not is_carrying and not rounds.running)
        if is_carried:
            self.pack.say(self.tr("Pack again"), "upload")
        elif self._waiting:
            self.pack.say(self.tr("Pack %n record(s) onto the stick", "", self._waiting), "upload")
        else:
            self.pack.say(self.tr("Pack onto the stick"), "upload")
        self.progress.setVisible(is_carrying)
        if self.matters != self._mattered:
            self._mattered = self.matters
            self.turned.emit()

    def _show_standing(self, standing: tuple[OnItsWay | None, int]) -> None:
        self._on_its_way, self._waiting = standing
        self._show_way()
        self._show_buttons()

    def _show_way(self) -> None:
        """What was packed and is not received; once the answer is here it is to be read, not carried."""
        way = self._on_its_way
        if way is None or self.is_new:
            self.way.say("")
            return
        when = self._desk.texts.day_words(way.at, self._desk.clock())
        words = self.tr(
            "Packed {when}: %n record(s). The center has not received them yet: take the stick there, and read its "
            "answer here.",
            "",
            way.commits,
        )
        self.way.say(words.format(when=when), "warn", "usb")

    def _look_again(self, _what: object = None) -> None:
        self._show_buttons()
        self._again.start(0)

    # what is done

    def _pack(self) -> None:
        carrier, stick = self._desk.carrier, self.stick
        if carrier is not None and stick is not None and self._begin():
            job = partial(carrier.pack, stick.root, self._desk.work.write_and_wait)
            self._desk.work.run(self._desk.rounds.hold(job), self._packed, self._failed)

    def _packed(self, packed: Packed) -> None:
        self._end()
        words = self.tr("Nothing waits here: with this file the center gives what is new. The stick may be taken out.")
        if packed.commits:
            words = self.tr("%n record(s) are on the stick, which may be taken out.", "", packed.commits)
        self._tell(words, "accent", "check")

    def _unpack(self) -> None:
        carrier, stick = self._desk.carrier, self.stick
        if carrier is not None and stick is not None and self._begin():
            job = partial(carrier.unpack, stick.root, self._desk.work.write_and_wait)
            done, failed = partial(self._unpacked, stick), partial(self._not_read, stick)
            self._desk.work.run(self._desk.rounds.hold(job), done, failed)

    def _unpacked(self, stick: Stick, got: Sequence[Unpacked | Unread]) -> None:
        self._answers_read.add(stick.answer)
        self._end()
        read = [each for each in got if isinstance(each, Unpacked)]
        said = [self._receipt(each) for each in read]
        worse = next((each for each in said if each[1] != "good"), None)
        words, tone, icon = worse or said[-1]
        why = next((each.error for each in read if each.error), "")
        self._tell(" ".join(filter(None, (words, self._unread(got)))), tone, icon, why)
        for each in read:
            if each.changes:
                self._desk.work.changed.emit(each.changes)

    def _unread(self, got: Sequence[Unpacked | Unread]) -> str:
        """Words for files beside those that were read; empty where there are none."""
        whys = [self._desk.texts.refusal(e.code, **e.facts) for e in got if not isinstance(e, Unpacked)]
        if not whys:
            return ""
        return self.tr("%n other file(s) here could not be read: {why}", "", len(whys)).format(why=whys[-1])

    def _receipt(self, got: Unpacked) -> tuple[str, str, str]:
        """Words, tone and icon."""
        texts = self._desk.texts
        if got.error:
            return refused_in(texts, got.error, **got.facts), "warn", "warning"
        parts = []
        if got.acked:
            parts.append(self.tr("The center has received %n record(s) of this computer.", "", got.acked))
        if got.received:
            parts.append(self.tr("%n record(s) of others came.", "", got.received))
        if not parts and not got.is_latest:
            parts.append(self.tr("This answer was read before, or is to an earlier file: it holds nothing new."))
        elif not parts:
            parts.append(self.tr("Nothing new: this computer and the center agree."))
        if got.verdicts:
            parts.append(self.tr("The center keeps %n of them apart for now.", "", got.verdicts))
        if got.behind:
            parts.append(self.tr("About %n more did not fit: pack again to fetch them.", "", got.behind))
        if got.unsent:
            parts.append(self.tr("%n record(s) here have not been received by the center yet.", "", got.unsent))
        return (
            ("" if texts.language == "zh_CN" else " ").join(parts),
            "warn" if got.verdicts else "good",
            "warning" if got.verdicts else "good",
        )

    def _not_read(self, stick: Stick, error: object) -> None:
        self._answers_read.add(stick.answer)  # it is not asked for again, though it may be
        self._failed(error)

    def _failed(self, error: object) -> None:
        self._end()
        if isinstance(error, Refused | Environment):
            self._tell(self._desk.texts.refusal(error.code, **error.facts), "warn", "warning", error.code)

    def _tell(self, words: str, tone: str = "text", icon: str = "info", why: str = "") -> None:
        """How it went, and what leads to where it is mended, `why` being the code of a no."""
        self.told.say(words, tone, icon)
        self._mends = self._way_out.of(why)
        self.mend.setVisible(self._mends is not None)
        if self._mends is not None:
            self.mend.say(self._mends.text)

    def _go_and_mend(self) -> None:
        if self._mends is not None:
            self._mends.run()

    def _begin(self) -> bool:
        """Nothing else exchanges meanwhile."""
        if self.busy or self._desk.rounds.held or self._desk.rounds.running:
            return False
        self.busy = True
        self._tell("")
        self._show_buttons()
        return True

    def _end(self) -> None:
        self.busy = False
        self._show_sticks(())
        self.sticks.look()
        self.refresh()

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the folder that is carried"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.use_folder)
        dialog.open()


def _with_answer(carrier: Carrier, stick: Stick) -> Stick:
    try:
        answer = carrier.answer_at(stick.root)
        return replace(stick, answer=answer, is_unread=bool(answer) and carrier.is_unread(stick.root))
    except (Refused, Environment):
        return stick


def _standing(conn: Any) -> tuple[OnItsWay | None, int]:
    return on_its_way(conn), unsent(conn)
