"""What a restored center takes back from devices that had read it: commits that their authors cannot send any more.

For a while after a restore every device offers what it has of others that has no number. What is missing is applied as
its author would have been allowed to write it, marked as relayed, and listed for a person to look at. What its
reader may not have read, as far as the center knows, is kept for a person to say. Not here: what happens once the
author comes after all (`relays.py`), how what is not applied is kept (`brought.py`), saying it (`vouching.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from app.base.ids import is_id
from app.center import brought
from app.center.arrivals import Arrival, Sender, read_commits, touched_by
from app.center.hub import Declined, Hub
from app.center.intake import Grant, Waiting, awaited_among, granted_by, is_epoch, judge
from app.center.known import Known
from app.center.locks import lock_rows, pass_gate
from app.center.moves import left_among
from app.center.past import WINDOW_US, put_back_at, row_at
from app.center.relays import file_anew, number_anew
from app.center.rerun import allow_again, let_in
from app.center.restore import check_hub_epoch
from app.center.reviews import list_all
from app.center.rights import People
from app.center.senders import in_good_standing
from app.center.tables import device, past_hub, relayed
from app.features.org.reviews import RELAYED, Raised
from app.journal.apply import apply
from app.journal.entities import Scope, by_entity, find_entity
from app.journal.here import standing
from app.journal.load import chunks
from app.journal.ops import CommitId, Key, Op, OpPart, decode_op, kept_parts, pack_parts
from app.journal.presence import Presence
from app.journal.rights import followed, may_write
from app.journal.streams import Tree, streams_of, streams_read
from app.store.engine import reading, writing
from app.store.trouble import raise_trouble
from app.sync.offering import MOST_IDS, OfferedId, OfferRequest, OfferResponse
from app.sync.protocol import PageCommit

MOST_AT_ONCE = 50
"""Commits taken within one transaction, which is alone at the center: others come in between."""
REVIEW = "review"
"""The kind of what the center itself lists: it is not listed for being listed."""


def answer_offer(hub: Hub, request: OfferRequest, receipt: int) -> OfferResponse:
    """Say what of the ids is missing; take the commits that came. Raises `Declined` 400, 401, 409 epoch, 503 busy."""
    if len(request.ids) > MOST_IDS or len(request.commits) > MOST_IDS:
        raise Declined(400, "bad_request", what="offer")
    with reading(hub.engine) as conn:
        check_hub_epoch(conn, request)
        asking = in_good_standing(conn, request.device)
        restored_at = put_back_at(conn)
        if restored_at is None:
            return OfferResponse(request.request_id, hub.clock(), [], 0)
        wanted = _missing(conn, request.ids)
    bringer = Bringer(request.device, asking["node"], comes_late=receipt - restored_at > WINDOW_US)
    taken = sum(take_offered(hub, bringer, some, receipt).taken for some in chunks(request.commits, MOST_AT_ONCE))
    return OfferResponse(request.request_id, hub.clock(), wanted, taken)


@dataclass(frozen=True, slots=True)
class Bringer:
    """Who brings what others wrote. `is_vouched_for`: somebody says that this was there to be read. `comes_late`: so
    long after the center was put back that nothing of it is taken unasked."""

    device: str
    node: str
    is_vouched_for: bool = False
    comes_late: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What came of commits that were brought. `code`: why the last that was put aside was, empty where none was."""

    taken: int
    code: str


def take_offered(hub: Hub, bringer: Bringer, commits: Sequence[PageCommit], receipt: int) -> Offered:
    """Take what `bringer` brings, alone at the center, and what waited for it. Raises `Declined` 503 busy."""
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)
        taking = _Taking(conn, hub, bringer, receipt)
        taken = taking.take(commits)
    if taking.awaited:
        let_in(hub)
    allow_again(hub, taking.granted)
    return Offered(taken, taking.code)


