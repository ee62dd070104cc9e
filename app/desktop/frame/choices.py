"""How this computer's user likes it: language, look, when it locks. Chosen at first run and in the settings."""

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from app.desktop.theme.theme import Look


@dataclass(frozen=True, slots=True)
class Choices:
    """How it looks: language zh_CN or en, the look; after how many seconds of absence it locks (0 never)."""

    language: str = "zh_CN"
    look: Look = field(default_factory=Look)
    lock_after_s: int = 600


class Choosing(QObject):
    """What is chosen now. `changed` carries the `Choices`; whoever hears it wears and keeps them."""

    changed = Signal(object)

    def __init__(self, now: Choices | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.now = now or Choices()

    def choose(self, choices: Choices) -> None:
        if choices != self.now:
            self.now = choices
            self.changed.emit(choices)
