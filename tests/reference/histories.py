"""Random histories of a few laptops and a hub, the same for the same seed.

Hands move goods on physical shelves; people write what they see, now or late, rightly or wrongly, once or twice, on
laptops whose clocks are up to years off; forms stay open while others write; answers get lost, pages are cut and come
twice. The outcome is a list of events to feed to any implementation, and what was true: who knew what when writing,
when it really was, and what really lies on the shelves.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from app.base.ids import meaning_id
from tests.reference.ledger import LEDGER_KINDS, LINE, MOVEMENT, SIGN
from tests.reference.model import Add, Create, Kind, Op, Rehome, Remove, Schema, Set, Value, Values, Void
from tests.reference.world import Checkpoint, History, Laptop, Shelf, World

SCHEMA: Schema = {
    "person": Kind({"name": ("name",), "age": ("age_est",)}, sets=("special_groups",)),
    "case": Kind(
        {"person": ("person",), "status": ("status", "stage")}, sets=("needs",), hangs_on={"person": "person"}
    ),
    "note": Kind({"note": ("case", "text")}, hangs_on={"case": "case"}),
    "lot": Kind({"facts": ("item", "batch", "made_on")}),
    **LEDGER_KINDS,
}
WORDS: dict[str, tuple[Value, ...]] = {
    "name": ("李", "王", "张"),
    "age_est": (40, 50, 60),
    "status": ("open", "closed"),
    "stage": (1, 2),
    "made_on": ("2025-01", "2025-02"),
}
ELEMENTS = {"special_groups": ("elderly", "minor", "disabled"), "needs": ("food", "clothing", "journey")}


@dataclass
class Errand:
    """Something about a shelf that will be written later. `do` says whether it could be done by now."""

    shelf: Shelf
    do: Callable[[], bool]


def history(seed: int, steps: int = 60) -> History:
    world = _Life(random.Random(seed))
    for _ in range(steps):
        world.step()
    world.finish()
    return world.history


class _Life(World):
    """What people do, in random order."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(SCHEMA, rng)
        self.errands: list[Errand] = []
        self.truth: dict[str, Values] = {}
        self.shared_lot = meaning_id("lot", "water", "batch 1")
        self.shelves = self.history.shelves

    def step(self) -> None:
        self.tick()
        laptop = self.rng.choice(self.laptops)
        acts = (self.paperwork, self.hands, self.count, self.errand, self.exchange, self.new_epoch)
        self.rng.choices(acts, (45, 22, 7, 10, 15, 1))[0](laptop)
        waiting = {errand.shelf for errand in self.errands}
        for each in self.laptops:
            shelf = (each.node, self.private_lot(each))
            if shelf in self.shelves and shelf not in waiting:
                stock = self.shelves[shelf]
                self.history.checkpoints.append(Checkpoint(len(self.history.events), each.id, shelf, stock))

    def finish(self) -> None:
        """Everything gets written, everybody gets everything, and a person settles what two receipts say."""
        while self.errands:
            self.everybody_syncs()
            for _ in range(len(self.errands)):
                self.tick()
                self.errand(self.laptops[0])
        self.everybody_syncs()
        laptop = self.rng.choice(self.laptops)
        view = laptop.model.view()
        for kind, id_, group in view.conflicts():
            if kind == MOVEMENT:
                self.tick()
                bases = frozenset(head.ref for head in view.heads(kind, id_, group))
                self.write(laptop, Set(kind, id_, group, self.truth[id_], bases))
        self.everybody_syncs()

    # -- people and cases

    def paperwork(self, laptop: Laptop) -> None:
        """A new record, or a form opened on one that is known here, saved at once or left open for a while."""
        view, rng = laptop.model.view(), self.rng
        if laptop.drafts and rng.random() < 0.4:
            op, knew = laptop.drafts.pop(0)
            self.write(laptop, op, knew=knew)
            return
        known = [(kind, id_) for kind in ("person", "case", "lot") for id_ in view.ids(kind)]
        visible = [record for record in known if not view.hidden(*record)]
        if not visible or rng.random() < 0.2:
            self.begin(laptop)
            return
        op = self.form(laptop, *rng.choice(visible))
        if rng.random() < 0.3:
            laptop.drafts.append((op, frozenset(laptop.model.known)))
        else:
            self.write(laptop, op)

    def begin(self, laptop: Laptop) -> None:
        rng, node = self.rng, laptop.node
        case: Values
        people = laptop.model.view().ids("person")
        if rng.random() < 0.3:
            facts: Values = {"item": "rice", "batch": "batch 2", "made_on": rng.choice(WORDS["made_on"])}
            self.write(laptop, Create("lot", meaning_id("lot", "rice", "batch 2"), node, facts))
        elif people and rng.random() < 0.6:
            case = {"person": rng.choice(people), "status": "open", "stage": 1}
            self.write(laptop, Create("case", self.new_id(), node, case, {"needs": ["food"]}))
        elif len(people) < 3:
            id_ = self.new_id()
            person = {"name": rng.choice(WORDS["name"]), "age_est": rng.choice(WORDS["age_est"])}
            case = {"person": id_, "status": "open", "stage": 1}
            self.write(
                laptop,
                Create("person", id_, node, person, {"special_groups": ["elderly"]}),
                Create("case", self.new_id(), node, case),
            )

    def form(self, laptop: Laptop, kind: str, id_: str) -> Op:
        """What a form on this record would write, with the bases it was shown."""
        rng, view, shape = self.rng, laptop.model.view(), SCHEMA[kind]
        what = rng.choices(("set", "add", "remove", "note", "void", "rehome"), (42, 16, 22, 8, 10, 4))[0]
        if what == "rehome":
            bases = frozenset(head.ref for head in view.homes(kind, id_))
            return Rehome(kind, id_, rng.choice(self.laptops).node, bases)
        if what == "note" and kind == "case":
            return Create("note", self.new_id(), laptop.node, {"case": id_, "text": "看过"})
        if what == "void":
            return Void(kind, id_, "entered twice", view.live(kind, id_))
        if what in ("add", "remove") and shape.sets:
            (set_,) = shape.sets
            present = view.adds(kind, id_, set_)
            if what == "remove" and present:
                element = rng.choice(sorted(present))[0]
                seen = frozenset(ref for found, ref in present if found == element)
                return Remove(kind, id_, set_, element, seen)
            return Add(kind, id_, set_, rng.choice(ELEMENTS[set_]))
        group = rng.choice([name for name in shape.groups if name != "person"])
        shown = view.shown(kind, id_, group) or {}
        values = {name: rng.choice(WORDS.get(name, (shown.get(name),))) for name in shape.groups[group]}
        return Set(kind, id_, group, values, frozenset(head.ref for head in view.heads(kind, id_, group)))

    # -- goods

    def private_lot(self, laptop: Laptop) -> str:
        return meaning_id("lot", "blanket", laptop.id)

    def some_shelf(self, laptop: Laptop) -> tuple[Shelf, list[Laptop]]:
        """A shelf and the laptops that write about it: one shared by the point, or one of this laptop alone."""
        if self.rng.random() < 0.3:
            return (laptop.node, self.private_lot(laptop)), [laptop]
        return (laptop.node, self.shared_lot), [each for each in self.laptops if each.node == laptop.node]

    def row(self, shelf: Shelf, kind: str, quantity: int, at: int | None = None, of: str | None = None) -> Values:
        node, lot = shelf
        return {
            "node": node, "lot": lot, "kind": kind, "quantity": quantity, "happened_at": at, "corrects": of,
        }  # fmt: skip

    def movement(self, laptop: Laptop, id_: str, row: Values) -> Create:
        return Create(MOVEMENT, id_, laptop.node, row)

    def hands(self, laptop: Laptop) -> None:
        """Hands move goods, and it is written: now, late by the form's clock, wrongly, twice; or only written."""
        rng = self.rng
        shelf, writers = self.some_shelf(laptop)
        lying, id_ = self.shelves.get(shelf, 0), self.new_id()
        quantity = rng.randint(1, 9)
        kind = rng.choice([kind for kind, sign in SIGN.items() if lying + sign * quantity >= 0])
        right = self.row(shelf, kind, quantity)
        how = rng.choices(("now", "late", "wrong", "never", "twice"), (35, 25, 15, 10, 15))[0]
        if how == "never":
            self.shelves.setdefault(shelf, 0)
            self.write(laptop, self.movement(laptop, id_, self.row(shelf, "issue", quantity)))
            for each in writers:
                self.later(shelf, self.undo(each, id_))
            return
        if how == "twice":
            id_, right = meaning_id("receipt", self.new_id()), self.row(shelf, "transfer_in", quantity)
            self.truth[id_] = right
            for each in writers:
                if each is not laptop:
                    said = rng.choice((quantity, quantity, quantity + 1))
                    self.later(shelf, self.receive(each, id_, self.row(shelf, "transfer_in", said)))
        self.shelves[shelf] = lying + SIGN[str(right["kind"])] * quantity
        if how == "late":
            typed = self.row(shelf, kind, quantity, at=self.now + laptop.clock_error)
            self.later(shelf, lambda: self.done(laptop, self.movement(laptop, id_, typed)))
        elif how == "wrong":
            self.write(laptop, self.movement(laptop, id_, self.row(shelf, kind, quantity + 10)))
            self.later(shelf, self.put_right(rng.choice(writers), id_, right))
        else:
            self.write(laptop, self.movement(laptop, id_, right))

    def reversal(self, laptop: Laptop, id_: str) -> Create:
        row = laptop.model.view().shown(MOVEMENT, id_, "row") or {}
        row = {**row, "kind": "reversal", "happened_at": None, "corrects": id_}
        return self.movement(laptop, meaning_id("reversal", id_), row)

    def undo(self, laptop: Laptop, id_: str) -> Callable[[], bool]:
        """This laptop takes back what was never done, unless it knows that it was taken back."""

        def do() -> bool:
            view = laptop.model.view()
            if not view.ops(MOVEMENT, id_):
                return False
            return bool(view.ops(MOVEMENT, meaning_id("reversal", id_))) or self.done(
                laptop, self.reversal(laptop, id_)
            )

        return do

    def put_right(self, laptop: Laptop, id_: str, right: Values) -> Callable[[], bool]:
        """This laptop takes a wrong row back and writes the right one, in one act."""

        def do() -> bool:
            if not laptop.model.view().ops(MOVEMENT, id_):
                return False
            corrected = self.movement(laptop, self.new_id(), {**right, "corrects": id_})
            return self.done(laptop, self.reversal(laptop, id_), corrected)

        return do

    def receive(self, laptop: Laptop, id_: str, row: Values) -> Callable[[], bool]:
        """A second laptop writes that a shipment came, unless it knows that it was written."""
        return lambda: (
            bool(laptop.model.view().ops(MOVEMENT, id_)) or self.done(laptop, self.movement(laptop, id_, row))
        )

    def count(self, laptop: Laptop) -> None:
        """One or two people count a shelf; the line is saved now or later, and may be mistyped and put right."""
        shelf, writers = self.some_shelf(laptop)
        self.shelves.setdefault(shelf, 0)
        count, rng = self.new_id(), self.rng
        for each in rng.sample(writers, k=min(len(writers), rng.choice((1, 1, 2)))):
            self.tick()
            id_ = meaning_id(LINE, count, shelf[1])
            right: Values = {
                "count": count, "node": shelf[0], "lot": shelf[1],
                "quantity": self.shelves[shelf], "entered_at": self.now + each.clock_error,
            }  # fmt: skip
            how = rng.choices(("now", "late", "wrong"), (5, 3, 2))[0]
            if how == "late":
                self.later(shelf, self.save_line(each, id_, right))
            elif how == "now":
                self.write(each, Create(LINE, id_, each.node, right))
            else:
                self.write(each, Create(LINE, id_, each.node, {**right, "quantity": self.shelves[shelf] + 3}))
                self.later(shelf, self.correct_line(rng.choice(writers), each, id_, right))

    def save_line(self, laptop: Laptop, id_: str, line: Values) -> Callable[[], bool]:
        return lambda: self.done(laptop, Create(LINE, id_, laptop.node, line))

    def correct_line(self, laptop: Laptop, author: Laptop, id_: str, right: Values) -> Callable[[], bool]:
        """This laptop puts the mistyped number right, once it knows the line: the moment of counting stays."""

        def do() -> bool:
            view = laptop.model.view()
            heads = view.heads(LINE, id_, "counted")
            mistyped = any(write.ref.device == author.id for write in view.writes(LINE, id_, "counted"))
            bases = frozenset(head.ref for head in heads)
            return mistyped and self.done(laptop, Set(LINE, id_, "counted", right, bases))

        return do

    def later(self, shelf: Shelf, do: Callable[[], bool]) -> None:
        self.errands.append(Errand(shelf, do))

    def done(self, laptop: Laptop, *ops: Op) -> bool:
        self.write(laptop, *ops)
        return True

    def errand(self, _: Laptop) -> None:
        if self.errands:
            errand = self.errands.pop(self.rng.randrange(len(self.errands)))
            if not errand.do():
                self.errands.append(errand)
