"""Tempting rules that are wrong, each a small change to the model. The properties have to find every one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tests.reference.ledger import Ledger, Moved, Position
from tests.reference.model import Rank, Ref, Remove, View, ViewMaker, Void, Write


class SameBaseConflict(View):
    """A conflict is two writes with the same base; otherwise the last writer wins."""

    def heads(self, kind: str, id_: str, group: str) -> list[Write]:
        heads = super().heads(kind, id_, group)
        return [head for head in heads if head is heads[0] or _same_base(head, heads[0])]


def _same_base(one: Write, other: Write) -> bool:
    return bool(one.bases & other.bases) or not (one.bases or other.bases)


class ClientClockOrder(View):
    """Greater is greater by the author's own clock."""

    def rank(self, ref: Ref) -> Rank:
        unsent, _, device, serial, n, op = super().rank(ref)
        return (unsent, self.commits[ref.commit].wall, device, serial, n, op)


class RemoveIgnoresUnseenAdds(View):
    """A remove takes the element away, whoever else has added it meanwhile."""

    def adds(self, kind: str, id_: str, set_: str) -> frozenset[tuple[str, Ref]]:
        gone = {op.element for _, op in self.ops(kind, id_) if isinstance(op, Remove) and op.set == set_}
        return frozenset(add for add in super().adds(kind, id_, set_) if add[0] not in gone)


class VoidHidesLiveHeads(View):
    """A void hides the record, whatever was written to it unseen."""

    def hidden(self, kind: str, id_: str) -> bool:
        return any(isinstance(op, Void) for _, op in self.ops(kind, id_))


class VoidForgetsChildren(View):
    """A void looks at the record's own writes alone, not at what was hung on it."""

    def live(self, kind: str, id_: str) -> frozenset[Ref]:
        own = {ref for ref, op in self.ops(kind, id_) if not isinstance(op, Void)}
        return super().live(kind, id_) & own


class CountOrderedBySeq(Ledger):
    """A row stands where the hub numbered it."""

    def moment(self, ref: Ref, typed: int | None) -> Position:
        seq = self.view.commits[ref.commit].seq
        return (seq if seq is not None else 1 << 62, *super().moment(ref, typed)[1:])


class RawTypedTime(Ledger):
    """A typed time is believed as it was read off the author's clock."""

    def moment(self, ref: Ref, typed: int | None) -> Position:
        time, device, serial, n, op = super().moment(ref, typed)
        return (time if typed is None else typed, device, serial, n, op)


class ReversalAtNow(Ledger):
    """A correction stands where it was written."""

    def corrected(self, id_: str) -> str | None:
        known = super().corrected(id_) is not None
        return id_ if known else None


class SecondReceiptMovesAgain(Ledger):
    """Each create of a movement moves the goods."""

    @cached_property
    def moved(self) -> list[Moved]:
        once = Ledger(self.view).moved
        return [moved for moved in once for _ in self.view.heads("movement", moved.id, "row")]


class SecondReceiptStandsLater(Ledger):
    """A row created twice, or settled, stands where its greatest head was written."""

    def own_position(self, kind: str, id_: str) -> Position:
        group, name = ("row", "happened_at") if kind == "movement" else ("counted", "entered_at")
        head = self.view.heads(kind, id_, group)[0]
        typed = head.values[name]
        return self.moment(head.ref, typed if isinstance(typed, int) else None)


@dataclass(frozen=True)
class Rules:
    """What a node computes by: the model's own rules unless one is exchanged."""

    view: ViewMaker = View
    ledger: Callable[[View], Ledger] = Ledger


RIGHT = Rules()

WRONG = {
    "same-base conflict": Rules(view=SameBaseConflict),
    "order by client clock": Rules(view=ClientClockOrder),
    "remove ignores unseen adds": Rules(view=RemoveIgnoresUnseenAdds),
    "void hides a live head": Rules(view=VoidHidesLiveHeads),
    "void forgets children": Rules(view=VoidForgetsChildren),
    "count ordered by seq": Rules(ledger=CountOrderedBySeq),
    "raw typed times": Rules(ledger=RawTypedTime),
    "reversal positioned at now": Rules(ledger=ReversalAtNow),
    "second receipt as second movement": Rules(ledger=SecondReceiptMovesAgain),
    "second receipt stands later": Rules(ledger=SecondReceiptStandsLater),
}
