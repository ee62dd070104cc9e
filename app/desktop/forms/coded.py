"""Choices made from a code table: the codes in the order of the table, the words of the user's language."""

from collections.abc import Collection, Iterable

from app.base.texts import Texts
from app.desktop.forms.choice import Choice
from app.features.codes import Codes


def coded(texts: Texts, table: Codes, codes: Iterable[str] | None = None, danger: Collection[str] = ()) -> list[Choice]:
    """All of the table, or `codes` alone; those in `danger` wear its colour."""
    return [
        Choice(code, texts.code(table.name, code), tone="danger" if code in danger else "accent")
        for code in (table if codes is None else codes)
    ]
