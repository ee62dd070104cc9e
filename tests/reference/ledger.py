"""Stock as an executable specification: `sync.md` §6.

Stock never syncs as a number. It is computed from rows that are only ever created: movements, and count lines
as checkpoints. All rests on one question: where does a row stand in time? Not here: how rows merge
(`model.py`).
"""

from dataclasses import dataclass
from functools import cached_property

from tests.reference.model import Kind, Ref, Schema, Values, View

MOVEMENT, LINE, ANSWER = "movement", "count_line", "answer"

LEDGER_KINDS: Schema = {
    # `quantity` in base units. `happened_at`: a typed time on the author's clock; None is "now", never written.
    # `corrects`: the movement this one undoes (kind "reversal") or puts right (any other kind).
    MOVEMENT: Kind({"row": ("node", "lot", "kind", "quantity", "happened_at", "corrects")}),
    # `entered_at`: the moment, on the author's clock, at which the counted number was entered.
    LINE: Kind({"counted": ("count", "node", "lot", "quantity", "entered_at")}),
    # `verdict`: before / after / dismissed: where a movement stands to a count line, as a person says.
    ANSWER: Kind({"verdict": ("movement", "line", "verdict")}),
}
_GROUP = {MOVEMENT: "row", LINE: "counted", ANSWER: "verdict"}
_TYPED = {MOVEMENT: "happened_at", LINE: "entered_at"}

SIGN = {
    "receive": 1, "return": 1, "transfer_in": 1,
    "issue": -1, "hand_out": -1, "write_off": -1, "transfer_out": -1,
}  # fmt: skip

Position = tuple[int, str, int, int, int]
"""(time, device, epoch serial, n, op)"""
Place = tuple[Position, int]
"""A position, and just before (-1), at (0) or just after (1) it."""


@dataclass(frozen=True)
class Moved:
    """What one movement did to one shelf."""

    id: str
    node: str
    lot: str
    delta: int
    place: Place


