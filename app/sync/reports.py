"""How a round goes and how it went: what is told while it runs, its report, and what is kept of the last ones."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.store.bulk import Kept, insert_rows
from app.sync import tables

OK = "ok"
CANCELLED = "cancelled"
SPENT_CODES = frozenset({"code_wrong", "code_used", "code_expired"})
_NOT_FOR_PEOPLE = frozenset({"bad_signature", "bad_request"})


@dataclass(frozen=True, slots=True)
class Progress:
    """What a round is doing. `step`: "admitting", "exchanging", "offering", "saving" (`done` of `total`: of the
    answer), "fetching" (bytes of a snapshot). `unsent`, `behind`: commits still to go and to come, as far as known."""

    step: str
    sent: int
    received: int
    unsent: int = 0
    behind: int = 0
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class RoundReport:
    """How a round went. `sent`: commits the center acknowledged; `received`: commits of others that came;
    `conflicts`: records' groups now in dispute among what came; `verdicts`: own commits the center holds back.
    `error`: empty, or the code of what ended it early or kept it from sending, with its `facts` for the words."""

    sent: int
    received: int
    conflicts: int
    verdicts: int
    unsent: int
    exchanges: int
    bytes_out: int
    bytes_in: int
    next_in_s: int
    notice: str
    changes: Changes
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


_r = tables.sync_round.c
_KEPT_ROUNDS = sa.select(_r.id).order_by(_r.id.desc()).limit(tables.ROUNDS_KEPT).scalar_subquery()
_FORGET_ROUNDS = Kept(tables.sync_round.delete().where(_r.id.not_in(_KEPT_ROUNDS)))


def remember_round(conn: sa.Connection, at: int, outcome: str, **counts: int) -> None:
    """Keep how a round went, or an exchange carried by hand, among the last ones. `counts`: see `RoundReport`."""
    insert_rows(conn, tables.sync_round, [{"at": at, "outcome": outcome, **counts}])
    _FORGET_ROUNDS.do(conn)


def code_for_people(code: str) -> str:
    return "center_refused" if code in _NOT_FOR_PEOPLE else code
