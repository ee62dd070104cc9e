"""Planted bugs: tempting mistakes, each put in the place of the right code by name, each to be found by a world.

Switched on here alone, by replacing functions while a world runs; production code knows nothing of it. Two of the
design's list show only where many write at once on PostgreSQL, and are planted by tests/center/test_concurrency.py.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.center import arrivals, intake
from app.cli.simulate.disk import PowerCut
from app.cli.simulate.replaced import replaced
from app.features.inventory import commands_transfer, ledger, places
from app.features.inventory.rules import Place
from app.features.inventory.tables import movement
from app.journal import renumber
from app.journal.act import Act
from app.journal.here import Here, save_here, standing
from app.journal.load import load_commits
from app.journal.ops import Op, WriteId
from app.journal.record import Group, Record, VoidMark
from app.store.engine import writing
from app.sync import epochs, exchange, recovery, rounds, snapshot_swap
from app.sync.exchange import Outgoing, Taking
from app.sync.sentinel import Sentinel
from app.sync.state import change_state

_Patch = Callable[[Any, str, Any], None]
"""(module or class, name, what takes its place)"""


@contextmanager
def planted(name: str) -> Iterator[None]:
    """This bug is in the code meanwhile. Raises `KeyError` for one nobody knows."""
    with ExitStack() as stack:

        def patch(owner: Any, attribute: str, wrong: Any) -> None:
            stack.enter_context(replaced(owner, attribute, wrong))

        BUGS[name](patch)
        yield


def _ack_before_commit(patch: _Patch) -> None:
    """The answer goes out whatever becomes of the transaction."""

    @contextmanager
    def careless(engine: sa.Engine) -> Iterator[sa.Connection]:
        try:
            with writing(engine) as conn:
                yield conn
        except PowerCut as cut:
            cut.disk.is_dead = False  # it went only after the answer was out

    patch(intake, "writing", careless)


def _cursor_early(patch: _Patch) -> None:
    """The cursor is saved with the first slice of a page instead of the last."""
    right = Taking._take_acknowledgement

    def take_acknowledgement(self: Taking, conn: sa.Connection) -> None:
        right(self, conn)
        change_state(conn, cursor=self._response.page.cursor)

    patch(Taking, "_take_acknowledgement", take_acknowledgement)


def _same_base(patch: _Patch) -> None:
    """Two writes are in conflict where they name the same base; else the later one to come has won."""
    right = Record.fold
    bases: dict[WriteId, frozenset[WriteId]] = {}

    def fold(self: Record, op: Op, write: WriteId, eff: int) -> None:
        right(self, op, write, eff)
        if op.name == "set" and op.group in self.entity.groups:
            bases[write] = frozenset(op.seen)
            group = self.group(op.group)
            others = [head for head in group.heads if head != write and not bases.get(head, frozenset()) & {*op.seen}]
            group.covers.update((other, write) for other in others)

    patch(Record, "fold", fold)


def _client_clock(patch: _Patch) -> None:
    """The author's clock is believed."""
    right = arrivals.place

    def place(request: Any, arrived: Any, receipt: int, chain: bytes, last_eff: int, *more: Any, **named: Any) -> None:
        right(request, arrived, receipt, chain, last_eff, *more, **named)
        for arrival in arrived:
            arrival.eff = arrival.pushed.wall

    patch(intake, "place", place)


def _pruned_early(patch: _Patch) -> None:
    """What was sent counts as received."""
    right = exchange.build_request

    def build_request(conn: sa.Connection, *given: Any, **named: Any) -> Outgoing:
        outgoing = right(conn, *given, **named)
        sent = outgoing.batch.commits
        engine, epoch = conn.engine, outgoing.request.epoch
        if sent:
            conn.rollback()  # it only read
            with writing(engine) as door:
                here = standing(door)
                if here.epoch == epoch:
                    save_here(door, replace(here, acked_n=max(here.acked_n, sent[-1].n)))
        return outgoing

    patch(rounds, "build_request", build_request)


def _number_reused(patch: _Patch) -> None:
    """A file that was put back goes on counting where it stands."""

    def goes_on(conn: sa.Connection, *_: Any, **__: Any) -> Here:
        return standing(conn)

    def nobody_asks(_conn: sa.Connection, _sentinel: Sentinel, _now: int) -> bool:
        return False

    patch(exchange, "begin_epoch", goes_on)
    patch(recovery, "reissue", lambda *_: Changes())
    for module in (epochs, _device()):
        patch(module, "begin_where_put_back", nobody_asks)
        patch(module, "begin_epoch", goes_on)


