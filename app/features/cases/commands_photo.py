"""Photos of an encounter that is saved: adding some, taking a wrong one back."""

from dataclasses import dataclass
from typing import Annotated

from app.features.photos.commands import PhotoTaken, hang, take_back
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Ref, Text


@dataclass(frozen=True, kw_only=True)
class AddEncounterPhotos(Command):
    encounter: Annotated[str, Ref("encounter")]
    photos: tuple[PhotoTaken, ...]


@dataclass(frozen=True, kw_only=True)
class RemoveEncounterPhoto(Command):
    """Take a photo back that does not belong here."""

    encounter_photo: Annotated[str, Ref("encounter_photo")]
    reason: Annotated[str, Text(400)]


@handles(AddEncounterPhotos)
def add_encounter_photos(act: Act, command: AddEncounterPhotos) -> None:
    met = act.row("encounter", command.encounter, "encounter")
    hang(act, "encounter_photo", "encounter", met["id"], command.photos, met["node"])


@handles(RemoveEncounterPhoto)
def remove_encounter_photo(act: Act, command: RemoveEncounterPhoto) -> None:
    take_back(act, "encounter_photo", command.encounter_photo, command.reason)
