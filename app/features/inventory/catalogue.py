"""The standard items a new city starts with, and how quantities are said and counted.

The items are data in `resources/catalogue.toml`; what a city makes of them afterwards are records, not here. All
quantities are whole base units; 箱 + 散 and 件 are ways of saying them.
"""

import tomllib
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from app.base.errors import Refused
from app.base.paths import resources


@dataclass(frozen=True, slots=True)
class StandardItem:
    """One row of the master seed; `category`, `unit`, `pack_unit`, `season`, `expiry_rule` are codes of tables."""

    item_code: str
    name: str
    category: str
    spec: str
    unit: str
    pack_unit: str | None
    pack_factor: int | None
    piece_factor: str
    """件 per unit, as its decimal digits."""
    season: str
    expiry_rule: str
    per_visit_limit: int | None

    @property
    def has_expiry(self) -> bool:
        return self.expiry_rule != "NONE"


@cache
def standard_items(file: Path | None = None) -> tuple[StandardItem, ...]:
    """All standard items in the order of the catalogue."""
    read = tomllib.loads((file or resources() / "catalogue.toml").read_text(encoding="utf-8"))
    return tuple(
        StandardItem(
            item_code=code,
            name=row["name"],
            category=category,
            spec=row["spec"],
            unit=row["unit"],
            pack_unit=row.get("pack"),
            pack_factor=row.get("per_pack"),
            piece_factor=row["pieces"],
            season=row["season"],
            expiry_rule=row["expiry"],
            per_visit_limit=row.get("limit"),
        )
        for category, rows in read.items()
        for code, row in rows.items()
    )


def split(quantity: int, pack_factor: int | None) -> tuple[int, int]:
    """Base units as (packs, loose). Below zero (goods issued before their receipt is known) both are below zero."""
    if not pack_factor or pack_factor < 1:
        return 0, quantity
    packs, loose = divmod(abs(quantity), pack_factor)
    return (packs, loose) if quantity >= 0 else (-packs, -loose)


def join(packs: int, loose: int, pack_factor: int | None) -> int:
    """Packs and loose units as base units; loose may be more than a pack. Refuses packs of an unknown size."""
    if not packs:
        return loose
    if not pack_factor or pack_factor < 1:
        raise Refused("pack_factor_missing", "packs")
    return packs * pack_factor + loose


def quantity_words(quantity: int, pack_factor: int | None, pack_word: str | None, unit_word: str) -> str:
    """`3 箱 + 5 瓶`; without packs `5 瓶`; none at all `0 瓶`; below zero with a minus in front."""
    packs, loose = split(abs(quantity), pack_factor if pack_word else None)
    parts = [f"{packs} {pack_word}"] if packs else []
    if loose or not packs:
        parts.append(f"{loose} {unit_word}")
    return ("−" if quantity < 0 else "") + " + ".join(parts)


def pieces(quantity: int, piece_factor: str) -> Decimal:
    """折合件, exactly; sums are rounded only where they are shown."""
    return quantity * Decimal(piece_factor)


def pieces_words(amount: Decimal) -> str:
    """The digits of a sum of 件, to one place at most and without idle zeros: 12, 0.5."""
    rounded = amount.quantize(Decimal("0.1"), ROUND_HALF_UP)
    whole = rounded.to_integral_value()
    return f"{whole if rounded == whole else rounded:f}"
