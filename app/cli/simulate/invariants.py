"""What must hold once a world has healed: I1 to I6 of the design. Each failure says which, where, and what differs."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from app.center.admin import status
from app.center.hub import standing_city
from app.center.tables import quarantine
from app.cli.point_check import OK, check_point
from app.cli.simulate.definition import Order, Thing, things
from app.cli.simulate.device import Device
from app.cli.simulate.line import Center
from app.cli.simulate.readers import Readers
from app.cli.simulate.replaying import replayed
from app.cli.simulate.scope import aside_left, forms_left, found_still, strangers, words_left
from app.cli.simulate.shelf import Shelves
from app.cli.simulate.standing_on import StandingOn
from app.features.inventory.tables import shelf
from app.features.org.queries import load_tree
from app.journal.digest import record_digests
from app.journal.elements import decode_elements
from app.journal.entities import STOCK_UPWARD, Scope, find_entity
from app.journal.here import standing
from app.journal.load import load_records
from app.journal.ops import FRAMED, CommitId, Key, Op, WriteId, decode_op, kept_parts, pack_parts, unpack_parts
from app.journal.streams import Tree, streams_read
from app.journal.tables import journal
from app.store.engine import reading
from app.sync.holding import device_digest
from app.sync.protocol import PushedCommit
from app.sync.state import enrolled
from app.sync.tables import past_epoch


class Broken(AssertionError):
    """An invariant does not hold. `which`: I1 to I6."""

    def __init__(self, which: str, words: str) -> None:
        super().__init__(f"{which}: {words}")
        self.which = which


Ops = frozenset[int]
"""Digests of a commit's ops and their places, those that are not blank."""
_MOST_TOLD = 5
_CHECKED = 1
"""Devices of which everything is derived anew: it takes longer than all the rest."""


