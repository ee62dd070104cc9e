"""What the tests of key slots share: passwords, a cheap cost, a clock that is set by hand."""

from app.base.clock import SECOND
from app.store.sealing import Cost

CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
RIGHT = "春江花月夜2026"
WRONG = "春江花月夜2025"
NOON = 1_790_000_000 * SECOND


class Now:
    def __init__(self) -> None:
        self.instant = NOON

    def __call__(self) -> int:
        return self.instant

    def forward(self, seconds: int) -> None:
        self.instant += seconds * SECOND
