"""The acts on a case as sheets: a note, a visit planned or done, closing, opening again, taking an act back."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject

from app.desktop.cases.sheet import Sheet
from app.desktop.desk import Desk
from app.desktop.forms.field import Field
from app.desktop.forms.form import is_said
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.of_record import RecordFields
from app.desktop.forms.photos import PhotosField
from app.desktop.forms.text import NoteField, TextField
from app.features.cases.commands_case import (
    AddNote,
    CloseCase,
    GiveNotice,
    PlanFollowUp,
    RecordFollowUp,
    ReopenCase,
)
from app.features.cases.commands_photo import AddEncounterPhotos, RemoveEncounterPhoto
from app.features.cases.commands_undo import UndoCommit
from app.features.cases.queries_case import CaseDetail, EncounterRow, FollowUpRow
from app.features.people.commands_photo import AddPersonPhotos, RemovePersonPhoto
from app.features.photos.queries import Photo
from app.journal.commands import Command

_CLOSURE = (
    "close_type", "left_at", "destination", "receiver_name", "receiver_relation", "receiver_id_checked",
    "self_leave_stmt", "left_items", "satisfaction",
)  # fmt: skip
_TOLD = ("basis", "notice_version", "signer", "language", "deferred_reason", "consent_items")


def said(values: Mapping[str, object]) -> dict[str, Any]:
    """What was filled in: a command's field that nothing was said about is left out."""
    return {name: value for name, value in values.items() if is_said(value)}