@dataclass
class Witness:
    """Sees what the center acknowledges as it happens; looks at everything in the end."""

    center: Center
    shelves: Shelves
    acked: dict[CommitId, Ops] = field(default_factory=dict)
    """Commit → its ops when it was acknowledged."""
    center_was_put_back: bool = False
    _standing_on: StandingOn = field(default_factory=StandingOn)
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def saw_round(self, device: Device) -> None:
        """Remember what this device believes the center has. Raises `Broken` where the center has it not."""
        told: dict[CommitId, Ops] = {}
        with reading(self.center.end.engine) as conn:
            hub_epoch = standing_city(conn)["hub_epoch"]
        with reading(device.engine) as conn:
            if enrolled(conn).hub_epoch not in ("", hub_epoch):
                return  # what it was told, by an old letter maybe, was said by the center that is lost
            here = standing(conn)
            epochs = [(here.epoch, here.acked_n), *conn.execute(sa.select(past_epoch.c.epoch, past_epoch.c.acked_n))]
            for epoch, acked_n in epochs:
                seen = self._seen.get((device.name, here.device, epoch), 0)
                # Less than before where a file was put back: what is told anew is looked at anew.
                self._seen[device.name, here.device, epoch] = acked_n
                if acked_n <= seen:
                    continue
                j = journal.c
                own = sa.select(j.n, j.payload).where(
                    j.device == here.device, j.epoch == epoch, j.n > seen, j.n <= acked_n
                )
                told |= {CommitId(here.device, epoch, n): _ops(payload) for n, payload in conn.execute(own)}
        there = self._there(told) if told else {}
        # What is acknowledged is there by then, whatever becomes of the center later.
        lost = [key for key, ops in told.items() if not _is_kept(ops, there.get(key))]
        _none("I1", f"commits of {device.name} that the center said it has and has not", lost)
        others = [key for key, ops in told.items() if not _is_kept(ops, self.acked.get(key, ops))]
        if not self.center_was_put_back:  # then another laptop's may come in the place of what it lost
            _none("I1", f"acknowledged commits in whose place {device.name} has others", others)
        self.acked |= {key: there[key] for key in told}
        self.saw_push()

    def saw_push(self) -> None:
        """Something may have come to the center. Raises `Broken` where it numbered what ought to wait."""
        found = self._standing_on.not_waiting(self.center.end.engine)
        _none("I1", "numbered commits on records whose creation is set aside", found)

    def saw_copy(self, device: Device, copy: Device) -> None:
        """What the one was told the other knows."""
        told = [(key, acked_n) for key, acked_n in self._seen.items() if key[0] == device.name]
        self._seen.update({(copy.name, *key[1:]): acked_n for key, acked_n in told})

    def saw_center_put_back(self) -> None:
        self.center_was_put_back = True
        self._standing_on.begin_at(self.center.end.engine)

    def has_two_tellings(self) -> bool:
        """Whether readers brought a restored center another commit than its author sent under the same number."""
        query = sa.select(quarantine.c.n).where(quarantine.c.code == "relayed_other").limit(1)
        with reading(self.center.end.engine) as conn:
            return conn.execute(query).first() is not None

    def not_believed(self, devices: Iterable[Device]) -> list[Device]:
        """Those of these devices that were let into a record by what the center lost and does not take from them."""
        if not self.center_was_put_back:
            return []
        there = self._there()
        return [each for each in devices if not all(op <= there.get(key, frozenset()) for key, op in _let_in(each))]

    def check_even(self, devices: Sequence[Device]) -> None:
        """I6 and I2: nothing waits to be sent, and everybody holds what the center says."""
        self._outboxes(devices)
        self._digests(devices)

    def check(self, every: list[Device]) -> None:
        devices = [device for device in every if not device.is_gone]
        self._acknowledged(devices)
        self.saw_push()
        self._by_definition()
        self.check_even(devices)
        self._readers(devices)
        self._scope(devices)
        self._shelves(devices)
        self._any_order()
        self._derived(devices)

    def _outboxes(self, devices: Iterable[Device]) -> None:
        left = {device.name: unsent for device in devices if (unsent := device.unsent())}
        _none("I6", "unsent commits", left)

    def _acknowledged(self, devices: Iterable[Device]) -> None:
        there = self._there()
        devices, aside = list(devices), self._aside()
        lost = [key for key, ops in self.acked.items() if there.get(key) != ops]
        if lost and self.center_was_put_back:
            # What nobody has any more is gone with the disks that had it; what somebody has must have come back. Where
            # a disk was copied, the other laptop's commit may have come in its place: this one has a new number then.
            held: dict[CommitId, Ops] = {}
            for device in devices:
                for key, ops in _commits_at(device):
                    if ops <= self.acked.get(key, ops):
                        held[key] = held.get(key, frozenset()) | ops
            # What is not taken from readers is kept for a person to look at: of two tellings of a commit its author's
            # counts, and whom the center does not know to have read something is not believed.
            lost = [key for key in lost if not held.get(key, frozenset()) <= aside | there.get(key, frozenset())]
        _none("I1", "acknowledged commits that are not at the center", lost)
        others = {
            f"{device.name}: {key}"
            for device in devices
            for key, ops in _commits_at(device)
            # Of two tellings of one commit a reader may have some ops of each.
            if not _is_kept(ops, aside | there.get(key, ops))
        }
        _none("I1", "commits that a device has otherwise than the center", others)
        self._frames(devices)

    def _frames(self, devices: Iterable[Device]) -> None:
        """I1: who wrote what, and when, everybody says alike of what the center has numbered."""
        there = _frames_in(self.center.end.engine)
        unlike = {
            f"{device.name}: {key}": (there[key], frame)
            for device in devices
            for key, frame in _frames_in(device.engine).items()
            if there.get(key, frame) != frame
        }
        _none("I1", "commits: (as told by the center, by a device)", unlike)

    def _aside(self) -> Ops:
        """What the center has put aside, for any reason."""
        with reading(self.center.end.engine) as conn:
            raws = conn.execute(sa.select(quarantine.c.raw)).scalars().all()
        return frozenset(op for raw in raws for op in _ops(msgspec.json.decode(raw, type=PushedCommit).parts))

    def _there(self, keys: Iterable[CommitId] | None = None) -> dict[CommitId, Ops]:
        """Every commit at the center, or of these devices from these on, also in quarantine → its ops."""
        j, q = journal.c, quarantine.c
        own: sa.ColumnElement[bool] = sa.true()
        if keys is not None:
            own = sa.and_(j.epoch.in_({epoch for _, epoch, _ in keys}), j.n >= min(n for _, _, n in keys))
        there: dict[CommitId, Ops] = {}
        with reading(self.center.end.engine) as conn:
            for device, epoch, n, raw in conn.execute(sa.select(q.device, q.epoch, q.n, q.raw)):
                there[CommitId(device, epoch, n)] = _ops(msgspec.json.decode(raw, type=PushedCommit).parts)
            for device, epoch, n, payload in conn.execute(sa.select(j.device, j.epoch, j.n, j.payload).where(own)):
                # Of one that readers brought a part of, the whole may have been put aside.
                id_ = CommitId(device, epoch, n)
                there[id_] = there.get(id_, frozenset()) | _ops(payload)
        return there

    def _digests(self, devices: Iterable[Device]) -> None:
        expected = {told["id"]: told["digest"] for told in status(self.center.end.engine)["devices"]}
        wrong = []
        for device in devices:
            with reading(device.engine) as conn:
                here = standing(conn)
                tree = load_tree(conn)
                if device_digest(conn, tree, here.node) == expected.get(here.device):
                    continue
                found = _records(conn, tree, here.node)
            with reading(self.center.end.engine) as conn:
                there = _records(conn, load_tree(conn), here.node)
            wrong += [f"{device.name}: {kind} {id_} {how}" for kind, id_, how in _unlike(found, there)]
            if found == there:
                wrong.append(f"{device.name}: all records alike, digests not")
        _none("I2", "devices that do not hold what the center says", wrong)

    def _shelves(self, devices: Iterable[Device]) -> None:
        """I3: the center's books say what lies there, where that is sure; everybody's say the same as the center's."""
        there = _books(self.center.end.engine)
        wrong = {place: (lies, there.get(place, 0)) for place, lies in self.shelves.sure().items()}
        _none("I3", "shelves: (lying, in the center's books)", {p: two for p, two in wrong.items() if two[0] != two[1]})
        for device in devices:
            books, sees = _books(device.engine), _stock_seen(device)
            unlike = {
                place: (there.get(place, 0), books.get(place, 0))
                for place in there.keys() | books.keys()
                if sees(place[0]) and there.get(place, 0) != books.get(place, 0)
            }
            _none("I3", f"shelves: (in the center's books, in those of {device.name})", unlike)

    def _derived(self, devices: Sequence[Device]) -> None:
        """I4 at devices, of which some are drawn: rows, heads and books are what the commits they hold say."""
        for device in random.Random(len(self.acked)).sample(devices, min(_CHECKED, len(devices))):
            wrong = {what: told for what, told in check_point(device.engine).items() if told != OK}
            _none("I4", f"what is not as the commits say at {device.name}", wrong)

    def _by_definition(self) -> None:
        """I4 at the center: heads, elements, shown values and hidden records are what the definition says."""
        written, order = self._written()
        wrong: list[str] = []
        with reading(self.center.end.engine) as conn:
            by_entity: dict[Any, list[str]] = {}
            found = things(written)
            for thing_id, thing in found.items():
                by_entity.setdefault(thing.entity, []).append(thing_id[1])
            records = load_records(conn, by_entity)
            for (kind, id_), thing in found.items():
                record = records[id_]
                if record.row is None or not thing.creates:
                    if thing.creates or record.row is not None:
                        wrong.append(f"{kind} {id_} is there on one side only")
                    elif (kind, id_) not in self._standing_on.made:  # else it is gone with the disks that had it
                        wrong.append(f"{kind} {id_} was written to and never created")
                    continue
                wrong += [f"{kind} {id_} {what}" for what in _differences(thing, record, order)]
        _none("I4", "records that are not what was written", wrong)

    def _written(self) -> tuple[list[tuple[WriteId, Op]], dict[WriteId, Order]]:
        j = journal.c
        names = (j.device, j.epoch, j.serial, j.n, j.eff, j.payload)
        written: list[tuple[WriteId, Op]] = []
        order: dict[WriteId, Order] = {}
        with reading(self.center.end.engine) as conn:
            for device, epoch, serial, n, eff, payload in conn.execute(sa.select(*names)):
                for part in kept_parts(payload):
                    write = WriteId(device, epoch, n, part.at)
                    written.append((write, decode_op(part.raw, device, epoch)))
                    order[write] = (eff, device, serial, n, part.at)
        return written, order

    def _any_order(self) -> None:
        """I4: another node that learns the center's commits in any order holds the same."""
        chance = random.Random(len(self.acked))
        _none("I4", "what depends on the order of arrival", replayed(self.center.end.engine, chance))

    def _readers(self, devices: Iterable[Device]) -> None:
        """I5: what the center says is for a node is what the design says."""
        with reading(self.center.end.engine) as conn:
            tree, readers = load_tree(conn), Readers(conn)
            for node in sorted({device.node_id for device in devices}):
                told, meant = set(_records(conn, tree, node)), set(readers.records_of(node))
                _none("I5", f"records said to be for {node[:6]} that are not", sorted(told - meant))
                _none("I5", f"records for {node[:6]} and not said to be", sorted(meant - told))

    def _scope(self, devices: Iterable[Device]) -> None:
        center = self.center.end.engine
        for device in devices:
            _none("I5", f"records at {device.name} that are not for it", strangers(device))
            _none("I5", f"words at {device.name} about what is not there", words_left(device, center))
            _none("I5", f"what lies aside at {device.name} and is not for it", aside_left(device, center))
            _none("I5", f"forms open at {device.name} about what is not there", forms_left(device))
            _none("I5", f"what is found at {device.name} and is not there", found_still(device))


