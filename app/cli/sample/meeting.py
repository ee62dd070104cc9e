"""One meeting with one invented person, as the command a clerk would give."""

from dataclasses import dataclass
from random import Random
from typing import Any

from app.base.clock import MINUTE, local
from app.cli.sample.invented import street
from app.cli.sample.people import Somebody
from app.cli.sample.storekeeping import Storekeeper
from app.cli.sample.stories import CLOSED_AS, GIVEN, REFUSALS
from app.cli.sample.walking import WalkingClock
from app.cli.sample.weather import season, temperature, warning
from app.features.cases.commands import LogEncounter
from app.features.cases.facts import GoodsGiven
from app.features.inventory.ids import item_id
from app.features.people.commands import AmendPerson
from app.journal.act import Actor
from app.journal.commands import Command
from app.journal.runner import Outcome, Runner

_REFUSED = frozenset({"REFUSED_ALL", "REFUSED_GOODS", "PERSUADED_LATER"})
_SATISFIED = frozenset({"ON_SITE_AID", "CONSULT_ONLY"})
_LEFT_OPEN = 0.2
"""How many cases that came to an end nobody closes at once."""
_NOTHING_GIVEN = frozenset({"CONSULT_ONLY", "REFUSED_ALL", "TREAT_FIRST"})


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """A case that is not closed yet: whose, how it last went, when."""

    person: Somebody
    disposition: str
    at: int


class Meetings:
    """Meets people at a point; the people who work there take turns."""

    def __init__(
        self, runner: Runner, clock: WalkingClock, rng: Random, actors: list[Actor], store: Storekeeper
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._rng = rng
        self._actors = actors
        self.store = store
        self.open: dict[str, OpenEnd] = {}
        """Case → how it stands, of those that are not closed."""
        self._cards = 0

    def do(self, command: Command) -> Outcome:
        return self._runner.do(command, self._rng.choice(self._actors))

    def meet(self, person: Somebody, at: int, *, is_late: bool) -> None:
        """Log the meeting; `is_late`: typed after it happened, with its time."""
        ends = person.story.ends
        disposition = self._rng.choices([code for code, _ in ends], [weight for _, weight in ends])[0]
        goods = self._goods(at, disposition)
        facts: dict[str, Any] = dict(person.facts) if person.id is None else {"person": person.id}
        facts |= self._circumstances(person, at) | self._outcome(person, at, disposition)
        if is_late:
            facts["started_at"] = at
        closing = {} if self._rng.random() < _LEFT_OPEN else closing_of(person, disposition) or {}
        if closing and disposition in _SATISFIED:
            closing["satisfaction"] = self._rng.choice((4, 5, 5, None))
        lines = tuple(
            GoodsGiven(item=item_id(code), quantity=quantity, receipt_mode=self._rng.choice(("SIGN", "SIGN", "VERBAL")))
            for code, quantity in goods
        )
        made = self.do(LogEncounter(**facts, **closing, goods=lines)).made
        self.store.given(goods)
        id_ = person.id = person.id or next(id_ for kind, id_ in made if kind == "person")
        case = next((id_ for kind, id_ in made if kind == "case"), None)
        case = case or next(id_ for id_, end in self.open.items() if end.person is person)
        if closing:
            self.open.pop(case, None)
        else:
            self.open[case] = OpenEnd(person, disposition, at)
        if person.story.identity == "CLAIMED" and self._rng.random() < 0.06:
            self._correct(id_, person.facts["age_est"])

    def _circumstances(self, person: Somebody, at: int) -> dict[str, Any]:
        moment = local(at)
        celsius = temperature(moment.date(), moment.hour)
        place = self._rng.choice(person.story.places)
        return {
            "place_type": place,
            "place_text": None if place == "POINT" else street(self._rng),
            "channel": "WALK_IN" if place == "POINT" else self._rng.choice(("STREET", "PHONE")),
            "source": "SELF"
            if place == "POINT"
            else self._rng.choice(("OWN_PATROL", "GRID", "RESIDENT", "SANITATION")),
            "temperature": celsius,
            "weather": warning(celsius),
            "shift": "DAY" if 7 <= moment.hour < 19 else "NIGHT",
            "health_obs": (self._rng.choice(person.story.health),),
            "sleeping_rough": "BEDDING" in person.story.needs,
            "reasons": person.story.reasons,
            "needs": person.story.needs,
            "story": self._rng.choice(person.story.words) if person.id is None else None,
        }

    def _outcome(self, person: Somebody, at: int, disposition: str) -> dict[str, Any]:
        facts: dict[str, Any] = {"disposition": disposition, "basis": "STATUTORY", "signer": "SELF"}
        if person.protected:
            facts |= {"basis": "EMERGENCY", "signer": "NONE_EMERGENCY"}
        if disposition == "POLICE" or (person.protected and disposition != "ESCORT_STATION"):
            facts["called_110_at"] = at
        if disposition == "TREAT_FIRST":
            facts["called_120_at"] = at
        if disposition in _REFUSED:
            self._cards += 1
            person.refused += 1
            facts["guide_card_no"] = f"YD{local(at):%y%m}{self._cards:03}"
            facts["persuasion_minutes"] = self._rng.choice((5, 10, 15, 20, 40))
            facts["note"] = f"第{person.refused}次劝导，留下求助引导卡。"
            if disposition != "PERSUADED_LATER":
                facts["refusal_reason"] = self._rng.choice(REFUSALS)
        return facts

    def _goods(self, at: int, disposition: str) -> list[tuple[str, int]]:
        if disposition in _NOTHING_GIVEN:
            return [("CARD01", 1)] if disposition == "REFUSED_ALL" else []
        usual = self._rng.sample(GIVEN["ALL"], self._rng.choice((1, 2, 2)))
        by_season = GIVEN[season(local(at).date())]
        chosen = [*usual, *self._rng.sample(by_season, self._rng.choice((0, 1, 1)))]
        given = [(code, min(self._rng.randint(1, most), self.store.on_hand.get(code, 0))) for code, most in chosen]
        return [(code, quantity) for code, quantity in given if quantity > 0]

    def _correct(self, person_id: str, age: int) -> None:
        """Somebody looks again, or sees the document: a correction with its reason."""
        self._clock.walk_to(self._clock.now + self._rng.randint(5, 20) * MINUTE)
        age += self._rng.choice((-2, -1, 1, 2))
        self.do(AmendPerson(person=person_id, age_est=age, reason="核对后更正年龄"))


def closing_of(person: Somebody, disposition: str) -> dict[str, Any] | None:
    """How a case that went so is closed; None where nothing says that it is over."""
    if disposition not in CLOSED_AS:
        return None
    closing: dict[str, Any] = {"close_type": CLOSED_AS[disposition]}
    if disposition == "KIN_PICKUP":
        closing |= {
            "receiver_name": person.facts["kin_name"],
            "receiver_relation": person.facts["kin_relation"],
            "receiver_id_checked": True,
        }
    return closing