class CaseActs(QObject):
    """Makes the sheets for one case."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._case, self._encounter, self._visit = "", "", ""
        self._met: EncounterRow | None = None
        self._person = ""
        self._photo: Photo | None = None

    def note(self, detail: CaseDetail) -> Sheet:
        self._encounter = detail.encounters[0].id
        text = NoteField(self._desk.theme, "text", self._desk.texts.field("note"), required=True)
        return self._sheet(self.tr("Add a note"), self.tr("Save"), "note", [text], self._note, self.tr("Note saved"))

    def photos(self, detail: CaseDetail) -> Sheet:
        self._encounter = detail.encounters[0].id
        return self._photo_sheet(self.tr("Add photos of the last contact"), f"photos:{self._encounter}", self._photos)

    def person_photos(self, person: str) -> Sheet:
        self._person = person
        return self._photo_sheet(self.tr("Add photos of the person"), f"person_photos:{person}", self._person_photos)

    def take_photo_back(self, photo: Photo) -> Sheet:
        self._photo = photo
        return self._sheet(
            self.tr("Take this photo back"), self.tr("Take it back"), f"photo:{photo.id}", [self._reason()],
            self._photo_back, self.tr("Photo taken back"), kind="danger",
            explained=self.tr("It is no longer shown; that it was there stays readable in the history."),
        )  # fmt: skip

    def notice(self, detail: CaseDetail) -> Sheet:
        self._encounter = detail.encounters[0].id
        fields = self._of("notice_given", *_TOLD)
        return self._sheet(
            self.tr("What was told"), self.tr("Save"), "told", fields, self._notice, self.tr("Notice saved")
        )

    def plan(self, detail: CaseDetail) -> Sheet:
        self._encounter = detail.encounters[0].id
        fields: list[Field] = [self._ahead("due_at", required=True)]
        return self._sheet(
            self.tr("Plan a visit"), self.tr("Plan"), "plan", fields, self._plan, self.tr("Visit planned")
        )

    def visit(self, visit: FollowUpRow) -> Sheet:
        self._visit = visit.id
        make = RecordFields(self._desk.theme, self._desk.texts, self._desk.clock, "follow_up")
        fields = [make.make(name) for name in ("follow_result", "method")]
        fields[0].set_required(required=True)
        fields[1].set_value("VISIT")
        done = make.make("done_at")
        note = TextField(self._desk.theme, "note", self._desk.texts.field("note"), longest=400, width="wide_field")
        fields += [done, self._ahead("next_due"), note]
        return self._sheet(
            self.tr("How the visit went"), self.tr("Save"), f"visit:{visit.id}", fields, self._visited,
            self.tr("Visit saved"),
        )  # fmt: skip

    def close(self, detail: CaseDetail) -> Sheet:
        self._case = detail.row.id
        fields = self._of("case", *_CLOSURE)
        fields[0].set_required(required=True)
        return self._sheet(
            self.tr("Close the case"), self.tr("Close the case"), f"close:{self._case}", fields, self._close,
            self.tr("Case closed"),
        )  # fmt: skip

    def reopen(self, detail: CaseDetail) -> Sheet:
        self._case = detail.row.id
        return self._sheet(
            self.tr("Open the case again"), self.tr("Open again"), f"reopen:{self._case}", [self._reason()],
            self._reopen, self.tr("Case open again"),
        )  # fmt: skip

    def undo(self, met: EncounterRow) -> Sheet:
        self._met = met
        return self._sheet(
            self.tr("Take this act back as a whole"), self.tr("Take all of it back"), f"undo:{met.id}",
            [self._reason()],
            self._undo, self.tr("Taken back"), kind="danger",
            explained=self.tr(
                "What it wrote is struck but stays readable in the history, and its goods go back on the shelf."
            ),
        )  # fmt: skip

    # the pieces

    def _photo_sheet(self, title: str, key: str, build: Any) -> Sheet:
        field = PhotosField(self._desk, "photos", self._desk.texts.field("photos"), required=True)
        return self._sheet(title, self.tr("Save"), key, [field], build, self.tr("Photos saved"))

    def _sheet(
        self,
        title: str,
        verb: str,
        key: str,
        fields: list[Field],
        build: Any,
        done: str,
        *,
        kind: str = "primary",
        explained: str = "",
    ) -> Sheet:
        whole_key = key if ":" in key else f"{key}:{self._encounter}"
        return Sheet(self._desk, title, verb, whole_key, fields, build, done, kind=kind, explained=explained)

    def _of(self, kind: str, *names: str) -> list[Field]:
        make = RecordFields(self._desk.theme, self._desk.texts, self._desk.clock, kind)
        return [make.make(name) for name in names]

    def _ahead(self, name: str, *, required: bool = False) -> Field:
        desk = self._desk
        label = desk.texts.field("next_due")
        return DateTimeField(desk.theme, name, label, desk.texts, desk.clock, ahead=True, required=required)

    def _reason(self) -> Field:
        return TextField(
            self._desk.theme, "reason", self._desk.texts.field("reason"), longest=400, required=True, width="wide_field"
        )

    def _note(self, values: Mapping[str, object]) -> Command:
        return AddNote(encounter=self._encounter, **said(values))

    def _photos(self, values: Mapping[str, object]) -> Command:
        return AddEncounterPhotos(encounter=self._encounter, **said(values))

    def _person_photos(self, values: Mapping[str, object]) -> Command:
        return AddPersonPhotos(person=self._person, **said(values))

    def _photo_back(self, values: Mapping[str, object]) -> Command:
        if self._photo is not None and self._photo.kind == "person_photo":
            return RemovePersonPhoto(person_photo=self._photo.id, **said(values))
        return RemoveEncounterPhoto(encounter_photo=self._photo.id if self._photo else "", **said(values))

    def _notice(self, values: Mapping[str, object]) -> Command:
        return GiveNotice(encounter=self._encounter, **said(values))

    def _plan(self, values: Mapping[str, object]) -> Command:
        return PlanFollowUp(encounter=self._encounter, **said(values))

    def _visited(self, values: Mapping[str, object]) -> Command:
        return RecordFollowUp(follow_up=self._visit, **said(values))

    def _close(self, values: Mapping[str, object]) -> Command:
        return CloseCase(case=self._case, **said(values))

    def _reopen(self, values: Mapping[str, object]) -> Command:
        return ReopenCase(case=self._case, **said(values))

    def _undo(self, values: Mapping[str, object]) -> Command:
        met = self._met
        return UndoCommit(commit=met.commit if met else "", record=met.id if met else None, **said(values))
