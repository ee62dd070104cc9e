"""Small worlds put together by Hypothesis, which takes away what a failure does not need."""

from contextlib import AbstractContextManager

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.base.clock import MINUTE
from app.cli.simulate import troubles
from app.cli.simulate.bugs import planted
from app.cli.simulate.ends import in_memory
from app.cli.simulate.invariants import Broken
from app.cli.simulate.world import World, opened

pytestmark = pytest.mark.timeout(1200)

DEVICES = st.integers(0, 7)


class City(RuleBasedStateMachine):
    """The acts of a world, in whatever order; at the end everything heals, and must hold."""

    def __init__(self) -> None:
        super().__init__()
        self._open: AbstractContextManager[World] | None = None
        self.world: World

    @initialize(seed=st.integers(0, 1_000))
    def found(self, seed: int) -> None:
        self._open = opened(seed, in_memory)
        self.world = self._open.__enter__()

    @rule(device=DEVICES)
    def paperwork(self, device: int) -> None:
        self._at(device, "paperwork")

    @rule(device=DEVICES)
    def goods(self, device: int) -> None:
        self._at(device, "goods")

    @rule(device=DEVICES)
    def errand(self, device: int) -> None:
        self._at(device, "errand")

    @rule(device=DEVICES)
    def round(self, device: int) -> None:
        self._at(device, "round")

    @rule(device=DEVICES)
    def disk_is_put_back(self, device: int) -> None:
        self._trouble(device, troubles.put_back)

    @rule(device=DEVICES)
    def copy_is_made(self, device: int) -> None:
        self._trouble(device, troubles.backed_up)

    @rule()
    def center_is_backed_up(self) -> None:
        self._trouble(0, troubles.center_backed_up)

    @rule()
    def center_is_put_back(self) -> None:
        self._trouble(0, troubles.center_put_back)

    @rule(device=DEVICES)
    def power_goes(self, device: int) -> None:
        self.world.living()[device % len(self.world.living())].disk.cut(1, after=device % 2 == 0)

    def teardown(self) -> None:
        if self._open is None:
            return
        try:
            for device in self.world.devices:
                device.disk.cut_in = None
            self.world.heal()
            self.world.check()
        finally:
            self._open.__exit__(None, None, None)

    def _at(self, device: int, what: str) -> None:
        living = self.world.living()
        self.world.clock.goes_on(MINUTE)
        self.world.act(living[device % len(living)], what)

    def _trouble(self, device: int, happens: troubles.Trouble) -> None:
        living = self.world.living()
        self.world.clock.goes_on(MINUTE)
        happens(self.world, living[device % len(living)])


City.TestCase.settings = settings(
    max_examples=settings().max_examples // 12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestCity = City.TestCase


def test_a_planted_mistake_breaks_such_a_world() -> None:
    """The same few every time, and not made smaller: it is enough that one of them breaks."""
    few = settings(
        City.TestCase.settings,
        max_examples=20,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with planted("outbox pruned before the reply"), pytest.raises(Broken, match="that the center said it has"):
        run_state_machine_as_test(City, settings=few)
