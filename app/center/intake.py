"""The push transaction: a device's commits are checked, applied, numbered, filed and acknowledged, or set aside.

One transaction per push, locks in the order of `locks.py`. What cannot be applied is stored raw in the quarantine and
acknowledged all the same, so that one wrong thing never holds up the rest.
"""

import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.base.clock import DAY
from app.center import quarantine
from app.center.arrivals import Arrival, Sender, place, read_commits, touched_by
from app.center.claims import put_aside_claims
from app.center.homes import Homes
from app.center.hub import Declined, Hub
from app.center.links import epochs_of
from app.center.locks import MOST_KEYS, lock_keys, lock_rows, pass_gate
from app.center.publisher import OpsOf
from app.center.relays import Completing, as_brought, relayed_among, take_as_judged
from app.center.restore import check_hub_epoch
from app.center.reviews import Late, raise_reviews, weigh
from app.center.rights import UNKNOWN, People
from app.center.tables import counter, device, device_epoch
from app.features.org.tables import node as node_entity
from app.features.org.tables import staff
from app.journal.apply import apply
from app.journal.ops import Commit, Key, Op, first_link
from app.journal.presence import Presence, with_above
from app.journal.rights import may_write
from app.journal.streams import Tree
from app.journal.tables import journal
from app.store.bulk import Kept, update_rows
from app.store.engine import writing
from app.store.trouble import raise_trouble
from app.sync.protocol import ExchangeRequest

log = logging.getLogger(__name__)
# The driver warns when a statement fails within a pipeline; here that is a commit to set aside, and is told as such.
logging.getLogger("psycopg").setLevel(logging.ERROR)

_MOST_SKEW = 200 * 366 * DAY
_EPOCH = re.compile(r"[0-9a-f]{16}", re.ASCII)


class Grant(NamedTuple):
    """A record that was given to a node, or on which one was let in."""

    node: str
    record: Key


@dataclass(frozen=True, slots=True)
class PushTaken:
    """What a push came to: the epoch's last acknowledged commit, and how far it is safe."""

    acked_n: int
    safe_n: int
    fresh: int = 0
    """Commits that were not here before."""
    tells: bool = False
    """Whether the device is to be told what is set aside of its commits: some of these came before, or are."""
    awaited: frozenset[str] = frozenset()
    """Who is known and what is there since: commits set aside may wait for it."""
    granted: frozenset[Grant] = frozenset()
    """What was given, and to which nodes: what they wrote upon it may have come before."""


@dataclass(frozen=True, slots=True)
class _Epoch:
    acked_n: int
    safe_n: int
    chain: bytes
    last_eff: int


def take_push(hub: Hub, request: ExchangeRequest, head: bytes, receipt: int) -> PushTaken:
    """Take what this request pushes. `head`: the chain's value it names. Raises `Declined` 409 epoch, fork, serial;
    aside_full where too much of this device waits in the quarantine."""
    sender = Sender(request.device, request.epoch, request.serial)
    pushed = read_commits(sender, request.push.commits)
    touched = touched_by(pushed)
    with writing(hub.engine) as conn:
        check_hub_epoch(conn, request)
        # Alone, too, when the org tree changes: everybody else files by it.
        pass_gate(conn, alone=len(touched.keys) > MOST_KEYS or node_entity in touched.rows)
        row = _lock_device(conn, request.device)
        epoch = _standing_epoch(conn, request, receipt)
        arrivals = [] if _gap(request, epoch) else [a for a in pushed if a.pushed.n > epoch.acked_n]
        place(request, arrivals, receipt, epoch.chain, epoch.last_eff)
        _check_chain(conn, request, head, epoch, arrivals)
        if arrivals:
            relayed = relayed_among(conn, sender, arrivals)
            arrivals = as_brought(conn, sender, arrivals, relayed)
            if not arrivals:
                raise Declined(409, "fork", known_n=epoch.acked_n)
            lock_keys(conn, touched.keys)
            # Who closes a case and who hangs a note on a contact of it must wait for each other.
            nodes = lock_rows(conn, with_above(conn, touched.rows) if touched.hangs else touched.rows)
            if row["status"] == "REVOKED":
                for arrival in arrivals:
                    arrival.put_aside("revoked")
            take_arrivals(conn, hub, sender, arrivals, row["node"], nodes, relayed)
            if any(arrival.code for arrival in arrivals):
                quarantine.put(conn, sender, (a for a in arrivals if a.code), receipt)
                if quarantine.is_full(conn, sender.device):  # nothing of the push is taken
                    raise Declined(409, "aside_full")
            _advance(conn, request, arrivals[-1])
        seen = {"last_contact": receipt, "epoch": request.epoch, "app": request.app, "skew": skew_of(request, receipt)}
        update_rows(conn, device, ("id",), [{"id": request.device, **seen}])
        return PushTaken(
            arrivals[-1].pushed.n if arrivals else epoch.acked_n,
            epoch.safe_n,
            len(arrivals),
            len(arrivals) < len(pushed) or any(arrival.code for arrival in arrivals),
            awaited_among(conn, arrivals),
            granted_by(arrivals),
        )