def _books(engine: sa.Engine) -> dict[tuple[str, str], int]:
    with reading(engine) as conn:
        rows = conn.execute(sa.select(shelf.c.node, shelf.c.lot, shelf.c.on_hand))
        return {(row.node, row.lot): row.on_hand for row in rows}


def _stock_seen(device: Device) -> Callable[[str], bool]:
    """Whether the shelves of a node are for this device: its own, and those below where its level reads them."""
    with reading(device.engine) as conn:
        tree = load_tree(conn)
    own = device.node_id
    return lambda node: node == own or (own in tree.above(node) and tree.tier.get(own) in STOCK_UPWARD)


def _records(conn: sa.Connection, tree: Tree, node: str) -> dict[Key, tuple[int, list[str]]]:
    wanted = frozenset(streams_read(tree, node))
    return {(kind, id_): (digest, sorted(its)) for kind, id_, digest, its in record_digests(conn, tree, wanted)}


def _unlike(found: dict[Key, Any], there: dict[Key, Any]) -> Iterable[tuple[str, str, str]]:
    for kind, id_ in sorted(found.keys() | there.keys()):
        one, other = found.get((kind, id_)), there.get((kind, id_))
        if one != other:
            yield kind, id_, "missing" if one is None else "too much" if other is None else "differs"


