"""How it should look, as rows of chips: language, scale, shade. For the first run and the settings."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import Choice
from app.desktop.theme.theme import Theme
from app.desktop.theme.tokens import SCALES


class OneOf(ChipRow):
    """One of few, always: pressing what is taken leaves it taken."""

    def __init__(
        self, theme: Theme, identifier: str, label: str, choices: Sequence[Choice], parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, identifier, label, choices, single=True, parent=parent)
        self._last: object = None

    def set_value(self, value: object) -> None:
        super().set_value(value)
        self._last = self.value()
        self._one_stop(next((place for place, chip in enumerate(self.chips) if chip.isChecked()), 0))

    def _clicked(self) -> None:
        if self.value() is None:
            super().set_value(self._last)
            return
        super()._clicked()
        self._last = self.value()


def language_row(theme: Theme, parent: QWidget | None = None) -> OneOf:
    """Each language is called by itself, so that whoever reads only that one finds it."""
    label = QCoreApplication.translate("Liking", "Language")
    return OneOf(theme, "language", label, [Choice("zh_CN", "中文"), Choice("en", "English")], parent)


def scale_row(theme: Theme, parent: QWidget | None = None) -> OneOf:
    """The value is the percentage as text."""
    label = QCoreApplication.translate("Liking", "Size of words and buttons")
    return OneOf(theme, "scale", label, [Choice(str(scale), f"{scale} %") for scale in SCALES], parent)


def shade_row(theme: Theme, parent: QWidget | None = None) -> OneOf:
    words = (
        ("light", QCoreApplication.translate("Liking", "Light")),
        ("dark", QCoreApplication.translate("Liking", "Dark")),
        ("system", QCoreApplication.translate("Liking", "Like the computer")),
    )
    label = QCoreApplication.translate("Liking", "Shade")
    return OneOf(theme, "shade", label, [Choice(*each) for each in words], parent)
