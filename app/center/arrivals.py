"""Pushed commits on their way in: decoded once, chained, given their effective time. No database."""

import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from app.base.ids import is_id, is_meaning_id
from app.journal.entities import Entity, Scope, find_entity, is_rightly_named
from app.journal.ops import MOST_OPS, SCHEMA, Commit, Key, Malformed, Op, OpPart, decode_op, next_link, unpack_parts
from app.journal.rights import leaning
from app.sync.protocol import ExchangeRequest, PushedCommit

_ACTOR = re.compile(r"[0-9A-Za-z_-]{1,32}", re.ASCII)
_NODES = re.compile(r"[0-9a-f]{32}( [0-9a-f]{32})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose commits they are."""

    device: str
    epoch: str
    serial: int


@dataclass(slots=True)
class Arrival:
    """One pushed commit. `code` says why it cannot be applied, empty while it can; `detail` the kind of failure."""

    pushed: PushedCommit
    eff: int = 0
    parts: list[OpPart] = field(default_factory=list)
    ops: list[tuple[int, Op]] = field(default_factory=list)
    known: list[tuple[Entity, Op]] = field(default_factory=list)
    """Those of the ops whose kind this program knows; `take_ops` sets both."""
    chain: bytes | None = None
    code: str = ""
    detail: str = ""
    judged: frozenset[int] = frozenset()
    """The places of ops that stand here already, because readers brought them: they were allowed then."""

    def commit(self, sender: Sender) -> Commit:
        """A fresh commit: `apply` changes what it is given."""
        pushed = self.pushed
        return Commit(
            sender.device,
            sender.epoch,
            sender.serial,
            pushed.n,
            pushed.wall,
            pushed.bound,
            pushed.actor,
            pushed.schema,
            list(self.parts),
            None,
            self.eff,
            self.chain,
            dict(self.ops),
        )

    def take_ops(self, ops: list[tuple[int, Op]]) -> None:
        """Let it say these, and nothing else."""
        self.ops = ops
        self.known = [(entity, op) for _, op in ops if (entity := find_entity(op.kind)) is not None]

    def to_judge(self) -> list[tuple[Entity, Op]]:
        """`known` without those that were judged before."""
        if not self.judged:
            return self.known
        new = {id(op) for at, op in self.ops if at not in self.judged}
        return [(entity, op) for entity, op in self.known if id(op) in new]

    def creates(self) -> set[Key]:
        return {op.key for _, op in self.ops if op.name == "create"}

    def stands_on(self) -> set[Key]:
        """The records this commit writes to, and those it hangs new ones on."""
        keys = set()
        for entity, op in self.known:
            keys.add(op.key)
            keys.update(
                (kind, id_) for name, kind in entity.hung_on.items() if isinstance(id_ := op.values.get(name), str)
            )
        return keys

    def put_aside(self, code: str, detail: str = "") -> None:
        if not self.code:
            self.code, self.detail = code, detail


def read_commits(sender: Sender, commits: Iterable[PushedCommit], *, whole: bool = True) -> list[Arrival]:
    """Commits as pushed, decoded; not yet placed. `whole`: as their author sends them, with every op."""
    arrivals = [Arrival(pushed) for pushed in commits]
    for arrival in arrivals:
        _decode(arrival, sender, whole=whole)
    return arrivals


def place(request: ExchangeRequest, arrivals: Sequence[Arrival], receipt: int, chain: bytes, last_eff: int) -> None:
    """Give new commits, in their order, chain and effective time.

    `receipt`: when the request arrived (µs, the center's clock). The wall time is corrected by the skew seen in this
    exchange, kept between the author's bound and the receipt, and strictly after the one before.
    """
    skew, sender = receipt - request.wall, Sender(request.device, request.epoch, request.serial)
    whole = True
    for arrival in arrivals:
        pushed = arrival.pushed
        arrival.eff = last_eff = max(min(max(pushed.wall + skew, pushed.bound), receipt), last_eff + 1)
        # After a commit without a readable frame the links are not known; the push's own head closes the gap.
        whole = whole and bool(arrival.parts)
        if whole:
            try:
                arrival.chain = chain = next_link(chain, arrival.commit(sender))
            except (binascii.Error, ValueError):
                whole = False
                arrival.put_aside("malformed", "salt")


def _decode(arrival: Arrival, sender: Sender, *, whole: bool) -> None:
    """Read the ops; what is wrong with them puts the commit aside."""
    try:
        parts = unpack_parts(arrival.pushed.parts)
        places = [part.at for part in parts]
        in_order = places == (list(range(len(parts))) if whole else sorted({at for at in places if 0 <= at < MOST_OPS}))
        if not parts or len(parts) > MOST_OPS or not in_order:
            raise Malformed("places")
    except Malformed:
        arrival.put_aside("malformed", "frame")
        return
    arrival.parts = parts
    if arrival.pushed.schema > SCHEMA:
        arrival.put_aside("newer", f"schema {arrival.pushed.schema}")
        return
    try:
        schema = arrival.pushed.schema
        ops = [
            (part.at, decode_op(part.raw, sender.device, sender.epoch, schema)) for part in parts if not part.is_blank
        ]
    except Malformed:
        arrival.put_aside("malformed", "op")
        return
    if not _ACTOR.fullmatch(arrival.pushed.actor):
        arrival.put_aside("malformed", "actor")
    for _, op in ops:
        if not is_id(op.id) or not _NODES.fullmatch(op.node):
            arrival.put_aside("malformed", "id")
        elif (entity := find_entity(op.kind)) is None:
            arrival.put_aside("newer", "kind")
        elif not _is_at_home(op, entity) or (op.name == "create" and not is_rightly_named(entity, op)):
            arrival.put_aside("malformed", "id")
    if arrival.code != "malformed":  # nothing of such a one may be asked of the database
        arrival.take_ops(ops)


def _is_at_home(op: Op, entity: Entity) -> bool:
    """Whether the op names as many nodes as its kind has, and leans on ids if on anything."""
    if " " in op.node and entity.scope is not Scope.BOTH:
        return False
    if op.name == "rehome" and (entity.scope is not Scope.OWN or not is_id(op.values["node"])):
        return False
    for name, _ in leaning(entity, by_meaning=op.name == "create" and is_meaning_id(op.id)):
        parent = op.values.get(name)
        if parent is not None and not (isinstance(parent, str) and is_id(parent)):
            return False
    return True


@dataclass(slots=True)
class Touched:
    """What a batch of arrivals must lock."""

    rows: dict[Entity, set[str]] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    hangs: bool = False
    """Whether something touched is seen where that is seen which is above what it hangs on."""


@cache
def hangs_deep(entity: Entity) -> bool:
    """Whether what a record of this kind follows follows something itself."""
    parents = (find_entity(entity.hung_on[name]) for name in entity.follows)
    return any(parent is not None and parent.follows for parent in parents)


def touched_by(arrivals: Sequence[Arrival]) -> Touched:
    """Records, those they lean on, ids of meaning, and the nodes whose shelves and lists are derived."""
    touched = Touched()
    rows: defaultdict[Entity, set[str]] = defaultdict(set)
    nodes: set[str] = set()
    for arrival in arrivals:
        for entity, op in arrival.known:
            rows[entity].add(op.id)
            # What is made with its case is locked with it; one that is written to may be of any case.
            touched.hangs = touched.hangs or bool(entity.follows and (op.name != "create" or hangs_deep(entity)))
            if is_meaning_id(op.id):
                touched.keys.add(op.id)
            if entity.scope in (Scope.OWN, Scope.BOTH):
                nodes.add(op.node)
            for name, parent in leaning(entity, by_meaning=op.name == "create" and is_meaning_id(op.id)):
                value = op.values.get(name)
                if isinstance(value, str):
                    rows[parent].add(value)
    touched.rows = dict(rows)
    touched.keys.update(one for node in nodes for one in node.split(" "))
    return touched
