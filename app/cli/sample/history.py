"""A point's past months: people met, goods given, refusals looked after, deliveries, counts. All by commands.

Time is walked through, so that every record stands at its own moment. A point writes such a past before its first
contact with the center: afterwards the center believes no commit that claims to be older than the last answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from app.base.clock import DAY, MINUTE, instant_of
from app.cli.sample.aftercare import Aftercare
from app.cli.sample.meeting import Meetings
from app.cli.sample.people import Somebody, somebody
from app.cli.sample.storekeeping import Storekeeper, day_of
from app.cli.sample.stories import STORIES
from app.cli.sample.walking import WalkingClock
from app.cli.sample.weather import temperature
from app.features.org.queries import staff_of
from app.features.roles import IN_CHARGE
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.here import standing
from app.journal.runner import Outcome, Runner
from app.store.engine import reading

_MOST_MEETINGS = 5
_UNVISITED_DAYS = 2
"""For how long nobody has gone round: some visits are due when the past ends."""
_HOT, _COLD = 30, 4
"""°C from which water or hot food is handed out to passers-by."""


@dataclass(frozen=True, slots=True)
class _Event:
    at: int
    happen: Callable[[], None]


def populate_point(
    runner: Runner, actor: Actor, rng: Random, days: int = 90, cases: int = 60, until: int | None = None
) -> None:
    """Write the last `days` days up to `until` (µs; now where left out) with about so many cases.

    `actor` and the other people of the point take turns. The catalogue must be known here already.
    """
    last = until if until is not None else runner.clock()
    _History(runner, actor, rng, last - days * DAY, last).run(days, cases)


class _History:
    def __init__(self, runner: Runner, actor: Actor, rng: Random, first: int, last: int) -> None:
        self._clock = WalkingClock(first)
        self._runner = replace(runner, clock=self._clock, new_id=self._clock.new_id)
        self._rng = rng
        self._first, self._last = first, last
        with reading(runner.engine) as conn:
            node = standing(conn).node
            staff = staff_of(conn, node)
        actors = [Actor(one.id, one.role, node) for one in staff] or [actor]
        names = [one.name for one in staff] or ["值守人员"]
        if len(set(names)) < 2:
            names.append("邻居见证人")
        self._store = Storekeeper(runner.engine, rng, node, names)
        self._meetings = Meetings(self._runner, self._clock, rng, actors, self._store)
        self._do = self._meetings.do
        self._actors, self._in_charge = actors, next((one for one in actors if one.role in IN_CHARGE), actor)
        self._aftercare = Aftercare(self._meetings, self._clock, rng, runner.engine, node)
        self._events: list[_Event] = []

    def _decide(self, command: Command) -> Outcome:
        """What not everybody may decide: whose turn it is asks whoever is in charge."""
        turn = self._rng.choice(self._actors)
        return self._runner.do(command, turn if turn.role in IN_CHARGE else self._in_charge)

    def run(self, days: int, cases: int) -> None:
        self._store.open(self._decide, day_of(self._first))
        for number in range(1, days):
            self._plan_day(day_of(self._first) + timedelta(days=number), number, days)
        for _ in range(cases):
            self._plan_person(days)
        # The last days are never empty: they are what a visitor looks at first.
        for minutes in (25, 95, 170)[: max(1, cases // 10)]:
            self._meet_at(self._last - minutes * MINUTE, self._new_somebody(day_of(self._last)))
        for days_ago in (1, 2, 4, 6, 7, 8, 8, 9)[: cases // 5]:
            day = day_of(self._last) - timedelta(days=days_ago)
            rough = self._rng.choice([story for story in STORIES if "REFUSED_ALL" in dict(story.ends)])
            self._meet_at(self._moment(day), somebody(self._rng, rough, day))
        for event in sorted(self._events, key=lambda one: one.at):
            if event.at < self._last:
                self._clock.walk_to(event.at)
                event.happen()

    def _plan_day(self, day: date, number: int, days: int) -> None:
        if number % 7 == 3:
            is_last = number + 7 >= days
            self._at(day, 9, lambda: self._store.fill_up(self._do, day, is_last=is_last))
        self._at(day, 6, self._aftercare.throw_away)
        if number < days - _UNVISITED_DAYS:
            self._at(day, 18, self._aftercare.evening)
        if day.day == 28:
            self._at(day, 17, lambda: self._store.count(self._do))
        noon = temperature(day, 13)
        heads = self._rng.randint(4, 14)
        if noon >= _HOT and self._rng.random() < 0.4:
            self._at(day, 13, lambda: self._store.hand_out(self._do, "WATER01", 1, heads, "公交站旁"))
        elif noon <= _COLD and self._rng.random() < 0.3:
            self._at(day, 19, lambda: self._store.hand_out(self._do, "FOOD01", 1, heads, "劳务市场门口"))

    def _plan_person(self, days: int) -> None:
        day = day_of(self._first) + timedelta(days=self._rng.randint(0, days))
        person = self._new_somebody(day)
        for _ in range(_MOST_MEETINGS):
            self._meet_at(self._moment(day), person)
            if self._rng.random() > person.story.returns:
                return
            day += timedelta(days=self._rng.randint(1, 12))

    def _new_somebody(self, day: date) -> Somebody:
        story = self._rng.choices(STORIES, [one.weight for one in STORIES])[0]
        return somebody(self._rng, story, day)

    def _moment(self, day: date) -> int:
        hour = self._rng.choices(range(7, 24), [2, 3, 3, 3, 3, 3, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 2])[0]
        return instant_of(datetime.combine(day, time(hour, self._rng.randint(0, 59))))

    def _meet_at(self, at: int, person: Somebody) -> None:
        """At once, or (one in five) typed in the evening from a paper note."""
        evening = instant_of(datetime.combine(day_of(at), time(22, self._rng.randint(0, 59))))
        late = self._rng.random() < 0.2 and at < evening < self._last
        self._events.append(_Event(evening if late else at, lambda: self._meetings.meet(person, at, is_late=late)))

    def _at(self, day: date, hour: int, happen: Callable[[], None]) -> None:
        moment = instant_of(datetime.combine(day, time(hour, self._rng.randint(0, 40))))
        self._events.append(_Event(moment, happen))
