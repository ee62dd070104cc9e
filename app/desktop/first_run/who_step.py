"""The steps that ask who is here and for a password, and that say that all is ready."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.base.texts import Texts
from app.desktop.first_run.facts import Candidate
from app.desktop.first_run.step import Step
from app.desktop.forms.choice import Choice, ChoiceField
from app.desktop.forms.password import AgainField, NewPasswordField
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Facts
from app.desktop.theme.layouts import Row
from app.desktop.theme.theme import Theme


class WhoStep(Step):
    """One of the staff in the file, and a password typed twice."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self._candidates: dict[str, Candidate] = {}
        self.short = self.tr("You and your password")
        self.title = self.tr("Who are you?")
        self.sentence = self.tr("These people stand in the file. Others can be added later in the settings.")
        hint = self.tr("Initials, or ↓ for all")
        who = ChoiceField(theme, "user_code", self.tr("Name"), [], placeholder=hint, required=True, width="wide_field")
        self.who = self.add(who)
        self.column.addWidget(who)
        self.password = self.add(NewPasswordField(theme, "password", self.tr("New password")))
        self.again = self.add(AgainField(theme, self.password))
        self.column.addWidget(self.password)
        self.column.addWidget(self.again)
        note = Row(theme, gap="s8")
        note.addWidget(Icon(theme, "lock", "quiet", "icon_small", self), 0, Qt.AlignmentFlag.AlignTop)
        words = self.tr(
            "All data on this computer is locked with it. Nobody can read it out; if you forget it, ask the center."
        )
        note.addWidget(Label(theme, words, "small", "quiet", wrap=True, parent=self), 1)
        self.column.addLayout(note)
        self.finish()

    def show_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Those of the point itself first; a single one is chosen already."""
        self._candidates = {each.code: each for each in candidates}
        self.who.set_choices([Choice(each.code, each.name, self._detail(each)) for each in candidates])
        here = [each for each in candidates if each.here]
        if self.who.value() is None and len(here) == 1:
            self.who.set_value(here[0].code)

    def candidate(self) -> Candidate | None:
        return self._candidates.get(str(self.who.value()))

    def _detail(self, who: Candidate) -> str:
        role = self.texts.code("ROLE", who.role) if who.role else ""
        return " · ".join(filter(None, (role, "" if who.here else who.place)))


class ReadyStep(Step):
    """What was made, and what to remember."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self.short = self.title = self.tr("Ready")
        self.sentence = self.tr("This computer belongs to the point now.")
        head = Row(theme, gap="s12")
        head.addWidget(Icon(theme, "good", "good", "icon_large", self))
        self._place = Label(theme, role="title", wrap=True, parent=self)
        head.addWidget(self._place, 1)
        self.column.addLayout(head)
        self._facts = Facts(theme, parent=self)
        self.column.addWidget(self._facts)
        self.finish()

    def show_made(self, place: str, who: Candidate, *, has_code: bool) -> None:
        self._place.setText(place)
        center = (
            self.tr("Will be reached as soon as there is a network")
            if has_code
            else self.tr("Enter the code later in the settings; until then everything stays on this computer")
        )
        self._facts.show_facts(
            [
                (self.tr("Name"), who.name),
                (self.tr("Staff number"), who.code),
                (self.tr("Center"), center),
            ]
        )
