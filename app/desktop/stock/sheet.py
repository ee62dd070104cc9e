"""A sheet opened over the shelf: its form, its foot, its draft, and what happens when it is saved."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.kept import DraftKeeper
from app.desktop.frame.pages import Action
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.label import Label
from app.desktop.theme.layouts import Column, Row
from app.journal.commands import Command
from app.journal.runner import Outcome


class SheetForm(Form):
    """A form on a sheet: what it asks for, and the words for it once it is done."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self.desk = desk

    @abstractmethod
    def command(self) -> Command:
        """What is to be done, made of what stands on the sheet."""

    @abstractmethod
    def said(self) -> str:
        """What is done, for the notice."""

    def start_anew(self) -> None:
        """Empty, with what is usual filled in."""
        self.clear()


class SheetHead(QWidget):
    """The way back, and what the sheet is."""

    left = Signal()

    def __init__(self, desk: Desk, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = Row(desk.theme, self, gap="s12", pad=("s12", "", "s24", "s8"))
        back = Button(desk.theme, self.tr("Back to the shelf"), "quiet", "chevron-left", "Esc", parent=self)
        back.clicked.connect(self.left)
        row.addWidget(back)
        self.title = Label(desk.theme, title, "section", parent=self)
        row.addWidget(self.title)
        row.addStretch(1)
        self.beside = Row(desk.theme, gap="s8")
        row.addLayout(self.beside)


class Sheet(QWidget):
    """`left` when it is put aside or done; a draft of what stands in it stays until it is saved or emptied.

    `undo` takes back what was saved, of which it gets the outcome and what was typed: whoever does it outlives the
    sheet.
    """

    left = Signal()

    def __init__(
        self,
        desk: Desk,
        form: SheetForm,
        title: str,
        verb: str,
        draft: str,
        undo: Callable[["Sheet", Outcome, dict[str, object]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.desk, self.form = desk, form
        self.stays = False
        self._undo = undo
        theme = desk.theme
        column = Column(theme, self, gap="")
        head = SheetHead(desk, title, self)
        head.left.connect(self.leave)
        column.addWidget(head)
        column.addWidget(Scroller(theme, form, self), 1)
        foot = QWidget(self)
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot.setProperty("ground", "foot")
        row = Row(theme, foot, gap="s8", pad=("s24", "s8", "s24", "s12"))
        self._state = Label(theme, "", "small", "quiet", cut=True, parent=foot)
        row.addWidget(self._state, 1)
        self._empty = Button(theme, self.tr("Clear the sheet"), "plain", parent=foot)
        self._empty.clicked.connect(self._clear)
        row.addWidget(self._empty)
        self.save_button = Button(theme, verb, "primary", key="Ctrl+Enter", parent=foot)
        self.save_button.clicked.connect(form.ask_save)
        row.addWidget(self.save_button)
        column.addWidget(foot)
        escape = QShortcut(QKeySequence("Esc"), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.leave)
        form.save_asked.connect(self.save)
        form.dirty_changed.connect(self._dirty)
        form.start_anew()
        self.keeper = DraftKeeper(desk.work, form, draft, puts_aside=True)
        self.keeper.restored.connect(self._restored)
        self._dirty(dirty=False)
        self.keeper.look()
        self.setFocusProxy(form)

    def save(self) -> None:
        done = partial(self._saved, self.form.said(), self.form.draft())
        self.keeper.finish(self.form.command(), done, self._not_saved)

    def leave(self) -> None:
        self.form.flush_draft()
        self.left.emit()

    def put_back(self, kept: Mapping[str, object]) -> None:
        """What was saved from here and taken back stands here again."""
        self.form.load_draft(kept)
        self.form.drafted.emit(kept)

    def _saved(self, said: str, kept: dict[str, object], outcome: Any) -> None:
        self.form.start_anew()
        undo = partial(self._undo, self, outcome, kept)
        self.desk.say(said, "good", Action(self.tr("Undo"), undo, "", "undo"))
        if self.stays:
            self.form.start()
        else:
            self.left.emit()

    def _not_saved(self, error: Any) -> None:
        if not self.form.show_refusal(error):
            self.desk.work.trouble.emit(error)

    def _restored(self, kept_at: object) -> None:
        if isinstance(kept_at, int):
            when = self.desk.texts.day_words(kept_at, self.desk.clock())
            self._state.setText(self.tr("Not saved yet, typed {when}").format(when=when))

    def _dirty(self, dirty: bool) -> None:
        self._empty.setEnabled(dirty)
        self._state.setText(self.tr("What you type is kept by itself") if dirty else "")

    def _clear(self) -> None:
        self.form.start_anew()
        self.keeper.drop()
        self.form.start()
