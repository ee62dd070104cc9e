"""What a sample point does in the evening: visits that are due, cases that are over, goods past their day."""

from random import Random
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY, Clock
from app.cli.sample.meeting import Meetings, OpenEnd, closing_of
from app.features.cases.commands_case import CloseCase, RecordFollowUp
from app.features.cases.tables import follow_up
from app.features.inventory.commands import LotAmount, WriteOff
from app.features.inventory.queries import expiring
from app.store.engine import reading

_VISITED, _CLOSED = 0.55, 0.2
"""How likely a visit that is due, or the end of a case that is over, is seen to on one evening."""
_OVER_AFTER = 5 * DAY
_FOUND = (("REFUSED", 3), ("MOVED", 2), ("NOT_FOUND", 2), ("STABLE", 3))
_LOOK_AGAIN = frozenset({"REFUSED", "NOT_FOUND"})


class Aftercare:
    def __init__(self, meetings: Meetings, clock: Clock, rng: Random, engine: sa.Engine, node: str) -> None:
        self._meetings = meetings
        self._clock = clock
        self._rng = rng
        self._engine = engine
        self._node = node

    def evening(self) -> None:
        self._visit()
        self._close()

    def _visit(self) -> None:
        now, c = self._clock(), follow_up.c
        due = sa.select(c.id, c.case).where(c.done_at.is_(None), c.due_at <= now, ~c.hidden).order_by(c.due_at, c.id)
        with reading(self._engine) as conn:
            rows = conn.execute(due).all()
        for row in rows:
            if row.case in self._meetings.open and self._rng.random() < _VISITED:
                result = self._rng.choices([code for code, _ in _FOUND], [weight for _, weight in _FOUND])[0]
                self._meetings.do(
                    RecordFollowUp(
                        follow_up=row.id,
                        follow_result=result,
                        method=self._rng.choice(("VISIT", "PATROL")),
                        next_due=now + 7 * DAY if result in _LOOK_AGAIN and self._rng.random() < 0.5 else None,
                    )
                )

    def _close(self) -> None:
        for case, end in list(self._meetings.open.items()):
            if self._clock() - end.at > _OVER_AFTER and self._rng.random() < _CLOSED and not self._waits(case):
                self._meetings.do(CloseCase(case=case, **self._how(end)))
                del self._meetings.open[case]

    def _waits(self, case: str) -> bool:
        """Whether a visit of this case is still to be made."""
        c = follow_up.c
        query = sa.select(c.id).where(c.case == case, c.done_at.is_(None), ~c.hidden).limit(1)
        with reading(self._engine) as conn:
            return conn.execute(query).first() is not None

    def _how(self, end: OpenEnd) -> dict[str, Any]:
        closing = closing_of(end.person, end.disposition)
        if closing is not None:
            return closing
        return {"close_type": "SELF_LEFT" if end.disposition == "PERSUADED_LATER" else "REFUSED"}

    def throw_away(self) -> None:
        """A lot leaves the books when its day is over."""
        with reading(self._engine) as conn:
            lots = [lot for lot in expiring(conn, self._node, self._clock()) if lot.expired]
        if lots:
            lines = tuple(LotAmount(lot=lot.lot, quantity=lot.on_hand) for lot in lots)
            witness = self._meetings.store.names[-1]
            self._meetings.do(WriteOff(lines=lines, cause="EXPIRED", reason="过期清理", witness=witness))
            self._meetings.store.look()
