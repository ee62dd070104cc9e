"""A section of cards that come and go: a card whose matter stays the same stays, with the keyboard in it."""

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.desktop.parts.label import Label
from app.desktop.parts.section import Section
from app.desktop.theme.theme import Theme


class Cards(Section):
    """Hidden while it has no card. `words`: what the section is about, under its heading."""

    def __init__(self, theme: Theme, title: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        self.body.addWidget(Label(theme, words, tone="quiet", wrap=True, parent=self))
        self._kept: dict[Hashable, QWidget] = {}
        self.hide()

    @property
    def cards(self) -> list[QWidget]:
        return list(self._kept.values())

    def show_cards(self, wanted: Sequence[tuple[Hashable, Callable[[QWidget], QWidget]]]) -> None:
        """Key and maker of each, in order; the maker gets the parent."""
        held = self._holds_focus()
        before, self._kept = self._kept, {}
        for place, (key, make) in enumerate(wanted):
            card = before.pop(key, None) or make(self)
            self.body.insertWidget(place + 1, card)
            card.show()
            self._kept[key] = card
        for card in before.values():
            self.body.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._kept))
        if held and not self._holds_focus() and self._kept:
            first = next(iter(self._kept.values()))
            (first.nextInFocusChain() or first).setFocus(Qt.FocusReason.TabFocusReason)

    def _holds_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and any(card is focus or card.isAncestorOf(focus) for card in self._kept.values())