_LOCKED = Kept(sa.select(device).where(device.c.id == sa.bindparam("of_device")).with_for_update())


def _lock_device(conn: sa.Connection, id_: str) -> Mapping[str, Any]:
    row = _LOCKED.first(conn, of_device=id_)
    if row is None:
        raise Declined(401, "not_admitted")
    return row


def _standing_epoch(conn: sa.Connection, request: ExchangeRequest, receipt: int) -> _Epoch:
    """How far this epoch has come; a new one must come after all that are known."""
    rows = epochs_of(conn, request.device)
    for row in rows:
        if row["epoch"] == request.epoch:
            if row["serial"] != request.serial:
                raise Declined(409, "serial", serial=row["serial"], known=True)
            return _Epoch(row["acked_n"], row["safe_n"], row["chain"], row["last_eff"])
    latest = max((row["serial"] for row in rows), default=0)
    if request.serial <= latest:
        raise Declined(409, "serial", serial=latest, known=False)
    begun_seq = conn.execute(sa.select(counter.c.v)).scalar_one()
    made = {**new_epoch(request.device, request.epoch, request.serial, receipt), "begun_seq": begun_seq}
    conn.execute(device_epoch.insert(), made)
    return _Epoch(0, 0, first_link(request.device, request.epoch), 0)


def skew_of(request: ExchangeRequest, receipt: int) -> int:
    """What to add to the device's clock, µs; one that is centuries off says nothing."""
    skew = receipt - request.wall
    return skew if abs(skew) < _MOST_SKEW else 0


def is_epoch(epoch: str, serial: int) -> bool:
    return _EPOCH.fullmatch(epoch) is not None and 1 <= serial < 1 << 31


def new_epoch(device_id: str, epoch: str, serial: int, now: int) -> dict[str, object]:
    """The row of an epoch that has sent nothing yet."""
    start = first_link(device_id, epoch)
    counts = {"acked_n": 0, "safe_n": 0, "last_eff": 0}
    return {"device": device_id, "epoch": epoch, "serial": serial, "chain": start, "made_at": now, **counts}


def _gap(request: ExchangeRequest, epoch: _Epoch) -> bool:
    """The device was told of more than is here: this center was restored. The lower ack says where to begin again."""
    return request.push.from_n > epoch.acked_n + 1


def _check_chain(
    conn: sa.Connection, request: ExchangeRequest, head: bytes, epoch: _Epoch, arrivals: Sequence[Arrival]
) -> None:
    """Raises `Declined` fork where the device's history is another than the one known here."""
    if _gap(request, epoch):
        return
    if arrivals:
        last = arrivals[-1]
        known = last.chain = last.chain or head
    else:
        last_n = request.push.from_n + len(request.push.commits) - 1
        known = epoch.chain if last_n == epoch.acked_n else _chain_at(conn, request, last_n) or head
    if known != head:
        raise Declined(409, "fork", known_n=epoch.acked_n)


