"""Who is to have which records, as the design's table of entities says it: written down here once more.

What decides it in the program (`app.journal.presence`, `streams`) is asked at both ends, so that a wrong rule there
would look right to both. Nothing here uses it; the tables of the center are all that is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from app.journal.entities import find_entity
from app.journal.ops import Key

Row = Mapping[str, Any]

_EVERYBODYS = ("node", "item", "lot")
_BELOW = ("staff", "campaign", "notice", "partner", "place", "kit")
_OF_TWO = ("person_link", "amendment", "transfer", "transfer_line")
_STOCK = ("item_level", "lot_state", "stock_in", "movement", "hand_out", "count", "count_line", "answer")
_ON_CASES = ("encounter", "follow_up", "note", "encounter_photo", "notice_given")
_READ_ABOVE = {"case": ("TOWN", "COUNTY"), "stock": ("TOWN", "COUNTY", "CITY"), "audit_entry": ("CITY",)}
"""The tiers above a point that read open cases, stock, and who was shown what."""
KINDS = frozenset(
    (*_EVERYBODYS, *_BELOW, *_OF_TWO, *_STOCK, *_ON_CASES, "case", "person", "person_photo", "audit_entry", "review")
)


class Readers:
    """Asks the center's tables as they are now."""

    def __init__(self, conn: sa.Connection) -> None:
        self._rows = {kind: _read(conn, kind) for kind in KINDS}
        self._nodes = self._rows["node"]

    def records_of(self, node: str) -> Iterator[Key]:
        """All that a device of this node is to have."""
        for kind, rows in self._rows.items():
            yield from ((kind, id_) for id_, row in rows.items() if self._is_for(node, kind, row))

    def _is_for(self, node: str, kind: str, row: Row) -> bool:
        home = row["node"]
        if kind in _EVERYBODYS:
            return True
        if kind in _BELOW:
            return node == home or home in self._above(node)
        if kind in _OF_TWO:
            return node in home.split(" ")
        if node == home:
            return True
        if kind in _STOCK:
            return self._reads_above(node, home, "stock")
        if kind == "person":
            return node in _set(row["grants"])
        if kind == "person_photo":
            return self._is_for_parent(node, "person", row["person"])
        if kind in ("case", *_ON_CASES):
            return self._on_a_case(node, kind, row)
        return self._reads_above(node, home, kind)

    def _is_for_parent(self, node: str, kind: str, id_: str | None) -> bool:
        parent = self._rows[kind].get(id_ or "")
        return parent is not None and self._is_for(node, kind, parent)

    def _on_a_case(self, node: str, kind: str, row: Row) -> bool:
        case: Row | None = row
        if kind != "case":
            encounter = self._rows["encounter"].get(row.get("encounter") or "", {})
            about = row.get("case") or encounter.get("case")
            if not row.get("case") and node == encounter.get("node"):
                return True
            case = self._rows["case"].get(about or "")
        if case is None:
            return False
        if node == case["node"] or node in _set(case["grants"]):
            return True
        is_open = case["case_status"] != "CLOSED"
        return is_open and kind != "notice_given" and self._reads_above(node, case["node"], "case")

    def _reads_above(self, node: str, home: str, what: str) -> bool:
        tiers = _READ_ABOVE.get(what, ())
        return node in self._above(home) and self._nodes[node]["tier"] in tiers

    def _above(self, node: str) -> Sequence[str]:
        found: list[str] = []
        up = self._nodes.get(node, {}).get("parent")
        while up and up not in found and up != node:
            found.append(up)
            up = self._nodes.get(up, {}).get("parent")
        return found


def _read(conn: sa.Connection, kind: str) -> dict[str, Row]:
    entity = find_entity(kind)
    if entity is None:
        raise KeyError(kind)
    return {row["id"]: dict(row) for row in conn.execute(sa.select(entity.table)).mappings()}


def _set(text: str) -> list[str]:
    found: list[str] = msgspec.json.decode(text)
    return found
