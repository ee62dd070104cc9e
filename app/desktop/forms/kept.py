"""Keeps what stands in a form until it is saved, and puts it back after a kill or a power cut."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.base.changes import Changes
from app.desktop.forms.form import Form
from app.desktop.forms.held_keys import HeldKeys
from app.desktop.work import Work
from app.journal.commands import Command
from app.journal.drafts import Draft, DropDraft, Finishing, drafts, is_about_nothing, keeping, named_ids


class DraftKeeper(QObject):
    """The draft of one form under one key; `restored` with the moment at which it was kept, `gone` when the record that
    the key names left this point or was erased: nothing is kept from then on.

    Something may stand in the form before the draft is found. Where such drafts are offered again (`puts_aside`) the
    one found is moved under the key with ":" and its moment behind it, and `moved` tells of it.
    """

    restored = Signal(object)
    gone = Signal()
    moved = Signal()

    def __init__(self, work: Work, form: Form, key: str, *, puts_aside: bool = False) -> None:
        super().__init__(form)
        self._work, self._form, self.key, self._puts_aside = work, form, key, puts_aside
        self._saving = False
        self._keys = HeldKeys(form)
        self._done: Callable[[Any], None] | None = None
        self._refused: Callable[[Any], None] | None = None
        self._about, self._is_gone = named_ids(key), False
        form.drafted.connect(self._keep)
        if self._about:
            work.changed.connect(self._changed)

    def look(self) -> None:
        """Put back what was kept under the key, unless something stands in the form by then."""
        self._work.ask(partial(drafts, prefix=self.key), self._found, slot=(id(self), "draft"), after_writes=True)

    def drop(self) -> None:
        self._work.do(DropDraft(key=self.key))

    def finish(self, command: Command, done: Callable[[Any], None], refused: Callable[[Any], None]) -> None:
        """Save what the form says; the draft goes with it. Nothing is kept meanwhile, or it would outlive the save, and
        nothing is typed into the form: `done` empties it."""
        if self._saving:
            return
        self._keys.hold()
        self._saving, self._done, self._refused = True, done, refused
        self._work.do(Finishing(command, self.key), self._saved, self._not_saved)

    def _keep(self, snapshot: object) -> None:
        if not self._saving and not self._is_gone:
            self._work.do(keeping(self.key, snapshot))

    def _changed(self, changes: Changes) -> None:
        if not all(ids.isdisjoint(self._about) for ids in changes.ids.values()):
            self._work.ask(partial(is_about_nothing, key=self.key), self._looked, slot=(id(self), "gone"))

    def _looked(self, is_gone: bool) -> None:
        if is_gone and not self._is_gone:
            self._is_gone = True
            self._form.forget()
            self.gone.emit()

    def _found(self, found: list[Draft]) -> None:
        kept = next((draft for draft in found if draft.key == self.key), None)
        if kept is None:
            return
        if not self._form.dirty:
            self._form.load_draft(kept.content)
            self.restored.emit(kept.kept_at)
        elif self._puts_aside:
            self._work.do(keeping(f"{self.key}:{kept.kept_at}", kept.content), self._moved)
            self._form.flush_draft()  # the key is the form's own now

    def _moved(self, _outcome: Any) -> None:
        self.moved.emit()

    def _saved(self, outcome: Any) -> None:
        self._saving = False
        self._form.forget()
        self._answer(self._done, outcome)

    def _not_saved(self, error: Any) -> None:
        self._saving = False
        self._keep(self._form.draft())
        self._answer(self._refused, error)

    def _answer(self, told: Callable[[Any], None] | None, answer: object) -> None:
        was_shown = self._form.isVisible()
        try:
            if told is not None:
                told(answer)
        finally:
            if was_shown and not self._form.isVisible():
                self._keys.drop()  # it closed itself
            self._keys.release()
