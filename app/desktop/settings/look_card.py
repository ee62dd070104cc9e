"""How it looks and when it locks; everything is worn as soon as it is chosen."""

from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.forms.check import CheckField
from app.desktop.forms.choice import Choice, ChoiceField
from app.desktop.forms.form import Form
from app.desktop.forms.liking import language_row, scale_row, shade_row
from app.desktop.frame.choices import Choices
from app.desktop.settings.titled import TitledCard
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Look

LOCK_AFTER_S = (120, 300, 600, 1_800, 3_600, 0)
"""What is offered; any other value that was set by hand is offered too."""


class LookForm(Form):
    """Nothing is saved by a key: a choice counts at once."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._choosing = desk.choosing
        column = Column(desk.theme, self, gap="s12")
        self.language = self.add(language_row(desk.theme))
        rows = (self.add(scale_row(desk.theme)), self.add(shade_row(desk.theme)))
        touch = self.add(CheckField(desk.theme, "touch", self.tr("Larger buttons, for a touch screen")))
        still = self.add(CheckField(desk.theme, "still", self.tr("Nothing moves")))
        checks = Row(desk.theme, gap="s16")
        for check in (touch, still):
            checks.addWidget(check)
        checks.addStretch(1)
        lock = self.add(ChoiceField(desk.theme, "lock_after_s", self.tr("Lock when nobody is here"), self._locks()))
        for each in (self.language, *rows, checks, lock):
            if isinstance(each, Row):
                column.addLayout(each)
            else:
                column.addWidget(each)
        for field in self.fields:
            field.changed.connect(self._chosen)
        self._show(desk.choosing.now)

    def ask_save(self) -> None:
        """Enter in the last field: all is kept already."""

    def _locks(self) -> list[Choice]:
        seconds = dict.fromkeys((*LOCK_AFTER_S[:-1], self._choosing.now.lock_after_s, 0))
        return [Choice(str(after), self._lock_words(after)) for after in seconds]

    def _lock_words(self, seconds: int) -> str:
        if not seconds:
            return self.tr("Never")
        return self.tr("After {time}").format(time=self.texts.duration_words(seconds))

    def _show(self, now: Choices) -> None:
        look = now.look
        self.set_values(
            {
                "language": now.language,
                "scale": str(look.scale),
                "shade": look.shade,
                "touch": look.touch,
                "still": look.still,
                "lock_after_s": str(now.lock_after_s),
            }
        )

    def _chosen(self) -> None:
        said, now = self.values(), self._choosing.now
        self.forget()
        look = Look(str(said["shade"]), int(str(said["scale"])), bool(said["touch"]), bool(said["still"]))
        lock = said["lock_after_s"]
        self._choosing.choose(
            Choices(str(said["language"]), look, now.lock_after_s if lock is None else int(str(lock)))
        )


class LookCard(TitledCard):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, self.tr("How it looks"), parent=parent)
        self.form = LookForm(desk, self)
        self.language = self.form.language
        self.body.addWidget(self.form)
