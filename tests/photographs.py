"""Pictures as cameras make them, with the notes they leave in a file; made here, of nobody."""

import base64
import random
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from app.features.photos.commands import KeepPhoto
from app.features.photos.preparing import Prepared, prepare

CAMERA = "SecretCam 9000"
PLACE = (34.0, 47.0, 12.75)
"""Degrees, minutes and seconds north, as a phone would note them."""


def photograph(seed: int = 1, size: tuple[int, int] = (2400, 1800), *, turned: bool = False) -> bytes:
    """A JPEG of shapes on a wall with some grain, with EXIF, GPS and a comment."""
    chance = random.Random(seed)
    picture = Image.effect_noise(size, 20).convert("RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        draw.ellipse((x, y, x + chance.randrange(20, 400), y + chance.randrange(20, 400)), fill=colour)
    exif = Image.Exif()
    exif[0x010F] = CAMERA  # make
    exif[0x9286] = "somebody's own words"  # user comment
    if turned:
        exif[0x0112] = 6  # to be turned a quarter to the right
    exif.get_ifd(0x8825).update({1: "N", 2: PLACE, 3: "E", 4: (114.0, 21.0, 9.5)})
    into = BytesIO()
    picture.save(into, "JPEG", quality=88, exif=exif, comment=b"made by SecretCam")
    return into.getvalue()


@cache
def prepared(seed: int = 1, size: tuple[int, int] = (1200, 900)) -> Prepared:
    return prepare(photograph(seed, size))


def keep_photo(seed: int = 1) -> KeepPhoto:
    """The command that a screen gives when somebody adds a photo."""
    made = prepared(seed)
    return KeepPhoto(photo=made.data, thumbnail=base64.b64decode(made.thumbnail))