def _chain_at(conn: sa.Connection, request: ExchangeRequest, n: int) -> bytes | None:
    """None where it was never known: a commit without a readable frame came before."""
    if n == 0:
        return first_link(request.device, request.epoch)
    j = journal.c
    where = (j.device == request.device, j.epoch == request.epoch, j.n == n)
    found: bytes | None = conn.execute(sa.select(j.chain).where(*where)).scalar()
    return found or quarantine.chain_at(conn, request.device, request.epoch, n)


def take_arrivals(
    conn: sa.Connection,
    hub: Hub,
    sender: Sender,
    arrivals: Sequence[Arrival],
    device_node: str,
    nodes: Mapping[Key, str],
    relayed: Collection[int],
) -> None:
    """Judge, apply, number and file. What fails on the way is put aside, with what depends on it. `nodes`: (kind, id)
    → node of the records that exist; `relayed`: the numbers of those that readers brought before."""
    tree = hub.trees.tree(conn)
    if relayed:
        take_as_judged(conn, sender, arrivals, relayed)
    created, late = judge(conn, tree, People(conn, sender.device, arrivals), device_node, arrivals, nodes)
    waiting = Waiting(conn, arrivals, nodes)
    good = [arrival for arrival in arrivals if waiting.lets_through(arrival)]
    completing = Completing(conn, hub, sender, [arrival for arrival in good if arrival.pushed.n in relayed])
    good = [arrival for arrival in good if arrival.pushed.n not in relayed]
    before = hub.publisher.before(conn, (op for arrival in good for _, op in arrival.ops), nodes, tree)
    presence = Presence(conn, tree)
    # What was written about a record that comes only now may have put it elsewhere than where it is made.
    there = {*nodes, *((kind, id_) for id_, (kind, _) in before.items())} if before else nodes
    presence.expect((op for arrival in good for _, op in arrival.ops), there)
    applied = _apply_all(conn, hub, sender, good, presence)
    if applied is None:
        presence = Presence(conn, tree)  # the other one may remember what was taken back
        applied = _apply_one_by_one(conn, hub, sender, good, Waiting(conn, good, nodes))
    hub.publisher.file(conn, applied, tree, before, presence, {**created, **nodes})
    completing.file({**created, **nodes})
    raise_reviews(conn, hub, [each for each in late if not each.arrival.code])


def judge(
    conn: sa.Connection,
    tree: Tree,
    people: People,
    device_node: str,
    arrivals: Sequence[Arrival],
    nodes: Mapping[Key, str],
) -> tuple[dict[Key, str], list[Late]]:
    """Put aside what the device or its user may not write. `nodes`: (kind, id) → node of the records that exist.

    Gives the nodes of the other records: where the first op puts one, later ones find it, whatever they say; and what
    was written late, to records that the device had no more.
    """
    put_aside_claims(conn, arrivals, nodes)
    created: dict[Key, str] = {}
    refused: list[tuple[Arrival, Op]] = []
    homes = Homes(conn, arrivals, nodes)
    for arrival in arrivals:
        people.check_actor(tree, device_node, arrival)
        before = len(refused)
        for entity, op in arrival.to_judge():
            node = nodes.get(op.key) or created.setdefault(op.key, op.node)
            for each in (op, *homes.given_by(entity, op, node)):
                people.check_role(tree, device_node, arrival, entity, each)
                if each.name == "rehome" and each.values["node"] not in tree.parent:
                    arrival.put_aside("not_allowed", f"rehome {entity.kind}")
                elif not may_write(tree, device_node, each, entity, node):
                    refused.append((arrival, each))
                elif each.name == "create" and entity is node_entity and op.id not in tree.parent and not arrival.code:
                    tree = _with_node(tree, op)
        if len(refused) == before and not arrival.code:
            people.note(arrival)
    return created, weigh(conn, tree, device_node, arrivals, nodes, refused, may_lean=people.vouched)


def awaited_among(conn: sa.Connection, arrivals: Sequence[Arrival]) -> frozenset[str]:
    """The people whom those of these commits that were not put aside engaged, and what else they made of which another
    telling is set aside: only at a center that was put back does such a thing come another way."""
    made = {key for arrival in arrivals if not arrival.code for key in arrival.creates()}
    if not made:
        return frozenset()
    people = {id_ for kind, id_ in made if kind == staff.kind}
    return frozenset(people | quarantine.held_among(conn, (id_ for _, id_ in made)))


