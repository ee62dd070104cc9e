"""When the next round comes: the center's word, the device's own second of the period, pauses after trouble.

Pure decision: the time, the chance and what happened come in, a wait comes out. Whoever runs rounds holds a `Loop`,
asks it when to wake, and tells it what began and how it ended; there is never more than one round. Not here: timers,
threads, what a round does.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from app.base.clock import SECOND

LEAST_PAUSE_S = 5
MOST_PAUSE_S = 900
"""Full jitter: after the k-th failure in a row any wait up to 5 s · 2^(k-1), at most a quarter of an hour."""
PERIOD_S = 300
"""How often to come where the center has not said, and what it says while it has time for all."""
BEGIN_WITHIN_S = 20
"""At nine everybody signs in: each begins at its own second."""
NETWORK_WITHIN_S = 10
PERSON_PAUSE_S = 3600
"""Where only a person can mend it, asking often is of no use; the button always goes at once."""

FOR_PEOPLE = frozenset(
    {"not_admitted", "code_wrong", "code_used", "code_expired", "revoked", "too_old", "aside_full", "center_refused",
     "certificate_name", "authority_unknown"}
)  # fmt: skip


class Trigger(Enum):
    """What may ask for a round."""

    START = "start"
    LOGIN = "login"
    INTERVAL = "interval"
    NETWORK = "network"
    BUTTON = "button"
    QUITTING = "quitting"


AT_ONCE = frozenset({Trigger.BUTTON, Trigger.QUITTING})


@dataclass(frozen=True, slots=True)
class Ended:
    """How a round went, of `RoundReport`: `error` and its `facts`, what the center said of the next one."""

    error: str = ""
    next_in_s: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def phase_of(device: str, period_s: int) -> int:
    """The device's own second of a period."""
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:4], "big") % max(1, period_s)


@dataclass(slots=True)
class Loop:
    """`chance`: 0 ≤ x < 1. Times are µs of a clock that is never set, waits µs. `due`: when the next round is to begin,
    None while one runs or none was asked for."""

    device: str
    chance: Callable[[], float]
    due: int | None = None
    running: bool = False
    failures: int = 0
    not_before: int = 0
    """A busy center said so; nothing but a person goes sooner."""

    def ask(self, trigger: Trigger, now: int) -> bool:
        """Something asks for a round: whether to begin now. Otherwise `due` may have come nearer."""
        if self.running:
            return False
        if trigger in AT_ONCE:
            return True
        if trigger is Trigger.INTERVAL:
            return self.due is not None and now >= self.due
        if trigger is Trigger.NETWORK:
            self.failures = 0
            wait = int(self.chance() * NETWORK_WITHIN_S * SECOND)
        else:
            wait = phase_of(self.device, BEGIN_WITHIN_S) * SECOND
        at = max(now + wait, self.not_before)
        self.due = at if self.due is None else min(self.due, at)
        return now >= self.due

    def begun(self) -> None:
        self.running, self.due = True, None

    def ended(self, how: Ended, now: int) -> None:
        """Sets when the next one comes."""
        self.running = False
        self.not_before = 0
        if not how.error or how.error == "cancelled":
            self.failures = 0
            self.due = now + (how.next_in_s or self._own_wait_s(now)) * SECOND
            return
        self.failures += 1
        wait = self._pause_s() * SECOND
        if how.error == "center_busy":
            told = int(how.facts.get("wait_s", 0)) * SECOND
            self.not_before = now + told
            # Those who were turned away together do not come back together.
            wait = told + int(self.chance() * max(told, LEAST_PAUSE_S * SECOND))
        elif how.error in FOR_PEOPLE:
            wait = PERSON_PAUSE_S * SECOND + int(self.chance() * PERSON_PAUSE_S * SECOND)
        self.due = now + int(wait)

    def wait(self, now: int) -> int | None:
        """How long until the next round, µs; None where none is to come by itself."""
        return None if self.due is None or self.running else max(0, self.due - now)

    def _pause_s(self) -> float:
        most = min(MOST_PAUSE_S, LEAST_PAUSE_S << min(self.failures - 1, 16))
        return self.chance() * most

    def _own_wait_s(self, now: int) -> int:
        wait = (phase_of(self.device, PERIOD_S) - now // SECOND) % PERIOD_S
        return wait if wait >= PERIOD_S // 5 else wait + PERIOD_S
