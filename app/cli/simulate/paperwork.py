"""What people write about people: persons, cases, encounters, notes, photos, open forms, undoing, settling."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.clock import DAY
from app.cli.simulate.device import Device, Done
from app.cli.simulate.founding import NODE_IDS
from app.cli.simulate.photographs import PICTURES, picture
from app.features.cases.commands import LogEncounter, OpenCase
from app.features.cases.commands_case import (
    AddNote,
    AmendCase,
    AmendEncounter,
    CloseCase,
    GiveNotice,
    PlanFollowUp,
    RecordFollowUp,
    ReopenCase,
)
from app.features.cases.commands_grant import GrantCase, HandOverCase, RevokeCase
from app.features.cases.commands_photo import AddEncounterPhotos, RemoveEncounterPhoto
from app.features.cases.commands_undo import SettleDispute, UndoCommit
from app.features.cases.tables import case, encounter, encounter_photo, follow_up
from app.features.org.amending import shown_heads
from app.features.org.reviews import SettleReview, open_reviews
from app.features.people.commands import AmendPerson, LinkPersons, RegisterPerson, ShowInFull
from app.features.people.commands_photo import AddPersonPhotos, RemovePersonPhoto
from app.features.people.tables import person, person_photo
from app.features.photos.commands import FetchPhoto, KeepPhoto, PhotoTaken, picture_of
from app.journal.drafts import Finishing, drafts, keeping
from app.journal.elements import decode_elements
from app.journal.entities import Entity
from app.journal.heads import disputes
from app.journal.ops import decode_head, kept_parts
from app.journal.tables import attached, journal
from app.store.content import name_of

_MET: dict[str, Any] = {
    "gender": "MALE",
    "age_est": 45,
    "features": "灰色棉衣",
    "place_type": "BRIDGE",
    "health_obs": ["OK"],
}
_FILED: dict[str, Any] = {
    "id_doc_type": "NONE",
    "id_verify": "SELF_SAID",
    "special_groups": ["NONE"],
    "reasons": ["STOLEN"],
    "needs": ["FOOD"],
    "basis": "STATUTORY",
    "notice_version": "2026-1",
}
"""What a case's file must hold before it may be closed."""
_GROUPS = ("ELDERLY", "DISABLED")
_NEEDS = ("FOOD", "WATER", "CLOTHES")
_WHY = "核对后更正"
_RATHER_UNDONE = frozenset({"person", "case", "encounter"})
_NEVER_UNDONE = frozenset(
    {
        *("movement", "hand_out", "count", "count_line", "transfer", "transfer_line", "stock_in", "lot", "lot_state"),
        *("node", "staff", "item", "answer"),
    }
)
"""Acts that made such a thing are taken back by what keeps the shelves in mind, or not at all."""

Told = Done | str | None


