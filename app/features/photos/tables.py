"""The fields that every kind of photo has. The bytes stand apart (`app.journal.attached`)."""

from app.features.photos.preparing import MOST_THUMBNAIL
from app.journal.attached import MOST_BYTES
from app.journal.fields import ContentName, Field, Integer, Text

CAPTION = Text(200)


def photo_fields() -> dict[str, Field]:
    """`photo`: the SHA-256 of the JPEG, `bytes` long. `thumbnail`: a smaller one, base64."""
    return {
        "photo": ContentName(),
        "bytes": Integer(1, MOST_BYTES),
        "type": Text(32),
        "thumbnail": Text(MOST_THUMBNAIL * 4 // 3 + 4),
        "caption": CAPTION,
    }
