"""Drafts put aside: somebody walks away in the middle, the next one is served first."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.desktop.desk import Desk
from app.desktop.forms.form import Form
from app.desktop.forms.held_keys import HeldKeys
from app.journal.drafts import Draft, DropDraft, drafts, keeping

PREFIX = "entry:"


class Aside(QObject):
    """`counted` with how many lie there; the latest is taken up first."""

    counted = Signal(int)
    laid = Signal()

    def __init__(self, desk: Desk, form: Form) -> None:
        super().__init__(form)
        self._desk, self._form = desk, form
        self._keys = HeldKeys(form)
        self.look()

    def look(self) -> None:
        self._desk.work.ask(partial(drafts, prefix=PREFIX), self._came, slot=(id(self), "aside"))

    def lay(self) -> None:
        """Put what stands in the form aside; `laid` empties it."""
        if not self._keys.holds:
            self._keys.hold()
            self._desk.work.do(keeping(self._new_key(), self._form.draft()), self._laid, self._not_laid)

    @property
    def is_laying(self) -> bool:
        return self._keys.holds

    def put(self, content: Mapping[str, object], then: Callable[[], None]) -> None:
        """Put aside what stands in no form; `then` it is kept."""
        self._desk.work.do(keeping(self._new_key(), content), partial(self._put, then))

    def take_up(self) -> None:
        """Go on with the one laid aside last, as it is kept now: it may have been changed or dropped since."""
        query = partial(drafts, prefix=PREFIX)
        self._desk.work.ask(query, self._taken, slot=(id(self), "taken"), after_writes=True)

    def _new_key(self) -> str:
        return f"{PREFIX}{self._desk.clock()}"

    def _taken(self, kept: list[Draft]) -> None:
        if kept and not self._form.dirty:
            draft = kept.pop(0)
            self._form.load_draft(draft.content)
            self._form.drafted.emit(draft.content)  # kept under the form's own key before it leaves this one
            self._desk.work.do(DropDraft(key=draft.key), self._look_again)
        self._came(kept)

    def _laid(self, _outcome: Any) -> None:
        self.laid.emit()
        self._keys.release()
        self.look()

    def _not_laid(self, error: Any) -> None:
        self._keys.release()
        self._desk.work.trouble.emit(error)

    def _put(self, then: Callable[[], None], _outcome: Any) -> None:
        self.look()
        then()

    def _look_again(self, _outcome: Any) -> None:
        self.look()

    def _came(self, kept: list[Draft]) -> None:
        self.counted.emit(len(kept))
