"""What every step of the first run has: a title, a sentence, fields; and the two that only ask."""

from PySide6.QtWidgets import QWidget

from app.base.texts import Texts
from app.desktop.forms.form import Form
from app.desktop.forms.liking import language_row, scale_row, shade_row
from app.desktop.forms.text import TextField
from app.desktop.frame.choices import Choices, Choosing
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Look, Theme


class Step(Form):
    """A step; `save_asked` means on to the next. `short` is its word in the list of steps."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self.short = self.title = self.sentence = ""
        self.column = Column(theme, self, gap="s16")

    def finish(self) -> None:
        """Called last in making it."""
        self.column.addStretch(1)


class LookStep(Step):
    """Language, size and shade; each is worn as soon as it is chosen."""

    def __init__(self, theme: Theme, texts: Texts, choosing: Choosing, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self._choosing = choosing
        self.short = self.tr("Language and size")
        self.title = self.tr("Welcome")
        self.sentence = self.tr("Choose how it should look. You can change it later in the settings.")
        for row in (language_row(theme), scale_row(theme), shade_row(theme)):
            self.column.addWidget(self.add(row))
            row.changed.connect(self._chosen)
        self.show_choices(choosing.now)
        self.finish()

    def show_choices(self, now: Choices) -> None:
        self.set_values({"language": now.language, "scale": str(now.look.scale), "shade": now.look.shade})

    def _chosen(self) -> None:
        said, now = self.values(), self._choosing.now
        look = Look(str(said["shade"]), int(str(said["scale"])), now.look.touch, now.look.still)
        self._choosing.choose(Choices(str(said["language"]), look, now.lock_after_s))


class CodeStep(Step):
    """The one-time code; it may be left for later."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget | None = None) -> None:
        super().__init__(theme, texts, parent)
        self.short = self.tr("Enrolment code")
        self.title = self.tr("Enter the enrolment code")
        self.sentence = self.tr(
            "The center told it to you by phone or on paper. It is used once, at the first contact."
        )
        code = TextField(theme, "code", self.tr("Enrolment code"), latin=True, longest=40, width="wide_field")
        self.column.addWidget(self.add(code))
        later = Row(theme, gap="s8")
        later.addWidget(Icon(theme, "cloud-off", "quiet", "icon_small", self))
        words = self.tr(
            "No code at hand, or no network? Leave it empty: you can work now and enter it later in the settings."
        )
        later.addWidget(Label(theme, words, tone="quiet", wrap=True, parent=self), 1)
        self.column.addLayout(later)
        self.finish()

    def code(self) -> str:
        return str(self.values()["code"] or "")
