"""A node of the reference model: the ops it knows, with what the hub gave their commits, and the view that follows.

It learns commits, stamps and the skew, and lets records leave and enter. Not here: what follows from a set of ops
(`model.py`).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from tests.reference.model import Commit, CommitId, Op, Schema, Stamp, View, ViewMaker, provisional


class Node:
    """A point or the hub: the ops it knows, their stamps, and which device it is (None: the hub)."""

    def __init__(self, schema: Schema, own: str | None = None, view: ViewMaker = View) -> None:
        self.schema, self.own, self._make = schema, own, view
        self.known: dict[CommitId, Commit] = {}
        self.gone: set[tuple[str, str]] = set()
        self.skew = 0
        self._view: View | None = None

    def apply(self, commits: Iterable[Commit]) -> None:
        """Learn commits, own or others', whole or in part, again or for the first time (known is asked per
        op)."""
        for commit in commits:
            if commit.eff is None and commit.device != self.own:
                raise ValueError("only its author knows a commit without the hub's time")
            known = self.known.get(commit.id, replace(commit, ops=(), seq=None, eff=None))
            ops = tuple(new if old is None else old for old, new in zip_longest(known.ops, commit.ops))
            self.known[commit.id] = replace(known, ops=ops)
            if commit.eff is not None:
                self.stamp([(commit.id, commit.seq, commit.eff)])
        self._view = None

    def leave(self, records: Iterable[tuple[str, str]]) -> None:
        """These records are for others now: nothing of them counts, and but for what this node wrote nothing of them is
        known."""
        self.gone |= set(records)
        for id_, commit in self.known.items():
            if commit.device != self.own:
                ops = tuple(None if op is not None and (op.kind, op.id) in self.gone else op for op in commit.ops)
                self.known[id_] = replace(commit, ops=ops)
        self._view = None

    def enter(self, records: Iterable[tuple[str, str]], commits: Iterable[Commit]) -> None:
        """These records are for this node (again): they are what the given commits make of them, with what it wrote
        itself."""
        self.gone -= set(records)
        self.apply(commits)

    def stamp(self, stamps: Iterable[Stamp]) -> None:
        """Learn what the hub gave to known commits. The later (seq, eff) replaces the former: seq only
        ever grows, also over a restore of the hub."""
        for id_, seq, eff in stamps:
            known = self.known[id_]
            if known.seq is None or (seq is not None and seq >= known.seq):
                self.known[id_] = replace(known, seq=seq, eff=eff)
        self._view = None

    def measure(self, skew: int) -> None:
        """An exchange has measured the hub's clock less this device's."""
        self.skew = skew
        self._view = None

    def clear_seq_above(self, seq: int) -> None:
        """The hub was restored to `seq`: what it gave above counts as not yet given (§10); the eff stays
        known."""
        for id_, known in self.known.items():
            if known.seq is not None and known.seq > seq:
                self.known[id_] = replace(known, seq=None)
        self._view = None

    def effs(self) -> dict[CommitId, int]:
        """The eff of every known commit; of own ones that have none yet, the provisional one."""
        found: dict[CommitId, int] = {}
        before: int | None = None
        for commit in sorted(self.known.values(), key=lambda commit: (commit.serial, commit.n)):
            eff = commit.eff
            if eff is None:
                eff = provisional(before, commit.wall, self.skew)
            if commit.device == self.own:
                before = eff
            found[commit.id] = eff
        return found

    def view(self) -> View:
        """What this node shows: all it knows, its own unsent writes on top."""
        if self._view is None:
            known: Iterable[Commit] = self.known.values()
            if self.gone:
                known = [replace(commit, ops=tuple(map(self._held, commit.ops))) for commit in known]
            self._view = self._make(self.schema, known, self.effs(), self.own)
        return self._view

    def _held(self, op: Op | None) -> Op | None:
        return None if op is None or (op.kind, op.id) in self.gone else op

    def settled(self) -> View:
        """What the hub has numbered: a write without seq neither counts nor supersedes. Digests are taken
        over this."""
        numbered = [commit for commit in self.known.values() if commit.seq is not None]
        return self._make(self.schema, numbered, self.effs(), self.own)
