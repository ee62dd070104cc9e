"""The screen of the first run: the steps in order, back and forth, and a look round the sample city instead.

Reading the file, making the point and the sample city happen on the pool; the screen goes on meanwhile. What is said
in one step stays while one goes back to another.
"""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from app.base.clock import Clock
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.first_run.facts import Candidate, FileFacts, FirstDoor
from app.desktop.first_run.file_step import FileStep
from app.desktop.first_run.sample_step import SampleStep
from app.desktop.first_run.step import CodeStep, LookStep, Step
from app.desktop.first_run.steps_list import StepsList
from app.desktop.first_run.who_step import ReadyStep, WhoStep
from app.desktop.frame.choices import Choosing
from app.desktop.frame.sticks import Stick, Sticks, sticks_with_enrolments
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.floating import Floating
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme
from app.desktop.work import Ticket, Work

LOOK, FILE, CODE, WHO, READY, SAMPLE = range(6)


class FirstRun(QWidget):
    """`opened` with the session of whoever came in: into the new point, or into the sample city."""

    opened = Signal(object)

    def __init__(
        self,
        theme: Theme,
        texts: Texts,
        clock: Clock,
        work: Work,
        door: FirstDoor,
        choosing: Choosing,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._texts, self._clock = theme, texts, clock
        self._work, self._door, self._choosing = work, door, choosing
        self._place, self._busy, self._ticket = LOOK, False, Ticket(self)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("ground", "ground")
        self._outer = Column(theme, self, gap="")
        self.sticks = Sticks(work, sticks_with_enrolments, self)
        self.sticks.changed.connect(self._show_sticks)
        self._card: Floating | None = None
        self._build()
        theme.changed.connect(self._dress)

    @property
    def place(self) -> int:
        """Which step is shown."""
        return self._place

    @property
    def busy(self) -> bool:
        return self._busy

    @property
    def step(self) -> Step:
        return self._steps[self._place]

    def speak(self, texts: Texts) -> None:
        """Say everything again, in the language in force; what was entered stays."""
        entered = [step.values() for step in self._steps]
        facts = self._file.facts
        self._texts = texts
        self._build()
        if facts is not None:
            self._take_facts(facts)
        for step, values in zip(self._steps, entered, strict=True):
            if step is not self._look:
                step.set_values(values)
        self._show(self._place)

    # the steps

    def go_on(self) -> None:
        """On to the next step, when this one is in order."""
        if self._busy:
            return
        if self._place == READY:
            self._come_in()
        elif self._place == SAMPLE:
            self._look_round()
        elif self._place == FILE and not self._file.is_read:
            if self._file.check():
                self._file.ask_read()
        elif self.step.check():
            if self._place == WHO:
                self._make()
            else:
                self._show(self._place + 1)

    def go_back(self) -> None:
        """One step back; out of the sample city's making, which is stopped."""
        if self._place == SAMPLE:
            self._ticket.cancel()
            self._set_busy(busy=False)
            self._show(LOOK)
        elif LOOK < self._place < READY and not self._busy:
            self._show(self._place - 1)

    def take_file(self, path: str) -> None:
        """As if it had been dropped."""
        self._file.take(path)

    def say_who(self, user: str, password: str, again: str) -> None:
        """As if it had been typed."""
        self._who.set_values({"user_code": user, "password": password, "again": again})

    def go_to_sample(self) -> None:
        if not self._busy:
            self._show(SAMPLE)

    def _show(self, place: int) -> None:
        self._place = place
        step = self.step
        self._stack.setCurrentIndex(place)
        self._watch_sticks(place)
        self._title.setText(step.title)
        self._sentence.setText(step.sentence)
        self._list.show_place({READY: len(self._steps), SAMPLE: -1}.get(place, place))
        self._back.setVisible(LOOK < place < READY or place == SAMPLE)
        self._sample.setVisible(place in (LOOK, FILE))
        verbs = {WHO: self.tr("Set up"), READY: self.tr("Start working"), SAMPLE: self.tr("Open the sample city")}
        self._on.say(verbs.get(place, self.tr("Continue")))
        self._say_trouble("")
        if place == READY:
            self._on.setFocus(Qt.FocusReason.TabFocusReason)
        elif step.fields or place == FILE:
            step.start()
        else:
            self._on.setFocus(Qt.FocusReason.TabFocusReason)

    # reading the file

    def _watch_sticks(self, place: int) -> None:
        """Already while the look is chosen: the files are known by the time they are asked for."""
        if place in (LOOK, FILE):
            self.sticks.watch()
        else:
            self.sticks.rest()

    def _show_sticks(self, sticks: Sequence[Stick]) -> None:
        self._file.show_sticks(sticks)

    def _read(self, path: object) -> None:
        if not self._busy:
            self._set_busy(busy=True, words=self.tr("Reading the file…"))
            self._work.run(partial(self._door.look_into, path), self._was_read, self._was_not_read)  # type: ignore[arg-type]

    def _was_read(self, facts: FileFacts) -> None:
        self._set_busy(busy=False)
        self._take_facts(facts)
        self._on.setFocus(Qt.FocusReason.TabFocusReason)

    def _was_not_read(self, error: object) -> None:
        self._set_busy(busy=False)
        if isinstance(error, Refused | Environment):
            self._file.show_trouble(error)

    def _take_facts(self, facts: FileFacts) -> None:
        self._file.show_facts(facts)
        self._who.show_candidates(facts.candidates)

    # making the point

    def _make(self) -> None:
        facts, who = self._file.facts, self._who.candidate()
        if facts is None or who is None:
            return
        self._set_busy(busy=True, words=self.tr("Setting up this computer; it takes a few seconds…"))
        job = partial(self._door.enrol, facts, who.code, self._password(), self._code.code())
        self._work.run(job, partial(self._made, facts, who), self._not_made)

    def _made(self, facts: FileFacts, who: Candidate, _nothing: object) -> None:
        self._set_busy(busy=False)
        self._ready.show_made(facts.place, who, has_code=bool(self._code.code()))
        self._show(READY)

    def _not_made(self, error: object) -> None:
        self._set_busy(busy=False)
        if not isinstance(error, Refused | Environment):
            return
        if isinstance(error, Refused) and error.field == "file":
            self._show(FILE)
            self._file.show_trouble(error)
        elif not self._who.show_refusal(error):
            self._say_trouble(self._texts.refusal(error.code, **error.facts))

    def _password(self) -> str:
        return str(self._who.password.value() or "")

    # coming in

    def _come_in(self) -> None:
        who = self._who.candidate()
        if who is not None:
            self._set_busy(busy=True, words=self.tr("One moment…"))
            self._work.run(partial(self._door.open, who.code, self._password()), self._came_in, self._not_in)

    def _came_in(self, session: object) -> None:
        self._set_busy(busy=False)
        self.opened.emit(session)

    def _not_in(self, error: object) -> None:
        self._set_busy(busy=False)
        if isinstance(error, Refused | Environment):
            self._say_trouble(self._texts.refusal(error.code, **error.facts))

    def _look_round(self) -> None:
        self._set_busy(busy=True, words=self._sample_step.words_of("city"))
        self._ticket = self._work.run_long(
            partial(_sample_of, self._door), self._sample_came, self._not_in, self._sample_moved
        )

    def _sample_came(self, session: object) -> None:
        if self._place == SAMPLE:
            self._came_in(session)

    def _sample_moved(self, where: object) -> None:
        if self._place == SAMPLE:
            self._progress_words.setText(self._sample_step.words_of(str(where)))

    # how it looks

    def _set_busy(self, *, busy: bool, words: str = "") -> None:
        self._busy = busy
        self._progress.setVisible(busy)
        self._progress_words.setText(words)
        self._progress_words.setVisible(busy)
        self._on.setEnabled(not busy)
        self._back.setEnabled(not busy or self._place == SAMPLE)
        self._sample.setEnabled(not busy)
        self._stack.setEnabled(not busy)
        if busy:
            self._say_trouble("")

    def _say_trouble(self, words: str) -> None:
        self._trouble.setText(words)
        self._trouble_line.setVisible(bool(words))

    def _build(self) -> None:
        """Every widget anew, in the language in force."""
        theme = self._theme
        if self._card is not None:
            self._outer.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
        self._card = card = Floating(theme, self)
        self._outer.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        reach = "shadow_reach"
        shell = Row(theme, card, gap="", pad=(reach, reach, reach, reach))
        self._make_steps()
        self._list = StepsList(theme, self.tr("Set up"), [s.short for s in self._steps[:SAMPLE]], card)
        shell.addWidget(self._list)
        column = Column(theme, gap="s8", pad=("s32", "s32", "s32", "s24"))
        shell.addLayout(column, 1)
        self._title = Label(theme, role="title", wrap=True, parent=card)
        self._sentence = Label(theme, tone="quiet", wrap=True, parent=card)
        column.addWidget(self._title)
        column.addWidget(self._sentence)
        column.addSpacing(theme.sizes.s16)
        self._stack = QStackedWidget(card)
        for step in self._steps:
            self._stack.addWidget(Scroller(theme, step, self._stack))
            step.save_asked.connect(self.go_on)
        column.addWidget(self._stack, 1)
        self._trouble_line = QWidget(card)
        trouble = Row(theme, self._trouble_line, gap="s8")
        trouble.addWidget(
            Icon(theme, "warning", "danger", "icon_small", self._trouble_line), 0, Qt.AlignmentFlag.AlignTop
        )
        self._trouble = Label(theme, tone="danger", wrap=True, parent=self._trouble_line)
        trouble.addWidget(self._trouble, 1)
        column.addWidget(self._trouble_line)
        self._progress_words = Label(theme, tone="quiet", parent=card)
        column.addWidget(self._progress_words)
        self._progress = QProgressBar(card)
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        column.addWidget(self._progress)
        column.addSpacing(theme.sizes.s8)
        foot = Row(theme, gap="s8")
        self._sample = Button(theme, self.tr("Look round a sample city"), "quiet", "eye", parent=card)
        self._sample.clicked.connect(self.go_to_sample)
        self._back = Button(theme, self.tr("Back"), "plain", key="Esc", parent=card)
        self._back.clicked.connect(self.go_back)
        self._on = Button(theme, "", "primary", parent=card)
        self._on.clicked.connect(self.go_on)
        foot.addWidget(self._sample)
        foot.addStretch(1)
        foot.addWidget(self._back)
        foot.addWidget(self._on)
        column.addLayout(foot)
        card.show()
        self._set_busy(busy=False)
        self._show(self._place)
        self._dress()

    def _make_steps(self) -> None:
        theme, texts = self._theme, self._texts
        self._look = LookStep(theme, texts, self._choosing)
        self._file = FileStep(theme, texts, self._clock)
        self._file.read_asked.connect(self._read)
        self._file.show_sticks(self.sticks.now)
        self._code = CodeStep(theme, texts)
        self._who = WhoStep(theme, texts)
        self._ready = ReadyStep(theme, texts)
        self._sample_step = SampleStep(theme, texts)
        self._steps: list[Step] = [self._look, self._file, self._code, self._who, self._ready, self._sample_step]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:  # comes here only when no list was open to take it
            self.go_back()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._dress()

    def _dress(self) -> None:
        """As large as it should be where there is room; without the list of steps where there is little."""
        if self._card is None:
            return
        sizes, reach = self._theme.sizes, 2 * self._theme.sizes.shadow_reach
        wide = sizes.rail + sizes.notice
        self._list.setVisible(self.width() >= wide + reach)
        width = wide if self.width() >= wide + reach else sizes.notice
        self._card.setFixedSize(min(width + reach, self.width()), min(sizes.notice + reach, self.height()))


def _sample_of(door: FirstDoor, ticket: Ticket) -> object:
    return door.sample(ticket.report, lambda: ticket.cancelled)
