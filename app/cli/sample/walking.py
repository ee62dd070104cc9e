"""A clock that is set by hand and walks through days that are over, and ids as old as what they name."""

import secrets

from app.base.clock import SECOND

_MS = SECOND // 1000


class WalkingClock:
    """`now` in µs; reading it lets a millisecond pass."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += _MS
        return self.now

    def walk_to(self, instant: int) -> None:
        """Never backwards."""
        self.now = max(self.now, instant)

    def new_id(self) -> str:
        """A UUIDv7 of this clock's moment; the library's own always takes the computer's."""
        stamp = self.now // _MS << 80
        made = stamp | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
        return f"{made:032x}"