def _bases_not_mapped(patch: _Patch) -> None:
    """Re-issued commits keep the references their ops had."""
    patch(renumber, "_renamed", lambda part, commit, moves: part)


def _count_by_seq(patch: _Patch) -> None:
    """A row stands where the center numbered it."""
    right = places.own_places

    def own_places(conn: sa.Connection, entity: Any, group: str, typed_name: str, rows: Any) -> dict[str, Place]:
        found = right(conn, entity, group, typed_name, rows)
        born = {row["id"]: WriteId(*(row[f"born_{name}"] for name in ("device", "epoch", "n", "op"))) for row in rows}
        commits = load_commits(conn, {write.commit for write in born.values()})
        seqs = {id_: commit["seq"] for id_, write in born.items() if (commit := commits.get(write.commit))}
        return {id_: place._replace(at=seqs.get(id_) or 1 << 60) for id_, place in found.items()}

    patch(ledger, "own_places", own_places)


def _reversal_now(patch: _Patch) -> None:
    """A correction stands where it was written."""
    right = ledger._root

    def root(family: Any, id_: str) -> str | None:
        return None if right(family, id_) is None else id_

    def movement_entries(conn: sa.Connection, family: Any) -> list[dict[str, Any]]:
        rows = [family[id_] for id_ in family if root(family, id_) is not None]
        own = places.own_places(conn, movement, "facts", "happened_at", rows)
        return [ledger._entry(row, row["kind"], ledger._delta(family, row), own[row["id"]]) for row in rows]

    patch(ledger, "_movement_entries", movement_entries)


def _second_receipt(patch: _Patch) -> None:
    """Each laptop that writes a receipt makes a movement of its own."""
    right = commands_transfer._not_taken_back

    def not_taken_back(act: Act, what: str, line: str) -> str:
        return act.new_id() if what == "receipt" else right(act, what, line)

    patch(commands_transfer, "_not_taken_back", not_taken_back)


def _remove_all(patch: _Patch) -> None:
    """A remove takes the element away, whoever else has added it meanwhile."""
    right = Record.fold

    def fold(self: Record, op: Op, write: WriteId, eff: int) -> None:
        right(self, op, write, eff)
        if op.name == "remove":
            group = self.groups.get(op.head_group, Group())
            group.covers.update((add, write) for add in group.heads)

    patch(Record, "fold", fold)


def _void_hides(patch: _Patch) -> None:
    """A void hides the record, whatever was written to it unseen."""

    def covered(self: Record, _writes: Any) -> bool:
        voids: dict[WriteId, VoidMark] = self.voids
        return bool(voids)

    patch(Record, "covered_by_voids", covered)


def _acknowledged_again(patch: _Patch) -> None:
    """Over a snapshot every own commit is applied again, those it holds too."""
    right = snapshot_swap._take_out_own
    patch(snapshot_swap, "_take_out_own", lambda conn, me, _seq: right(conn, me, -1))


def _dependents_through(patch: _Patch) -> None:
    """What stands on a record whose creation was set aside is applied all the same."""
    patch(intake.Waiting, "lets_through", lambda self, arrival: not arrival.code)


def _device() -> Any:
    from app.cli.simulate import device

    return device


BUGS: dict[str, Callable[[_Patch], None]] = {
    "ack before commit": _ack_before_commit,
    "cursor advanced early": _cursor_early,
    "same-base conflict rule": _same_base,
    "order by client clock": _client_clock,
    "outbox pruned before the reply": _pruned_early,
    "n reused after restore": _number_reused,
    "re-issue without mapping bases": _bases_not_mapped,
    "re-apply of acknowledged commits over a snapshot": _acknowledged_again,
    "count ordered by seq": _count_by_seq,
    "reversal positioned at now": _reversal_now,
    "second receipt as second movement": _second_receipt,
    "remove that ignores unseen adds": _remove_all,
    "void that hides a live head": _void_hides,
    "quarantine that lets dependents through": _dependents_through,
}
"""Name as in the design → how it is planted."""
