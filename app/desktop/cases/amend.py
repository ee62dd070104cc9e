"""更正: a saved record opened again, with the values that stand there, and the reason why they change.

What identifies somebody is shown masked and only replaced, never read out: an empty field keeps what is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from app.desktop.cases.sheet import Sheet
from app.desktop.desk import Desk
from app.desktop.forms.field import Field
from app.desktop.forms.of_record import RecordFields
from app.desktop.forms.text import NoteField, TextField
from app.features.cases.commands_case import AmendCase, AmendEncounter
from app.features.cases.queries_case import CaseDetail, EncounterRow, case_detail
from app.features.org.amending import shown_heads
from app.features.people.commands import AmendPerson
from app.features.people.queries import MASKED, PersonDetail
from app.journal.commands import Command

_DERIVED = frozenset({"REPEAT"})
_PERSON = (
    "name", "alias", "gender", "birth_date", "age_est", "special_groups", "id_doc_type", "id_no", "id_verify", "phone",
    "features", "accent", "clothing", "household_addr", "residence_addr", "welfare_status", "kin_name", "kin_relation",
    "kin_phone", "guardian_name", "guardian_phone",
)  # fmt: skip
_CASE = ("reasons", "needs", "story", "adrift_since", "belongings", "requested_at")
_ENCOUNTER = (
    "started_at", "place_type", "place_text", "source", "channel", "health_obs", "services", "disposition",
    "refusal_reason", "ineligible_reason", "guide_card_no", "persuasion_minutes", "screening", "weather", "temperature",
    "sleeping_rough", "with_minor", "policy_told", "called_120_at", "called_110_at", "co_staff",
)  # fmt: skip
_COMMANDS: dict[str, type[Any]] = {"person": AmendPerson, "case": AmendCase, "encounter": AmendEncounter}


@dataclass(frozen=True, slots=True)
class Opened:
    """A record as its form was opened: the values shown, and the heads they stood on."""

    kind: str
    id: str
    shown: Mapping[str, Any]
    bases: tuple[str, ...]


def opened(conn: Any, case: str, kind: str, id_: str, now: int) -> Opened | None:
    """The record as it stands with its heads, read at one moment."""
    detail = case_detail(conn, case, now)
    if detail is None:
        return None
    met = next((met for met in detail.encounters if met.id == id_), None)
    shown: dict[str, Any] | None = None
    if kind == "person" and detail.person is not None:
        shown = of_person(detail.person)
    elif kind == "case":
        shown = of_case(detail)
    elif met is not None:
        shown = of_encounter(met)
    return None if shown is None else Opened(kind, id_, shown, shown_heads(conn, kind, id_))


def of_person(person: PersonDetail) -> dict[str, Any]:
    return {name: person.fields.get(name) for name in _PERSON} | {"special_groups": person.special_groups}


def of_case(detail: CaseDetail) -> dict[str, Any]:
    return {name: detail.fields.get(name) for name in _CASE}


def of_encounter(met: EncounterRow) -> dict[str, Any]:
    values = {name: met.fields.get(name) for name in _ENCOUNTER}
    return values | {"health_obs": met.health_obs, "services": met.services}


class Amending(QObject):
    """Makes the sheet that corrects one record."""

    def __init__(self, desk: Desk, opened: Opened, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._opened = desk, opened
        self._sheet: Sheet | None = None

    def sheet(self) -> Sheet:
        opened, texts = self._opened, self._desk.texts
        make = RecordFields(self._desk.theme, texts, self._desk.clock, opened.kind)
        fields: list[Field] = []
        for name, value in opened.shown.items():
            field = make.make(name, leave_out=_DERIVED)
            if self._is_masked(name):
                self._show_masked(field, value)
            else:
                field.set_value(value)
            fields.append(field)
        reason = TextField(
            self._desk.theme,
            "amend_reason",
            texts.field("amend_reason"),
            longest=400,
            required=True,
            width="wide_field",
        )
        title = self.tr("Correct: {kind}").format(kind=texts.kind(opened.kind))
        self._sheet = Sheet(
            self._desk,
            title,
            self.tr("Save the correction"),
            f"amend:{opened.id}",
            [*fields, reason],
            self._build,
            self.tr("Corrected; the history shows what stood there before"),
            opened={"shown": dict(opened.shown), "bases": list(opened.bases)},
        )
        return self._sheet

    def _build(self, values: Mapping[str, object]) -> Command:
        opened = self._opened
        held: Mapping[str, Any] = self._sheet.opened if self._sheet is not None else {}
        changed: dict[str, Any] = {}
        cleared: list[str] = []
        for name, before in held.get("shown", {}).items():
            now = values.get(name)
            if _same(now, before) or (self._is_masked(name) and now is None):
                continue
            if now is None:
                cleared.append(name)
            else:
                changed[name] = now
        command = _COMMANDS[opened.kind]
        made: Command = command(
            **{opened.kind: opened.id},
            reason=str(values.get("amend_reason") or ""),
            bases=tuple(held.get("bases", ())) or None,
            cleared=tuple(cleared) or None,
            **changed,
        )
        return made

    def _is_masked(self, name: str) -> bool:
        return self._opened.kind == "person" and name in MASKED

    def _show_masked(self, field: Field, value: object) -> None:
        if value and isinstance(field, TextField | NoteField):
            field.edit.setPlaceholderText(self.tr("{masked}, type to replace").format(masked=value))


def _same_set(now: object, before: object) -> bool:
    return isinstance(now, tuple) and isinstance(before, Sequence) and set(now) == set(before)


def _same(now: object, before: object) -> bool:
    """Whether nothing was changed; a box that was never asked stands unticked."""
    if isinstance(now, tuple):
        return _same_set(now, before or ())
    return now == before or (now is False and before is None)