def _is_kept(ops: Ops, known: Ops | None) -> bool:
    """Whether a commit is what it was; what was let go of it since is no matter."""
    return known is not None and ops <= known


def _commits_at(device: Device) -> list[tuple[CommitId, Ops]]:
    """The commits of which a device still holds ops, and these."""
    j = journal.c
    rows = device.rows(sa.select(j.device, j.epoch, j.n, j.payload))
    held = ((CommitId(row.device, row.epoch, row.n), _ops(row.payload)) for row in rows)
    return [(key, ops) for key, ops in held if ops]


def _frames_in(engine: sa.Engine) -> dict[CommitId, tuple[Any, ...]]:
    """What is said of each numbered commit of which there still are ops: of others nothing is told any more."""
    rows = sa.select(*(journal.c[name] for name in (*CommitId._fields, "payload", *FRAMED))).where(journal.c.seq > 0)
    with reading(engine) as conn:
        told = [(CommitId(*row[:3]), row.payload, tuple(row[4:])) for row in conn.execute(rows)]
    return {key: frame for key, payload, frame in told if kept_parts(payload)}


def _let_in(device: Device) -> Iterator[tuple[CommitId, Ops]]:
    """By which op of which commit others let this device's point into a record, as the device has it."""
    j = journal.c
    names = (j.device, j.epoch, j.n, j.schema, j.payload)
    for row in device.rows(sa.select(*names).where(j.device != device.here().device)):
        for part in kept_parts(row.payload):
            op = decode_op(part.raw, row.device, row.epoch, row.schema)
            entity = find_entity(op.kind)
            if op.name == "add" and entity is not None and (op.group, op.element) == (entity.granted, device.node_id):
                yield CommitId(row.device, row.epoch, row.n), _ops(pack_parts([part]))


def _differences(thing: Thing, record: Any, order: dict[WriteId, Order]) -> list[str]:
    found = []
    for group in thing.entity.groups:
        stored = record.groups.get(group)
        heads = {record.born()} if stored is None else set(stored.live())
        if heads != thing.heads(group):
            found.append(f"{group}: heads {_told(heads)} instead of {_told(thing.heads(group))}")
        elif {name: record.row[name] for name in thing.entity.groups[group]} != thing.shown(group, order):
            found.append(f"{group} does not show its greatest head")
    for name in thing.entity.sets:
        if set(decode_elements(record.row[name])) != thing.elements(name):
            found.append(f"{name}: {record.row[name]} instead of {sorted(thing.elements(name))}")
    if thing.entity.scope is Scope.OWN and record.row["node"] != thing.home(order):
        found.append(f"is at {record.row['node'][:6]} instead of {thing.home(order)[:6]}")
    if bool(record.row["hidden"]) != thing.is_hidden():
        found.append(f"hidden is {record.row['hidden']}")
    return found


def _told(writes: Iterable[WriteId]) -> list[str]:
    return sorted(f"{write.device[:4]}.{write.n}.{write.op}" for write in writes)


def _ops(payload: bytes | msgspec.Raw) -> Ops:
    return frozenset(hash((part.at, bytes(part.raw))) for part in unpack_parts(payload) if not part.is_blank)


def _none(which: str, what: str, found: Any) -> None:
    if found:
        told = list(found.items()) if isinstance(found, dict) else list(found)
        more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
        raise Broken(which, f"{what}: {', '.join(map(str, told[:_MOST_TOLD]))}{more}")