def _missing(conn: sa.Connection, ids: Sequence[OfferedId]) -> list[OfferedId]:
    """What of these commits is not here and was not put aside; of one that is told otherwise here, all of it."""
    asked = {CommitId(each.device, each.epoch, each.n): each for each in ids}
    wanted = []
    known = Known(conn, asked)
    for id_, each in asked.items():
        marks = dict(zip(each.places, each.marks, strict=False))
        is_other = any(known.is_other(id_, at, marks.get(at, "")) for at in each.places)
        places = [at for at in each.places if is_other or not known.has(id_, at)]
        if places:
            wanted.append(OfferedId(*id_, places))
    return wanted


def _is_named(offered: PageCommit) -> bool:
    """Whether it is named as devices name theirs. By its name others write to what it wrote: where that cannot be read
    back, they could not."""
    is_numbered = 0 < offered.n < 1 << 63 and is_epoch(offered.epoch, offered.serial)
    return is_numbered and is_id(offered.device)


def _ops_in(row: sa.RowMapping) -> list[tuple[int, Op]]:
    """The ops that a row of the journal holds, with their places."""
    author = (row["device"], row["epoch"], row["schema"])
    return [(part.at, decode_op(part.raw, *author)) for part in kept_parts(row["payload"])]


def _lost_since(conn: sa.Connection) -> int:
    """When the last commit was made that the backup held (µs): nothing lost is older in the center's order."""
    query = sa.select(past_hub.c.seq).order_by(past_hub.c.restored_at.desc()).limit(1)
    last = row_at(conn, conn.execute(query).scalar() or 0)
    return 0 if last is None else int(last["eff"])


@dataclass(frozen=True, slots=True)
class _Author:
    """`node`: of the author's device, None where the center has lost it; `revoked_at`: when it was shut out."""

    node: str | None
    revoked_at: int | None