class Ledger:
    """The shelves as far as a view knows them."""

    def __init__(self, view: View) -> None:
        self.view = view

    # -- where a row stands in time

    def moment(self, ref: Ref, typed: int | None) -> Position:
        """The position of one write.

        Time left at "now" is the eff. A typed one was read off the author's clock, as was the commit's wall
        time: what can be believed is how long before the commit it was. Nothing is written before it
        happened, so never after eff.
        """
        commit = self.view.commits[ref.commit]
        eff = self.view.effs[commit.id]
        time = eff if typed is None else min(eff, eff - (commit.wall - typed))
        return (time, commit.device, commit.serial, commit.n, ref.op)

    def own_position(self, kind: str, id_: str) -> Position:
        """The position of a row by its own writes, not of the row it corrects.

        One row can have several: two laptops receive one shipment, or a person settles what they disagree about.
        What happened, happened once: the row stands where the time it shows was first written. A second create that
        says the same does not move it, nor does a set that repeats the time, on another clock maybe, to put the
        number right.
        """
        group, name = _GROUP[kind], _TYPED[kind]
        typed = self._values(kind, id_)[name]
        same = [write for write in self.view.writes(kind, id_, group) if write.values[name] == typed]
        first = min(same, key=lambda write: (bool(write.bases), self.view.rank(write.ref)))  # creates have no bases
        return self.moment(first.ref, typed if isinstance(typed, int) else None)

    def corrected(self, id_: str) -> str | None:
        """The row at whose position a movement stands: its own, or, for a correction, that of the row it
        corrects.

        A correction of a row that is not known here stands nowhere, and counts nothing yet: nor does that
        row.
        """
        passed: set[str] = set()
        while True:
            if id_ in passed or not self.view.writes(MOVEMENT, id_, "row"):
                return None
            passed.add(id_)
            target = self._values(MOVEMENT, id_)["corrects"]
            if target is None:
                return id_
            id_ = str(target)

    def place(self, id_: str) -> Place | None:
        """Where a movement stands, after what people have answered about it and the count lines near it."""
        stands_at = self.corrected(id_)
        if stands_at is None:
            return None
        place: Place = (self.own_position(MOVEMENT, stands_at), 0)
        for line_position, verdict in self._answers.get(stands_at, ()):
            if verdict == "before":
                place = min(place, (line_position, -1))
            elif verdict == "after":
                place = max(place, (line_position, 1))
        return place

    # -- what is on the shelf

    @cached_property
    def moved(self) -> list[Moved]:
        """What each movement did, one for each id however often it was created: the greatest head counts."""
        found = []
        for id_ in self.view.ids(MOVEMENT):
            place = self.place(id_)
            if place is not None:
                row = self._values(MOVEMENT, id_)
                found.append(Moved(id_, str(row["node"]), str(row["lot"]), self.delta(row), place))
        return found

    def delta(self, row: Values) -> int:
        """What the row does to the shelf. A reversal takes back just what the row it names does."""
        if row["kind"] == "reversal":
            return -self.delta(self._values(MOVEMENT, str(row["corrects"])))
        return SIGN[str(row["kind"])] * _number(row["quantity"])

    def lines(self, node: str, lot: str) -> list[tuple[Place, str]]:
        """The count lines of a lot, in the order in which they were counted."""
        return sorted(
            ((self.own_position(LINE, id_), 0), id_)
            for id_ in self.view.ids(LINE)
            if (row := self._values(LINE, id_))["node"] == node and row["lot"] == lot
        )

    def stock(self, node: str, lot: str) -> int:
        """The last count line and what moved after it. May be below zero: shown and flagged, never
        refused."""
        return self._stock(node, lot, self.lines(node, lot), None)

    def book(self, line: str) -> int:
        """What the books said at the moment of a count line: the line before it and what moved between."""
        row = self._values(LINE, line)
        node, lot = str(row["node"]), str(row["lot"])
        lines = self.lines(node, lot)
        at = [id_ for _, id_ in lines].index(line)
        return self._stock(node, lot, lines[:at], lines[at][0])

    def variance(self, line: str) -> int:
        """Counted less book. Derived: it changes when a movement before the count becomes known late."""
        return _number(self._values(LINE, line)["quantity"]) - self.book(line)

    def shelves(self) -> dict[tuple[str, str], int]:
        """The stock of every (node, lot) that has a row."""
        rows = [self._values(kind, id_) for kind in (MOVEMENT, LINE) for id_ in self.view.ids(kind)]
        pairs = {(str(row["node"]), str(row["lot"])) for row in rows}
        return {(node, lot): self.stock(node, lot) for node, lot in sorted(pairs)}

    def negative(self) -> list[tuple[str, str]]:
        return [shelf for shelf, stock in self.shelves().items() if stock < 0]

    def _stock(self, node: str, lot: str, lines: list[tuple[Place, str]], until: Place | None) -> int:
        since, counted = None, 0
        if lines:
            since, line = lines[-1]
            counted = _number(self._values(LINE, line)["quantity"])
        return counted + sum(
            moved.delta
            for moved in self.moved
            if (moved.node, moved.lot) == (node, lot)
            and (since is None or moved.place > since)
            and (until is None or moved.place < until)
        )

    @cached_property
    def _answers(self) -> dict[str, list[tuple[Position, str]]]:
        """Movement → (position of the count line asked about, verdict), in the order of the lines."""
        found: dict[str, list[tuple[Position, str]]] = {}
        for id_ in self.view.ids(ANSWER):
            row = self._values(ANSWER, id_)
            stands_at, line = self.corrected(str(row["movement"])), str(row["line"])
            if stands_at is not None and self.view.writes(LINE, line, "counted"):
                found.setdefault(stands_at, []).append((self.own_position(LINE, line), str(row["verdict"])))
        return {movement: sorted(answers) for movement, answers in found.items()}

    def _values(self, kind: str, id_: str) -> Values:
        shown = self.view.shown(kind, id_, _GROUP[kind])
        if shown is None:
            raise KeyError((kind, id_))
        return shown


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"a quantity is a whole number of base units, not {value!r}")
    return value
