"""What a page must offer so that the window can show it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

OpenPage = Callable[[str, object], None]
"""(page key, intent): go to a page for something."""


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing a page is for: its verb, the key shown on the button, what it does.

    A key that works everywhere is only shown: what it does there, the window does.
    """

    text: str
    run: Callable[[], None]
    key: str = ""
    icon: str = ""


class Page(Protocol):
    """A page of the rail. Its widget is made when it is first opened."""

    key: str
    icon: str
    shortcut: str
    """The key shown beside its word: F2; or empty."""

    def title(self) -> str:
        """Its word in the rail and over the page, in the language in force."""
        ...

    def make(self, parent: QWidget) -> QWidget: ...


@runtime_checkable
class HasAction(Protocol):
    """A page's widget that has a primary action."""

    def action(self) -> Action: ...


@runtime_checkable
class TakesIntent(Protocol):
    """A page's widget that can be opened for something: "issue", "count", a record's id."""

    def intend(self, intent: object) -> None: ...


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """A key that works everywhere: opens a page, for something."""

    shortcut: str
    page: str
    intent: object = None
