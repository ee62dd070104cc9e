"""When the next round comes: a table of what happens, and a herd of devices at nine o'clock."""

from random import Random

import pytest

from app.base.clock import SECOND
from app.sync.loop import (
    BEGIN_WITHIN_S,
    LEAST_PAUSE_S,
    MOST_PAUSE_S,
    NETWORK_WITHIN_S,
    PERIOD_S,
    Ended,
    Loop,
    Trigger,
    phase_of,
)

DEVICE = "a1" * 16


def loop(seed: int = 1, device: str = DEVICE) -> Loop:
    return Loop(device, Random(seed).random)


def highest() -> Loop:
    return Loop(DEVICE, lambda: 0.999_999)


def run(one: Loop, how: Ended, now: int) -> int:
    """A round that begins and ends at once; the wait after it, µs."""
    one.begun()
    one.ended(how, now)
    wait = one.wait(now)
    assert wait is not None
    return wait


def test_after_a_good_round_the_center_says_when() -> None:
    assert run(loop(), Ended(next_in_s=137), 10 * SECOND) == 137 * SECOND


def test_where_it_says_nothing_each_device_keeps_its_own_second() -> None:
    one = loop()
    wait = run(one, Ended(), 1_000 * SECOND)
    assert (1_000 + wait // SECOND) % PERIOD_S == phase_of(DEVICE, PERIOD_S)
    assert PERIOD_S // 5 <= wait // SECOND < PERIOD_S + PERIOD_S // 5


def test_after_trouble_it_waits_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    one, now = highest(), 0
    waits = [run(one, Ended("no_network"), now) / SECOND for _ in range(12)]
    assert waits[:4] == pytest.approx([5, 10, 20, 40], rel=1e-4)
    assert max(waits) == pytest.approx(MOST_PAUSE_S, rel=1e-4)
    assert run(one, Ended(), now) > 0
    assert run(one, Ended("no_network"), now) / SECOND <= LEAST_PAUSE_S


def test_the_pause_is_full_jitter() -> None:
    one = loop()
    for _ in range(20):
        run(one, Ended("time_out"), 0)
    waits = [run(one, Ended("time_out"), 0) / SECOND for _ in range(400)]
    assert min(waits) < MOST_PAUSE_S * 0.05
    assert max(waits) > MOST_PAUSE_S * 0.95
    assert sum(waits) / len(waits) == pytest.approx(MOST_PAUSE_S / 2, rel=0.15)


def test_a_busy_center_is_not_asked_before_its_time_but_a_person_may() -> None:
    one = highest()
    wait = run(one, Ended("center_busy", facts={"wait_s": 60}), 0)
    assert 60 * SECOND <= wait <= 120 * SECOND
    assert not one.ask(Trigger.NETWORK, 30 * SECOND)
    assert (one.wait(30 * SECOND) or 0) >= 30 * SECOND
    assert one.ask(Trigger.BUTTON, 30 * SECOND)


def test_what_a_person_must_mend_is_not_asked_again_and_again() -> None:
    assert run(loop(), Ended("not_admitted"), 0) >= 3600 * SECOND


@pytest.mark.parametrize("trigger", [Trigger.BUTTON, Trigger.QUITTING])
def test_the_button_and_leaving_go_at_once(trigger: Trigger) -> None:
    one = loop()
    run(one, Ended("no_network"), 0)
    assert one.ask(trigger, 1)


def test_two_rounds_never_run_at_once() -> None:
    one = loop()
    one.begun()
    assert not any(one.ask(trigger, 10**12) for trigger in Trigger)
    assert one.wait(10**12) is None


@pytest.mark.parametrize("trigger", [Trigger.START, Trigger.LOGIN])
def test_the_first_round_comes_soon(trigger: Trigger) -> None:
    one = loop()
    assert one.wait(0) is None
    one.ask(trigger, 0)
    assert (one.wait(0) or 0) < BEGIN_WITHIN_S * SECOND
    assert one.ask(Trigger.INTERVAL, BEGIN_WITHIN_S * SECOND)


def test_a_network_that_comes_back_forgets_the_failures() -> None:
    one = highest()
    for _ in range(12):
        run(one, Ended("no_network"), 0)
    one.ask(Trigger.NETWORK, 1)
    assert (one.wait(1) or 0) <= NETWORK_WITHIN_S * SECOND
    assert one.failures == 0


def test_an_earlier_time_stands() -> None:
    one = loop()
    run(one, Ended(next_in_s=2), 0)
    one.ask(Trigger.NETWORK, 0)
    assert (one.wait(0) or 0) <= 2 * SECOND


def test_a_city_that_comes_to_work_at_nine_is_spread_and_stays_spread() -> None:
    """7,412 devices, a center that can take 60 a second and tells the rest to wait: nobody starves."""
    chance = Random(9)
    city = [Loop(f"{n:032x}", chance.random) for n in range(7_412)]
    for one in city:
        one.ask(Trigger.LOGIN, int(chance.random() * 60 * SECOND))
    taken_at: dict[str, int] = {}
    busiest = 0
    for second in range(360):
        asking = [one for one in city if one.device not in taken_at and one.ask(Trigger.INTERVAL, second * SECOND)]
        busiest = max(busiest, len(asking))
        for place, one in enumerate(asking):
            one.begun()
            if place < 60:
                taken_at[one.device] = second
                one.ended(Ended(next_in_s=300), second * SECOND)
            else:
                one.ended(Ended("center_busy", facts={"wait_s": 5 + int(chance.random() * 25)}), second * SECOND)
    assert len(taken_at) == 7_412
    assert max(taken_at.values()) <= 300
    assert busiest < 7_412 // 10
