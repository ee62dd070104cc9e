"""The page 登记: the form, its foot, and what happens at save: one act, a word about it, a way back."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.base.clock import local
from app.desktop.desk import Desk
from app.desktop.entry.aside import Aside
from app.desktop.entry.form import EntryForm
from app.desktop.forms.kept import DraftKeeper
from app.desktop.frame.pages import Action
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.cases.commands_undo import undo_of
from app.features.cases.queries_person import Acquaintance, acquaintances
from app.features.org.queries import CampaignRow, campaigns_in_force
from app.journal.runner import Outcome

DRAFT = "entry"
_STAYS = ("place_type", "place_text", "started_at", "source", "late")
"""What is kept from row to row while paper notes are typed in."""


class Counter(QWidget):
    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._last: Outcome | None = None
        self._kept: dict[str, object] = {}
        """What was typed for it."""
        self._late_rows = 0
        self._wanted: tuple[Acquaintance | None, bool] = (None, False)
        """What the form was opened for: the person, and whether from a paper note."""
        self.form = EntryForm(desk, self)
        self.setFocusProxy(self.form)
        Column(desk.theme, self, gap="").addWidget(self.form)
        self.form.add_foot(self._foot())
        self.keeper = DraftKeeper(desk.work, self.form, DRAFT, puts_aside=True)
        self.keeper.restored.connect(self._restored)
        self.aside = Aside(desk, self.form)
        self.aside.counted.connect(self._aside_counted)
        self.aside.laid.connect(self._laid)
        self.keeper.moved.connect(self.aside.look)
        self.lay_button.clicked.connect(self.aside.lay)
        self.again_button.clicked.connect(self.aside.take_up)
        self.form.save_asked.connect(self.save)
        self.form.dirty_changed.connect(self._dirty)
        self.form.late_changed.connect(self._late)
        self._dirty(dirty=False)
        self.keeper.look()
        today = local(desk.clock()).date()
        desk.work.ask(partial(campaigns_in_force, node_id=desk.node, day=today), self._campaigns_came)

    def intend(self, intent: object) -> None:
        """{"person": id} begins with somebody known, {"late": True} with a paper note."""
        if not isinstance(intent, dict):
            return
        self._wanted = None, bool(intent.get("late"))
        person = intent.get("person")
        if isinstance(person, str):
            query = partial(acquaintances, persons=[person], now=self._desk.clock())
            self._desk.work.ask(query, self._asked_for, slot=(id(self), "intent"))
        else:
            self._begin()

    def _asked_for(self, found: list[Acquaintance]) -> None:
        """What is typed of somebody else must not be saved under this person: it is put aside first."""
        self._wanted = (found[0] if found else None), self._wanted[1]
        if self.form.dirty:
            self.aside.lay()
        else:
            self._begin()

    def _laid(self) -> None:
        self._clear()
        self._begin()

    def _begin(self) -> None:
        (person, late), self._wanted = self._wanted, (None, False)
        if late:
            self.form.late.set_value(value=True)
            self._late(late=True)
        if person is not None:
            self.form.who.take(person)

    def save(self) -> None:
        if self.aside.is_laying:
            return
        done = partial(self._saved, self.form.draft(), self.form.goods.words())
        self.keeper.finish(self.form.command(), done, self._not_saved)

    def undo(self) -> None:
        """Take back what was saved last; what was typed comes back into the form, or is put aside."""
        reason = self.tr("Taken back right after saving")
        if self._last is not None:
            self._desk.work.do(undo_of(self._last, reason), partial(self._undone, self._kept))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.form.dirty:
            self.form.start()

    def _foot(self) -> QWidget:
        theme = self._desk.theme
        foot = QWidget(self)
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot.setProperty("ground", "foot")
        row = Row(theme, foot, gap="s8", pad=("s24", "s8", "s24", "s12"))
        more = QWidget(foot)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        more.setSizePolicy(policy)
        flow = Flow(theme, more, gap="s4")
        flow.addWidget(Label(theme, self.tr("More:"), tone="quiet", parent=more))
        for button in self.form.more.buttons:
            flow.addWidget(button)
        row.addWidget(more, 1)
        self._state = Label(theme, "", "small", "quiet", parent=foot)
        row.addWidget(self._state, 0, Qt.AlignmentFlag.AlignVCenter)
        self.again_button = Button(theme, "", "soft", "note", parent=foot)
        self.again_button.hide()
        row.addWidget(self.again_button)
        self.lay_button = Button(theme, self.tr("Put aside"), "plain", parent=foot)
        row.addWidget(self.lay_button)
        self._empty = Button(theme, self.tr("Clear the form"), "plain", parent=foot)
        self._empty.clicked.connect(self._clear)
        row.addWidget(self._empty)
        self.save_button = Button(theme, self.tr("Save"), "primary", key="Ctrl+Enter", parent=foot)
        self.save_button.clicked.connect(self.form.ask_save)
        row.addWidget(self.save_button)
        return foot

    # what comes back

    def _saved(self, kept: dict[str, object], given: str, outcome: Any) -> None:
        self._last, self._kept = outcome, kept
        late = self.form.late.value()
        stays = {name: self.form.field(name).value() for name in _STAYS} if late else None
        words = self.tr("Saved")
        if given:
            words = self.tr("Saved · given: {goods}").format(goods=given)
        self.form.set_defaults(stays)
        self._late_rows = self._late_rows + 1 if late else 0
        self._late(late=late)
        self.form.start()
        self._desk.say(words, "good", Action(self.tr("Undo"), self.undo, "", "undo"))

    def _not_saved(self, error: Any) -> None:
        if not self.form.show_refusal(error):
            self._desk.work.trouble.emit(error)

    def _undone(self, kept: dict[str, object], _outcome: object) -> None:
        if self.form.dirty:
            self.aside.put(kept, self._undone_aside)
            return
        self.form.load_draft(kept)
        self.form.drafted.emit(kept)
        self._desk.say(self.tr("Taken back. What you typed stands in the form again"), "accent", None)

    def _undone_aside(self) -> None:
        words = self.tr("Taken back. What you typed is put aside until this form is saved or emptied")
        self._desk.say(words, "accent", None)

    def _restored(self, kept_at: object) -> None:
        if isinstance(kept_at, int):
            when = self._desk.texts.day_words(kept_at, self._desk.clock())
            self._state.setText(self.tr("Not saved yet, typed {when}").format(when=when))

    def _campaigns_came(self, rows: list[CampaignRow]) -> None:
        self.form.emergency = any(row.mode == "EMERGENCY" for row in rows)

    # the foot

    def _dirty(self, dirty: bool) -> None:
        self._empty.setEnabled(dirty)
        self.lay_button.setEnabled(dirty)
        self.again_button.setEnabled(not dirty)
        self._state.setText(self.tr("Draft is kept by itself") if dirty else "")

    def _aside_counted(self, count: int) -> None:
        self.again_button.say(self.tr("%n put aside", "", count), "note")
        self.again_button.setVisible(count > 0)

    def _late(self, late: bool) -> None:
        if late and self._late_rows:
            self._state.setText(self.tr("%n written from paper", "", self._late_rows))

    def _clear(self) -> None:
        self.form.set_defaults()
        self.keeper.drop()
        self.form.start()
