"""Choosing among chips by typing initials. Knows no widgets, so that every order of keys can be tried."""

from collections import Counter
from collections.abc import Sequence

from app.desktop.forms.initials import initials

PAUSE_S = 0.8
"""After so long what was typed counts as finished."""


def digits(words: Sequence[str]) -> list[str]:
    """For each word the digit that decides between those of equal initials, or nothing."""
    read = [initials(word) for word in words]
    shared = Counter(read)
    seen: Counter[str] = Counter()
    marks = []
    for each in read:
        seen[each] += 1
        marks.append(str(seen[each]) if shared[each] > 1 else "")
    return marks


class Typing:
    """Takes keys one by one; gives the place of the chip that is meant as soon as that is certain."""

    def __init__(self, words: Sequence[str]) -> None:
        self._keys = [initials(word) + digit for word, digit in zip(words, digits(words), strict=True)]
        self._typed = ""
        self._last = 0.0

    @property
    def typed(self) -> str:
        return self._typed

    def key(self, character: str, at: float) -> list[int]:
        """A letter or digit at a time in seconds; the places meant by now, mostly none or one."""
        character = character.casefold()
        meant = self.pause() if at - self._last > PAUSE_S else []
        self._last = at
        if not self._fitting(self._typed + character):
            meant += self.pause()
        typed = self._typed + character
        fitting = self._fitting(typed)
        self._typed = typed if fitting else ""
        if fitting == [typed]:
            meant += self.pause()
        return meant

    def pause(self) -> list[int]:
        """No key came for a while: what stands there complete is meant, though a longer one begins like it."""
        typed, self._typed = self._typed, ""
        return [self._keys.index(typed)] if typed and typed in self._keys else []

    def _fitting(self, typed: str) -> list[str]:
        return [key for key in self._keys if key.startswith(typed)]