class _Taking:
    """Commits offered by one device on their way in. The caller is alone."""

    def __init__(self, conn: sa.Connection, hub: Hub, bringer: Bringer, receipt: int) -> None:
        self._conn, self._hub, self._bringer, self._receipt = conn, hub, bringer, receipt
        self._lost_since = _lost_since(conn)
        self.code = ""
        """Why the last that had to be put aside was."""
        self.awaited: set[str] = set()
        """Who is known and what is there since..."""
        self.granted: set[Grant] = set()
        """...and what was given to which nodes."""
        self._aside = False
        """Whether any of it had to be put aside, ..."""
        self._unseen: list[tuple[Sender, Arrival]] = []
        """...and what its reader may not have read."""

    def take(self, commits: Sequence[PageCommit]) -> int:
        """How many were applied, wholly or in part. Raises `Declined` 409 aside_full where too much that this device
        brought waits for somebody to look."""
        found = []
        for commit in (each for each in commits if _is_named(each)):
            sender, arrival = self._read(commit)
            try:
                with self._conn.begin_nested():
                    raised = self._take_one(commit, sender, arrival)
            except Exception as error:  # one that cannot be applied does not hold up the rest
                raise_trouble(error)
                arrival.put_aside("apply_failed", type(error).__name__)
                self._set_aside(sender, arrival)
            else:
                found += raised
        if self._aside and brought.is_full(self._conn, self._bringer.device):  # none of these are taken
            raise Declined(409, "aside_full")
        if self._unseen and not brought.is_full(self._conn, self._bringer.device, unseen=True):
            for sender, arrival in self._unseen:
                self._set_aside(sender, arrival)
        list_all(self._conn, self._hub, [each for each in found if each.record])
        return len(found)

    def _read(self, offered: PageCommit) -> tuple[Sender, Arrival]:
        sender = Sender(offered.device, offered.epoch, offered.serial)
        (arrival,) = read_commits(sender, [offered.pushed()], whole=False)
        arrival.eff = min(max(offered.eff, self._lost_since), self._receipt)
        return sender, arrival

    def _take_one(self, offered: PageCommit, sender: Sender, arrival: Arrival) -> list[Raised]:
        """Apply what is new of it; gives what to list for it, of no record where nothing is to be looked at."""
        id_ = CommitId(offered.device, offered.epoch, offered.n)
        tree = self._hub.trees.tree(self._conn)
        known = Known(self._conn, [id_])
        mine = offered.device == self._bringer.device  # written with a file that is gone: its own come back whole
        told = {at for at, _ in arrival.ops}
        readable = told if mine or self._bringer.is_vouched_for else self._readable(tree, arrival)
        if arrival.code == "newer":
            arrival.take_ops([(at, op) for at, op in arrival.ops if at in readable])
            self._set_aside(sender, arrival)
            return []
        if readable and self._is_the_centers_own(offered):
            arrival.put_aside("not_allowed", "own")
            arrival.take_ops([])  # another telling of a commit holds no record back
            self._set_aside(sender, arrival)
            return []
        if known.says_other(id_, (part for part in arrival.parts if part.at in readable)):
            arrival.put_aside("relayed_other")
            arrival.take_ops([])
            self._set_aside(sender, arrival)
            return []
        unseen = [
            part
            for part in arrival.parts
            if part.at in told - readable and (not known.has(id_, part.at) or known.says_other(id_, [part]))
        ]
        places = {at for at in readable if not known.has(id_, at)}
        arrival.parts = [part for part in arrival.parts if part.at in places]
        arrival.take_ops([(at, op) for at, op in arrival.ops if at in places])
        if not arrival.parts:
            self._keep_unseen(sender, arrival, unseen)
            return []
        row = known.rows.get(id_)
        self._judge(tree, offered, arrival, [] if row is None else _ops_in(row))
        if arrival.code:
            self._set_aside(sender, arrival)
            return []
        self._apply(sender, arrival, row)
        self._keep_unseen(sender, arrival, unseen)
        self.awaited |= awaited_among(self._conn, [arrival])
        self.granted |= granted_by([arrival])
        return [self._raised(arrival)]

    def _readable(self, tree: Tree, arrival: Arrival) -> set[int]:
        """The places of the ops that the offering device may have read: what it reads now, and what left it since."""
        if self._bringer.comes_late:
            return set()
        reads = set(streams_read(tree, self._bringer.node))
        wanted = by_entity(op.key for _, op in arrival.known)
        presence = Presence(self._conn, tree)
        presence.read(wanted)
        # What is made here is seen with what it hangs on. Whom a creation lets in itself counts for nothing.
        presence.expect((op for entity, op in arrival.known if not entity.granted), ())
        streams = presence.of(wanted)
        found, other = set(), dict[int, set[Key]]()
        for at, op in arrival.ops:
            kind = find_entity(op.kind)
            if kind is None:
                continue
            if reads & {*streams_of(tree, kind, op.node), *streams.get(op.id, ())}:
                found.add(at)
            else:
                other[at] = {op.key, *((parent.kind, id_) for parent, id_ in followed(kind, op))}
        left = left_among(self._conn, reads, {id_ for keys in other.values() for _, id_ in keys})
        return found | {at for at, keys in other.items() if keys & left}

    def _is_the_centers_own(self, offered: PageCommit) -> bool:
        """Whether it names itself the center's, of the epoch that began when it was put back: nobody has read of it
        what is not here."""
        here = standing(self._conn)
        return (offered.device, offered.epoch) == (here.device, here.epoch)

    def _keep_unseen(self, sender: Sender, arrival: Arrival, parts: Sequence[OpPart]) -> None:
        """What let the offering device in may be lost as well: that is for somebody to say. Nothing waits for it."""
        if parts:
            pushed = msgspec.structs.replace(arrival.pushed, parts=msgspec.Raw(pack_parts(parts)))
            self._unseen.append((sender, Arrival(pushed, arrival.eff, code=brought.NOT_SEEN)))

    def _set_aside(self, sender: Sender, arrival: Arrival) -> None:
        self.code = arrival.code
        if self._bringer.is_vouched_for:  # it stands aside already
            return
        self._aside |= brought.keep(self._conn, self._bringer.device, sender, arrival, self._receipt)

    def _judge(self, tree: Tree, offered: PageCommit, arrival: Arrival, beside: Sequence[tuple[int, Op]]) -> None:
        """Put aside what its author's device might not have written. One that is not known may do what the offering
        one may, or, where somebody vouches for it, one of the node that it writes for. What everybody below reads, and
        what the center itself is said to have written, is taken from none that may not write it, whoever is named.
        `beside`: what others brought of the commit, which was allowed; what an op goes with may excuse it."""
        new = arrival.ops
        arrival.judged = frozenset(at for at, _ in beside)
        arrival.take_ops(sorted([*beside, *new], key=lambda each: each[0]))
        author = self._author(offered.device)
        if author.revoked_at is not None and arrival.eff >= author.revoked_at:
            arrival.put_aside("revoked", "brought")
        nodes = lock_rows(self._conn, touched_by([arrival]).rows)
        own = offered.device == standing(self._conn).device
        for entity, op in arrival.to_judge():
            shared = entity.scope in (Scope.ALL, Scope.DOWN)
            if (own or shared) and not may_write(tree, self._bringer.node, op, entity, nodes.get(op.key) or op.node):
                arrival.put_aside("not_allowed", f"brought {op.name} {op.kind}")
        people = People(self._conn, offered.device, [arrival], vouched=True)
        judge(self._conn, tree, people, author.node or self._stands_in(arrival), [arrival], nodes)
        Waiting(self._conn, [arrival], nodes).lets_through(arrival)
        arrival.take_ops(new)

    def _author(self, device_id: str) -> _Author:
        here = standing(self._conn)
        if device_id == here.device:
            return _Author(here.node, None)
        row = self._conn.execute(sa.select(device).where(device.c.id == device_id)).mappings().one_or_none()
        return _Author(None, None) if row is None else _Author(row["node"], row["revoked_at"])

    def _stands_in(self, arrival: Arrival) -> str:
        """The node for that of an author who is not known. Who is given a record reads what its first owner wrote."""
        own = (op.node for entity, op in arrival.known if entity.scope is Scope.OWN)
        return next(own, self._bringer.node) if self._bringer.is_vouched_for else self._bringer.node

    def _nodes(self, arrival: Arrival) -> Mapping[Key, str]:
        return lock_rows(self._conn, by_entity(op.key for _, op in arrival.known))

    def _apply(self, sender: Sender, arrival: Arrival, row: sa.RowMapping | None) -> None:
        conn, hub = self._conn, self._hub
        nodes, tree = self._nodes(arrival), hub.trees.tree(conn)
        before = hub.publisher.before(conn, (op for _, op in arrival.ops))
        commit = arrival.commit(sender)
        if row is None:
            apply(conn, [commit], lambda count: hub.publisher.number(conn, count))
            mark = {**commit.id._asdict(), "offered_by": self._bringer.device, "at": self._receipt}
            conn.execute(relayed.insert(), mark)
            hub.publisher.file(conn, [(commit, arrival.ops)], tree, before, None, nodes)
            return
        arrival.eff = commit.eff = row["eff"]
        apply(conn, [commit])
        whole = [(at, op) for at, op in [*_ops_in(row), *arrival.ops]]
        again = arrival.commit(sender)
        number_anew(conn, hub, [(again, whole)])
        file_anew(conn, hub, [(again, whole)], before, nodes)

    def _raised(self, arrival: Arrival) -> Raised:
        """What a person is to look at: the first record it writes to, of somebody's own if there is one."""
        written = [(entity, op) for entity, op in arrival.known if op.kind != REVIEW]
        own = [(op.kind, op.id) for entity, op in written if entity.scope in (Scope.OWN, Scope.BOTH)]
        kind, record = [*own, *((op.kind, op.id) for _, op in written), ("", "")][0]
        return Raised(kind, record, RELAYED, arrival.pushed.actor, self._bringer.node, arrival.eff)