def granted_by(arrivals: Sequence[Arrival]) -> frozenset[Grant]:
    """What those of these commits that were not put aside gave to a node, or let one in on."""
    known = [pair for arrival in arrivals if not arrival.code for pair in arrival.known]
    homes = {Grant(op.values["node"], op.key) for _, op in known if op.name == "rehome"}
    let_in = {Grant(op.element, op.key) for entity, op in known if op.name == "add" and op.group == entity.granted}
    return frozenset(homes | let_in)


def _with_node(tree: Tree, op: Op) -> Tree:
    """A node founded in this push has records of its own in the same push."""
    above, at = op.values.get("parent"), op.values.get("tier")
    parent = {**tree.parent, op.id: above if isinstance(above, str) else None}
    return Tree(parent, {**tree.tier, op.id: at if isinstance(at, str) else ""})


class Waiting:
    """Keeps back what stands on a record whose creation was set aside, and what was done by somebody of whom that is
    true."""

    def __init__(self, conn: sa.Connection, arrivals: Sequence[Arrival], nodes: Mapping[Key, str]) -> None:
        self._alive = set(nodes)
        self._lost: set[Key] = set()
        """What the push would have created and did not."""
        self._held = quarantine.held_among(conn, (id_ for a in arrivals for _, id_ in a.stands_on()))

    def lets_through(self, arrival: Arrival) -> bool:
        """Whether the commit may be applied; one that may not is put aside as waiting."""
        creates = arrival.creates()
        if self._held and not arrival.code:
            missing = arrival.stands_on() - self._alive - creates
            if wanted := sorted(key for key in missing if key[1] in self._held):
                arrival.put_aside(quarantine.WAITS, quarantine.waits_for(wanted[0]))
        if (staff.kind, arrival.pushed.actor) in self._lost:
            arrival.put_aside(UNKNOWN, arrival.pushed.actor)
        if arrival.code:
            self._held.update(id_ for _, id_ in creates)
            self._lost |= creates - self._alive
        else:
            self._alive |= creates
        return not arrival.code

    def fail(self, arrival: Arrival) -> None:
        """Take back that its creations live."""
        creates = arrival.creates()
        self._alive -= creates
        self._held.update(id_ for _, id_ in creates)
        self._lost |= creates


def _apply_all(
    conn: sa.Connection, hub: Hub, sender: Sender, arrivals: Sequence[Arrival], presence: Presence
) -> list[tuple[Commit, OpsOf]] | None:
    """All of them in one go; None, and nothing applied, where one of them fails."""
    commits = [arrival.commit(sender) for arrival in arrivals]
    ops = [op for arrival in arrivals for _, op in arrival.ops]
    try:
        with conn.begin_nested():
            apply(conn, commits, hub.publisher.numbering(conn, presence, ops))
    except Exception as error:
        raise_trouble(error)
        return None
    return [(commit, arrival.ops) for commit, arrival in zip(commits, arrivals, strict=True)]


def _apply_one_by_one(
    conn: sa.Connection, hub: Hub, sender: Sender, arrivals: Sequence[Arrival], waiting: Waiting
) -> list[tuple[Commit, OpsOf]]:
    applied: list[tuple[Commit, OpsOf]] = []
    for arrival in arrivals:
        if not waiting.lets_through(arrival):
            continue
        commit = arrival.commit(sender)
        try:
            with conn.begin_nested():
                apply(conn, [commit], lambda count: hub.publisher.number(conn, count))
        except Exception as error:
            raise_trouble(error)
            log.error("commit %s set aside: %s", commit.id.text(), type(error).__name__)
            arrival.put_aside("apply_failed", type(error).__name__)
            waiting.fail(arrival)
        else:
            applied.append((commit, arrival.ops))
    return applied


def _advance(conn: sa.Connection, request: ExchangeRequest, last: Arrival) -> None:
    row = {"device": request.device, "epoch": request.epoch, "acked_n": last.pushed.n}
    update_rows(conn, device_epoch, ("device", "epoch"), [{**row, "chain": last.chain, "last_eff": last.eff}])