@dataclass
class Paperwork:
    """Acts at one device after another, by chance."""

    chance: random.Random

    def act(self, device: Device) -> tuple[str, Told]:
        """One act at this device, and what came of it."""
        acts: list[tuple[int, Callable[[Device], Told]]] = [
            (8, self.register),
            (14, self.meet),
            (14, self.amend),
            (10, self.open_form),
            (14, self.save_form),
            (14, self.groups),
            (12, self.needs),
            (6, self.note),
            (4, self.told),
            (5, self.close),
            (3, self.reopen),
            (12, self.undo),
            (6, self.settle),
            (5, self.link),
            (4, self.visit),
            (2, self.look_up),
            (5, self.grant),
            (3, self.revoke),
            (3, self.hand_over),
            (4, self.review),
            (9, self.photo),
            (2, self.wrong_photo),
            (4, self.look_at_photo),
        ]
        weights = [weight for weight, _ in acts]
        (_, do) = self.chance.choices(acts, weights)[0]
        return do.__name__, do(device)

    def register(self, device: Device) -> Told:
        return device.try_to(RegisterPerson(name=self._name(), gender="MALE", age_est=40), device.who())

    def meet(self, device: Device) -> Told:
        """Somebody new, or somebody known; sometimes with all that closing will ask for."""
        known = self._one(device, person) if self.chance.random() < 0.5 else None
        facts = _MET | (_FILED if self.chance.random() < 0.5 else {})
        facts["disposition"] = self.chance.choice(("ON_SITE_AID", "ESCORT_STATION", "CONSULT_ONLY"))
        if known is not None:
            facts = {name: value for name, value in facts.items() if name not in ("gender", "age_est", "features")}
            return device.try_to(LogEncounter(person=known, **facts), device.who())
        return device.try_to(LogEncounter(name=self._name(), **facts), device.who())

    def amend(self, device: Device) -> Told:
        known = self._one(device, person)
        return None if known is None else device.try_to(self._correction(known), device.who())

    def open_form(self, device: Device) -> Told:
        """A form is opened, typed into, and left open: its draft keeps what it was shown."""
        known = self._one(device, person)
        if known is None:
            return None
        bases = device.ask(shown_heads, "person", known)
        return device.try_to(keeping(f"amend:{known}", {"record": known, "bases": list(bases)}))

    def save_form(self, device: Device) -> Told:
        """A form that was left open is saved; what was shown when it opened are the bases."""
        open_ones = device.ask(drafts, "amend:")
        if not open_ones:
            return None
        kept = self.chance.choice(sorted(open_ones, key=lambda each: each.key))
        content = kept.content
        command = self._correction(content["record"], tuple(content["bases"]))
        return device.try_to(Finishing(command, kept.key), device.who())

    def groups(self, device: Device) -> Told:
        known = self._one(device, person, oldest=True)
        if known is None:
            return None
        chosen = self.chance.sample(_GROUPS, self.chance.randrange(len(_GROUPS) + 1)) or ["NONE"]
        return device.try_to(AmendPerson(person=known, special_groups=tuple(chosen), reason=_WHY), device.who())

    def needs(self, device: Device) -> Told:
        known = self._one(device, case, oldest=True)
        if known is None:
            return None
        chosen = self.chance.sample(_NEEDS, self.chance.randrange(1, len(_NEEDS)))
        return device.try_to(AmendCase(case=known, needs=tuple(chosen), reason=_WHY), device.who())

    def note(self, device: Device) -> Told:
        met = self._one(device, encounter)
        if met is None:
            return None
        if self.chance.random() < 0.5:
            return device.try_to(AddNote(encounter=met, text=f"看过{self.chance.randrange(100)}"), device.who())
        amended = AmendEncounter(encounter=met, temperature=self.chance.randrange(-9, 9), reason=_WHY)
        return device.try_to(amended, device.who())

    def told(self, device: Device) -> Told:
        met = self._one(device, encounter)
        return None if met is None else device.try_to(GiveNotice(encounter=met, basis="STATUTORY"), device.who())

    def close(self, device: Device) -> Told:
        known = self._one(device, case, case.c.case_status != "CLOSED")
        if known is None:
            return self.open_case(device)
        return device.try_to(CloseCase(case=known, close_type="NEED_MET", satisfaction=5), device.who())

    def open_case(self, device: Device) -> Told:
        known = self._one(device, person)
        return None if known is None else device.try_to(OpenCase(person=known), device.who())

    def reopen(self, device: Device) -> Told:
        known = self._one(device, case, case.c.case_status == "CLOSED")
        return None if known is None else device.try_to(ReopenCase(case=known, reason=_WHY), device.who())

    def undo(self, device: Device) -> Told:
        """Take back one of the last acts of this device, unless goods moved in it."""
        here = device.here()
        j = journal.c
        own = sa.select(j.epoch, j.n, j.payload).where(j.device == here.device).order_by(j.serial.desc(), j.n.desc())
        found = []
        for row in device.rows(own.limit(60)):
            kinds = {decode_head(part.raw).kind for part in kept_parts(row.payload)}
            if kinds & _RATHER_UNDONE and not kinds & _NEVER_UNDONE:
                found.append(f"{here.device}.{row.epoch}.{row.n}")
        if not found:
            return None
        return device.try_to(UndoCommit(commit=self.chance.choice(found), reason="录错"))

    def settle(self, device: Device) -> Told:
        """One of several values is chosen by somebody who was shown them all."""
        found = [each for each in device.ask(disputes) if each.kind in ("person", "case", "encounter", "person_link")]
        if not found:
            return None
        dispute = self.chance.choice(found)
        bases = tuple(sorted(dispute.values))
        command = SettleDispute(
            kind=dispute.kind, id=dispute.id, group=dispute.group, bases=bases, choice=self.chance.choice(bases)
        )
        return device.try_to(command, device.who())

    def link(self, device: Device) -> Told:
        first, second = self._one(device, person), self._one(device, person)
        if first is None or second is None:
            return None
        verdict = self.chance.choice(("SAME", "NOT_SAME", "UNDONE"))
        return device.try_to(LinkPersons(first=first, second=second, verdict=verdict), device.who())

    def visit(self, device: Device) -> Told:
        due = self._one(device, follow_up, follow_up.c.done_at.is_(None))
        if due is not None and self.chance.random() < 0.5:
            return device.try_to(RecordFollowUp(follow_up=due, follow_result="STABLE"), device.who())
        met = self._one(device, encounter)
        if met is None:
            return None
        return device.try_to(PlanFollowUp(encounter=met, due_at=device.clock() + DAY), device.who())

    def grant(self, device: Device) -> Told:
        known = self._one(device, case)
        if known is None:
            return None
        return device.try_to(GrantCase(case=known, point=self._point(), reason="请协助"), device.who())

    def revoke(self, device: Device) -> Told:
        known = self._one(device, case, case.c.grants != "[]")
        if known is None:
            return None
        granted = decode_elements(device.rows(sa.select(case.c.grants).where(case.c.id == known))[0].grants)
        return device.try_to(RevokeCase(case=known, point=self.chance.choice(granted), reason="已完成"), device.who())

    def hand_over(self, device: Device) -> Told:
        known = self._one(device, case)
        if known is None or device.is_old:  # the former program has no word for it
            return None
        return device.try_to(HandOverCase(case=known, point=self._point(), reason="移交"), device.who())

    def review(self, device: Device) -> Told:
        """Somebody settles what the center listed for a person."""
        listed = device.ask(open_reviews)
        if not listed:
            return None
        found, take_back = self.chance.choice(listed), self.chance.random() < 0.5
        home = self.chance.choice(found.homes).node if found.homes else None
        command = SettleReview(review=found.id, take_back=take_back and not home, home=home, note="看过")
        return device.try_to(command, device.who())

    def look_up(self, device: Device) -> Told:
        known = self._one(device, person)
        if known is None:
            return None
        return device.try_to(ShowInFull(person=known, fields=("name",), purpose="VERIFY"), device.who())

    def photo(self, device: Device) -> Told:
        """A picture of somebody, or of what was met."""
        known, met = self._one(device, person), self._one(device, encounter)
        if known is None or met is None:
            return None
        made = picture(self.chance.randrange(PICTURES))
        device.do(KeepPhoto(photo=made.data, thumbnail=picture_of(made.thumbnail)))
        taken = (PhotoTaken(photo=name_of(made.data)),)
        add = AddPersonPhotos(person=known, photos=taken)
        if self.chance.random() < 0.5:
            return device.try_to(add, device.who())
        return device.try_to(AddEncounterPhotos(encounter=met, photos=taken), device.who())

    def wrong_photo(self, device: Device) -> Told:
        of_person, of_meeting = self._one(device, person_photo), self._one(device, encounter_photo)
        if of_person is not None and (of_meeting is None or self.chance.random() < 0.5):
            return device.try_to(RemovePersonPhoto(person_photo=of_person, reason=_WHY), device.who())
        if of_meeting is None:
            return None
        return device.try_to(RemoveEncounterPhoto(encounter_photo=of_meeting, reason=_WHY), device.who())

    def look_at_photo(self, device: Device) -> Told:
        """Somebody opens one that is not here."""
        here = sa.select(attached.c.name).where(attached.c.here >= attached.c.size)
        c = encounter_photo.c
        away = self._one(device, encounter_photo, c.photo.not_in(here))
        if away is None:
            return None
        (row,) = device.rows(sa.select(c.photo).where(c.id == away))
        return device.try_to(FetchPhoto(photo=row.photo), device.who())

    def _correction(self, of: str, bases: tuple[str, ...] | None = None) -> AmendPerson:
        if self.chance.random() < 0.5:
            return AmendPerson(person=of, phone=f"138{self.chance.randrange(20):08}", reason=_WHY, bases=bases)
        return AmendPerson(person=of, name=self._name(), reason=_WHY, bases=bases)

    def _point(self) -> str:
        return NODE_IDS[self.chance.choice(("V1", "V2", "V3", "T1"))]

    def _name(self) -> str:
        return f"{self.chance.choice('赵钱孙李周吴郑王')}{self.chance.randrange(100)}"

    def _one(
        self, device: Device, entity: Entity, *where: sa.ColumnElement[bool], oldest: bool | None = None
    ) -> str | None:
        """One visible record: one of the latest, or one of the oldest, which everybody knows."""
        c = entity.c
        oldest = self.chance.random() < 0.3 if oldest is None else oldest
        order, most = (c.born_at, 3) if oldest else (c.born_at.desc(), 12)
        found = device.rows(sa.select(c.id).where(~c.hidden, *where).order_by(order, c.id).limit(most))
        return str(self.chance.choice(found).id) if found else None
