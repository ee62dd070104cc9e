"""What follows from what is typed: what the rules see, the outcome they choose or bar, when to look again."""

from collections.abc import Iterable, Mapping

from app.base.clock import Clock, local
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.moment import DateTimeField
from app.features import codes
from app.features.cases.rules import TRACKED, Facts, Necessity, due_after, is_extreme
from app.features.people.queries import PersonRow
from app.features.people.rules import age_of, completed, is_minor


def facts_of(said: Mapping[str, object], known: PersonRow | None, now: int, *, emergency: bool) -> Facts:
    """What the rules look at. `said`: the values of the form; `emergency`: such a campaign is in force here."""
    groups = set(_codes(said.get("special_groups")))
    if known is not None:
        groups |= set(known.special_groups)
        minor = known.is_minor or is_minor(known.age, groups, age_is_sure=known.age_is_sure)
    else:
        today = local(now).date()
        birth_date = completed({name: said.get(name) for name in ("id_no", "id_doc_type")}).get("birth_date")
        age_est = said.get("age_est")
        age = age_of(birth_date, age_est if isinstance(age_est, int) else None, today, today)
        minor = is_minor(age, groups, age_is_sure=birth_date is not None)
    return Facts(
        minor=minor,
        special_groups=groups,
        identity_status="UNKNOWN" if known is None and said.get("unknown") else None,
        health_obs=_codes(said.get("health_obs")),
        disposition=_code(said.get("disposition")),
        refusal_reason=_code(said.get("refusal_reason")),
        ineligible_reason=_code(said.get("ineligible_reason")),
        called_120=said.get("called_120_at") is not None,
        weather_extreme=is_extreme(_code(said.get("weather")), "EMERGENCY" if emergency else None),
    )


class Following:
    """Chooses for the clerk only where nothing is chosen yet, and takes back only what it chose itself."""

    def __init__(self, disposition: ChipRow, next_due: DateTimeField, clock: Clock) -> None:
        self._disposition, self._next_due, self._clock = disposition, next_due, clock
        self.begin()

    def begin(self) -> None:
        """An empty form: nothing is chosen by a rule."""
        self._fixed: object = None
        self._due: int | None = None
        self._planned_for: tuple[int | None, bool] | None = None

    def choose(self, found: Iterable[Necessity]) -> bool:
        """How it must end where a rule says so; True when the choice was changed by this."""
        wanted = next((each.fixed["disposition"] for each in found if "disposition" in each.fixed), None)
        before, self._fixed = self._fixed, wanted
        chosen = self._disposition.value()
        if wanted == before or (chosen is not None and (wanted is not None or chosen != before)):
            return False
        self._disposition.set_value(wanted)
        return True

    def bar(self, found: Iterable[Necessity]) -> None:
        """What a rule forbids cannot be chosen; what is chosen already can still be taken back."""
        barred = {code for each in found for code in each.barred}
        for code, chip in zip(codes.DISPOSITION, self._disposition.chips, strict=True):
            chip.setEnabled(code not in barred or chip.isChecked())

    def plan(self, facts: Facts, met: int | None) -> None:
        """After a refusal the next visit is planned by itself, unless somebody typed another."""
        planned_for = (met, facts.weather_extreme) if facts.disposition in TRACKED else None
        typed = self._next_due.glance() not in (None, self._due)
        if typed or planned_for == self._planned_for:
            return
        now = self._clock()
        due = due_after(met or now, now, weather_extreme=facts.weather_extreme) if planned_for else None
        self._next_due.set_value(due)
        self._due, self._planned_for = due, planned_for


def _codes(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple) else ()


def _code(value: object) -> str | None:
    return value if isinstance(value, str) else None
