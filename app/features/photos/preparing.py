"""From whatever a camera, a phone or a screen gives to the photo that is kept: upright, small, without its notes.

The camera's notes say where and when, and by whose device (EXIF, GPS, comments, profiles): nothing of them is kept,
because the picture is painted anew. Takes up to a second: never on the screen's thread, never in a transaction. A file
that is no picture, or claims to be a huge one, is refused in words before it is unfolded.
"""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from app.base.errors import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST = 1600
"""Pixels of the longer side of a photo that is kept."""
THUMBNAIL = 320
"""Pixels of the longer side of its thumbnail."""
MOST_BYTES = 512 * 1024
"""What a photo may take, in bytes..."""
MOST_THUMBNAIL = 20 * 1024
"""...and its thumbnail."""
MOST_FILE = 40 * 1024 * 1024
"""The largest file that is looked at, in bytes."""
MOST_PIXELS = 40_000_000
"""The largest picture that is unfolded whole: 120 MB of memory..."""
MOST_JPEG_PIXELS = 210_000_000
"""...but a plain JPEG is made smaller while it is read."""
TYPE = "image/jpeg"
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
_QUALITIES = (82, 74, 64, 52, 40)
_SMALL_QUALITIES = (72, 60, 45, 30, 15)
_LEAST_SIDE = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """A photo ready to be kept. `data`: a JPEG; `thumbnail`: a smaller one, base64; `width`, `height`: pixels."""

    data: bytes
    thumbnail: str
    width: int
    height: int


def prepare(given: bytes) -> Prepared:
    """The photo to keep of this file. Raises `Refused`: "photo_too_large", "photo_unreadable", under "photos"."""
    from PIL import Image  # takes 60 ms, and most days bring no photo

    # Its own guard warns at one size and refuses at another; here one is enough, and it is ours.
    Image.MAX_IMAGE_PIXELS = None
    if len(given) > MOST_FILE:
        raise Refused("photo_too_large", "photos", most=MOST_FILE >> 20)
    try:
        with Image.open(BytesIO(given), formats=_FORMATS) as opened:
            _check_size(opened)
            picture = _painted_anew(opened)
    except Refused:
        raise
    except MemoryError:
        raise Refused("photo_too_large", "photos", most=MOST_FILE >> 20) from None
    except Exception as error:  # a decoder fed nonsense fails in many ways, and all of them mean this
        raise Refused("photo_unreadable", "photos") from error
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    data = _written(picture, MOST_BYTES, _QUALITIES)
    thumbnail = _written(small, MOST_THUMBNAIL, _SMALL_QUALITIES)
    return Prepared(data, base64.b64encode(thumbnail).decode(), *picture.size)


def _check_size(opened: "Image") -> None:
    width, height = opened.size
    plain_jpeg = opened.format == "JPEG" and not opened.info.get("progressive")
    if width * height > (MOST_JPEG_PIXELS if plain_jpeg else MOST_PIXELS):
        raise Refused("photo_too_large", "photos", most=MOST_FILE >> 20)
    if min(width, height) < _LEAST_SIDE:
        raise Refused("photo_unreadable", "photos")


def _painted_anew(opened: "Image") -> "Image":
    """Upright, at most `LONGEST`, in plain colours, on white where it was see-through; nothing but pixels."""
    from PIL import Image, ImageOps

    opened.draft("RGB", (LONGEST, LONGEST))  # a JPEG is read at a half, a quarter or an eighth where that is enough
    opened.load()
    picture = ImageOps.exif_transpose(opened)
    if "A" in picture.getbands() or "transparency" in picture.info:
        over = picture.convert("RGBA")
        picture = Image.new("RGB", over.size, "white")
        picture.paste(over, mask=over.getchannel("A"))
    elif picture.mode != "RGB":
        picture = picture.convert("RGB")
    picture.thumbnail((LONGEST, LONGEST), reducing_gap=2.0)
    if min(picture.size) < _LEAST_SIDE:
        raise Refused("photo_unreadable", "photos")
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    return bare


def _written(picture: "Image", most: int, qualities: tuple[int, ...]) -> bytes:
    """The best quality that fits; what fits in none is made smaller."""
    while True:
        for quality in qualities:
            into = BytesIO()
            picture.save(into, "JPEG", quality=quality, optimize=True)
            if into.tell() <= most:
                return into.getvalue()
        picture = picture.resize((max(_LEAST_SIDE, picture.width * 3 // 4), max(_LEAST_SIDE, picture.height * 3 // 4)))
