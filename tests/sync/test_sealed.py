"""The sealed file: its receiver alone reads it, and whatever is wrong with it is refused, quickly and in small room."""

import io
import random
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from app.base.errors import Refused
from app.store.sealing import new_pair
from app.sync.sealed import MAGIC, MOST_FRAME, Opened, Sealing, Way, beginning_of, receiver_mark

SEND = Ed25519PrivateKey.generate()
PRIVATE, PUBLIC = new_pair()
FRAMES = [b"opening", "登记：张三，13800000000".encode(), bytes(range(256))]
CODES = {
    "carried_unreadable",
    "carried_bad_signature",
    "carried_other_center",
    "carried_for_point",
    "file_is_newer",
}
SLOWEST_S = 1.0


def made(frames: list[bytes] = FRAMES, way: Way = Way.TO_CENTER, to: bytes = PUBLIC) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file, way, to, SEND)
    for frame in frames:
        sealing.add(frame)
    sealing.finish()
    assert sealing.size == len(file.getvalue())
    return file.getvalue()


def read(content: bytes, key: Ed25519PrivateKey = SEND, private: bytes = PRIVATE) -> list[bytes]:
    opened = Opened(io.BytesIO(content), Way.TO_CENTER, private)
    opened.first(MOST_FRAME)
    opened.check(key.public_key())
    return list(opened.frames())


def refused(content: bytes) -> str:
    """The code with which a file is refused, which must come at once."""
    began = time.perf_counter()
    with pytest.raises(Refused) as found:
        read(content)
    assert time.perf_counter() - began < SLOWEST_S
    assert found.value.field == "file"
    assert found.value.code in CODES
    return found.value.code


def test_a_file_comes_out_as_it_went_in_and_tells_nobody_else() -> None:
    file = made()
    assert read(file) == FRAMES
    for frame in FRAMES:
        assert frame not in file
    assert SEND.public_key().public_bytes_raw() not in file
    assert PUBLIC not in file


def test_the_first_frame_is_read_alone() -> None:
    opened = Opened(io.BytesIO(made()), Way.TO_CENTER, PRIVATE)
    assert opened.first(16) == b"opening"
    with pytest.raises(Refused, match="carried_unreadable"):
        opened.first(6)


def test_each_end_is_told_what_is_wrong() -> None:
    _, stranger = new_pair()
    assert refused(made(to=stranger)) == "carried_other_center"
    assert refused(made(way=Way.TO_POINT)) == "carried_for_point"
    other = Ed25519PrivateKey.generate()
    with pytest.raises(Refused, match="carried_bad_signature"):
        read(made(), other)
    with pytest.raises(Refused, match="carried_for_center"):
        Opened(io.BytesIO(made()), Way.TO_POINT, PRIVATE)
    with pytest.raises(Refused, match="carried_other_point"):
        Opened(io.BytesIO(made(way=Way.TO_POINT, to=stranger)), Way.TO_POINT, PRIVATE)
    file = bytearray(made())
    file[len(MAGIC)] = 9
    assert refused(bytes(file)) == "file_is_newer"


def test_whose_a_file_is_can_be_seen_without_its_key() -> None:
    assert beginning_of(io.BytesIO(made())) == (Way.TO_CENTER, receiver_mark(PUBLIC))
    assert beginning_of(io.BytesIO(b"")) is None
    assert beginning_of(io.BytesIO(b"%PDF-1.7" + bytes(100))) is None


def test_a_file_cut_anywhere_is_refused() -> None:
    file = made()
    assert {refused(file[:size]) for size in range(len(file))} == {"carried_unreadable"}


def test_a_file_with_more_behind_its_end_is_refused() -> None:
    assert refused(made() + b"\0") == "carried_unreadable"


def test_a_byte_changed_anywhere_is_noticed(sized: Callable[[int, int], int]) -> None:
    file = made()
    for mask in (1, 255)[: sized(1, 2)]:
        for at in range(len(file)):
            changed = bytearray(file)
            changed[at] ^= mask
            assert refused(bytes(changed)) != "carried_bad_signature"


def test_a_file_changed_at_random_is_refused(sized: Callable[[int, int], int]) -> None:
    file, chance = made(), random.Random(3)
    for _ in range(sized(2_000, 400_000)):
        changed = bytearray(file)
        for _ in range(chance.randrange(1, 5)):
            at, size = chance.randrange(len(changed)), chance.randrange(1, 40)
            piece = chance.randbytes(chance.randrange(40)) if chance.random() < 0.5 else bytes(changed[at : at + size])
            if chance.random() < 0.5:
                changed[at : at + size] = piece
            else:
                changed[at:at] = piece
        if changed != file:
            refused(bytes(changed))


def test_frames_left_out_moved_or_repeated_are_noticed() -> None:
    file, start = made(), len(made([])) - (4 + 16 + 64)
    pieces, at = [], start
    for frame in FRAMES:
        pieces.append(file[at : at + 4 + len(frame) + 16])
        at += len(pieces[-1])
    end = file[at:]
    orders: tuple[list[int], ...] = ([0, 1], [0, 2, 1], [0, 1, 1, 2], [0, 1, 2, 2], [])
    for order in orders:
        assert refused(file[:start] + b"".join(pieces[place] for place in order) + end) == "carried_unreadable"
    # The end of one file behind the frames of another.
    assert refused(file[:at] + made()[at:]) == "carried_unreadable"


def test_a_sender_without_the_key_cannot_sign_for_another() -> None:
    """Whoever can seal to the center can make a file, but not one that another device has signed."""
    file = io.BytesIO()
    sealing = Sealing(file, Way.TO_CENTER, PUBLIC, Ed25519PrivateKey.generate())
    sealing.add(FRAMES[0])
    sealing.finish()
    assert refused(file.getvalue()) == "carried_bad_signature"


@pytest.mark.parametrize("length", [0, 16, MOST_FRAME + 17, (1 << 31) - 1, (1 << 31) + 81, (1 << 32) - 1])
def test_no_length_is_believed(length: int) -> None:
    file, start = made(), len(made([])) - (4 + 16 + 64)
    changed = file[:start] + struct.pack(">I", length) + file[start + 4 :]
    tracemalloc.start()
    try:
        assert refused(changed) == "carried_unreadable"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_large_file_is_held_in_pieces() -> None:
    file = io.BytesIO(made([b"opening", *[bytes([n]) * (1 << 20) for n in range(64)]]))
    tracemalloc.start()
    try:
        opened = Opened(file, Way.TO_CENTER, PRIVATE)
        opened.check(SEND.public_key())
        assert sum(len(frame) for frame in opened.frames()) == len(b"opening") + (64 << 20)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_frames_have_a_size() -> None:
    sealing = Sealing(io.BytesIO(), Way.TO_CENTER, PUBLIC, SEND)
    for content in (b"", bytes(MOST_FRAME + 1)):
        with pytest.raises(ValueError, match="a frame of"):
            sealing.add(content)


@given(st.binary(max_size=2_000))
@example(b"")
@example(MAGIC)
def test_nonsense_is_refused(content: bytes) -> None:
    refused(content)


@given(st.data())
def test_nonsense_behind_a_true_beginning_is_refused(data: st.DataObject) -> None:
    file = made()
    kept = data.draw(st.integers(0, len(file) - 1))
    rest = data.draw(st.binary(max_size=300).filter(lambda rest: rest != file[kept:]))
    refused(file[:kept] + rest)
