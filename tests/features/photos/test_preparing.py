"""What is kept of a file: an upright small picture and its thumbnail, without a word of the camera's."""

import base64
import random
import struct
import threading
import time
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from app.base.errors import Refused
from app.features.photos.bare import size_of_bare
from app.features.photos.preparing import (
    LONGEST,
    MOST_BYTES,
    MOST_FILE,
    MOST_THUMBNAIL,
    THUMBNAIL,
    prepare,
)
from tests.photographs import CAMERA, photograph


def test_a_photo_is_kept_small_and_its_thumbnail_smaller() -> None:
    made = prepare(photograph(size=(4000, 3000)))
    small = base64.b64decode(made.thumbnail)
    assert (made.width, made.height) == (LONGEST, LONGEST * 3 // 4)
    assert len(made.data) <= MOST_BYTES
    assert len(small) <= MOST_THUMBNAIL
    with Image.open(BytesIO(made.data)) as kept, Image.open(BytesIO(small)) as thumbnail:
        assert kept.size == (made.width, made.height)
        assert max(thumbnail.size) == THUMBNAIL


def test_nothing_the_camera_noted_is_kept() -> None:
    given = photograph()
    assert CAMERA.encode() in given
    with Image.open(BytesIO(given)) as picture:
        assert picture.getexif().get_ifd(0x8825)
    made = prepare(given)
    for kept in (made.data, base64.b64decode(made.thumbnail)):
        for noted in (CAMERA.encode(), b"Exif", b"SecretCam", b"somebody", b"ICC_PROFILE", b"http"):
            assert noted not in kept
        with Image.open(BytesIO(kept)) as picture:
            assert not picture.getexif()
            assert picture.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_what_lay_on_its_side_stands_upright() -> None:
    made = prepare(photograph(size=(800, 400), turned=True))
    assert (made.width, made.height) == (400, 800)


def test_a_small_picture_is_not_made_larger() -> None:
    made = prepare(photograph(size=(64, 48)))
    assert (made.width, made.height) == (64, 48)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "LA", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_becomes_a_plain_one(mode: str) -> None:
    into = BytesIO()
    Image.new(mode, (40, 30)).save(into, "TIFF" if mode == "CMYK" else "PNG")
    made = prepare(into.getvalue())
    assert size_of_bare(made.data, "photo", LONGEST).width == 40


def test_what_is_see_through_becomes_white() -> None:
    into = BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(into, "PNG")
    with Image.open(BytesIO(prepare(into.getvalue()).data)) as picture:
        assert picture.getpixel((20, 15)) == (255, 255, 255)


def noise(size: int) -> bytes:
    """The worst to make small: every pixel by chance."""
    into = BytesIO()
    Image.effect_noise((size, size), 100).convert("RGB").save(into, "PNG")
    return into.getvalue()


def test_what_hardly_gets_smaller_fits_all_the_same() -> None:
    made = prepare(noise(1600))
    assert len(made.data) <= MOST_BYTES
    assert len(base64.b64decode(made.thumbnail)) <= MOST_THUMBNAIL


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that say they are a huge picture."""

    def piece(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", pixels) + piece(b"IEND", b"")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"", "photo_unreadable"),
        (b"%PDF-1.7 nothing to see", "photo_unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_unreadable"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 5000, "photo_unreadable"),
        (b"GIF89a" + b"\xff" * 300, "photo_unreadable"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "photo_unreadable"),
        (png_claiming(60_000, 60_000), "photo_too_large"),
        (png_claiming(2_000_000_000, 2), "photo_too_large"),
        (png_claiming(100, 100)[:60], "photo_unreadable"),
        (png_claiming(4, 4), "photo_unreadable"),
        (bytes(MOST_FILE + 1), "photo_too_large"),
    ],
    ids=["empty", "pdf", "svg", "zeros", "gif", "eps", "bomb", "strip", "cut", "dot", "file"],
)
def test_what_is_no_photo_is_refused_in_words(given: bytes, code: str) -> None:
    began = time.process_time()
    with pytest.raises(Refused) as refused:
        prepare(given)
    assert (refused.value.code, refused.value.field) == (code, "photos")
    assert time.process_time() - began < 1


def test_a_file_cut_anywhere_is_refused_or_read_and_never_breaks() -> None:
    given = photograph(size=(640, 480))
    for end in range(0, len(given) - 2, max(1, len(given) // 60)):
        with pytest.raises(Refused) as refused:
            prepare(given[:end])
        assert refused.value.code == "photo_unreadable"


def test_files_spoilt_by_chance_never_break(sized: Callable[[int, int], int]) -> None:
    chance, given, codes = random.Random(7), photograph(size=(320, 240)), set()
    for _ in range(sized(150, 20_000)):
        spoilt = bytearray(given)
        for _ in range(chance.randrange(1, 20)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        try:
            made = prepare(bytes(spoilt))
        except Refused as refused:
            codes.add(refused.code)
        else:
            size_of_bare(made.data, "photo", LONGEST)
    assert codes <= {"photo_unreadable", "photo_too_large"}


def test_two_at_once_do_not_mix() -> None:
    files = [photograph(seed, (500, 400)) for seed in range(4)]
    wanted = {seed: prepare(file).data for seed, file in enumerate(files)}
    found: dict[int, bytes] = {}
    threads = [threading.Thread(target=lambda s=s: found.update({s: prepare(files[s]).data})) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == wanted


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + data[2:]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: with_segment(data, 0xE1, b"Exif\x00\x00II*\x00"),
        lambda data: with_segment(data, 0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x/>"),
        lambda data: with_segment(data, 0xFE, b"a comment"),
        lambda data: with_segment(data, 0xE2, b"ICC_PROFILE\x00\x01\x01"),
        lambda data: with_segment(data, 0xED, b"Photoshop 3.0\x00"),
        lambda data: with_segment(data, 0xE0, b"JFXX\x00\x10" + b"thumbnail"),
        lambda data: data + b"PK\x03\x04 hidden behind",
        lambda data: data[:-2],
        lambda data: data[: len(data) // 2],
        lambda _data: photograph(size=(300, 200)),
        lambda _data: b"",
        lambda _data: b"\xff\xd8\xff\xd9",
        lambda _data: noise(20),
    ],
)
def test_the_door_to_the_records_lets_in_bare_pictures_only(spoil: Callable[[bytes], bytes]) -> None:
    data = prepare(photograph(size=(300, 200))).data
    size_of_bare(data, "photo", LONGEST)
    with pytest.raises(Refused) as refused:
        size_of_bare(spoil(data), "photo", LONGEST)
    assert refused.value.code == "photo_not_prepared"


def test_a_bare_picture_that_is_too_large_stays_outside() -> None:
    data = prepare(photograph(size=(300, 200))).data
    with pytest.raises(Refused):
        size_of_bare(data, "photo", 299)
