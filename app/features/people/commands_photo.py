"""Photos of a person: adding some, taking a wrong one back."""

from dataclasses import dataclass
from typing import Annotated

from app.features.photos.commands import PhotoTaken, hang, take_back
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.fields import Ref, Text


@dataclass(frozen=True, kw_only=True)
class AddPersonPhotos(Command):
    person: Annotated[str, Ref("person")]
    photos: tuple[PhotoTaken, ...]


@dataclass(frozen=True, kw_only=True)
class RemovePersonPhoto(Command):
    """Take a photo back that does not belong here."""

    person_photo: Annotated[str, Ref("person_photo")]
    reason: Annotated[str, Text(400)]


@handles(AddPersonPhotos)
def add_person_photos(act: Act, command: AddPersonPhotos) -> None:
    who = act.row("person", command.person, "person")
    hang(act, "person_photo", "person", who["id"], command.photos, who["node"])


@handles(RemovePersonPhoto)
def remove_person_photo(act: Act, command: RemovePersonPhoto) -> None:
    take_back(act, "person_photo", command.person_photo, command.reason)
