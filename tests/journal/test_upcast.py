"""Older formats are read through their steps; parts whose op is gone keep the chain whole."""

import base64

import msgspec
import pytest

from app.journal import ops, upcast
from app.journal.ops import (
    BLANK,
    SCHEMA,
    Malformed,
    OpPart,
    decode_head,
    decode_op,
    encode,
    kept_parts,
    new_parts,
    pack_parts,
    payload_digest,
    unpack_parts,
    without_op,
)

ID, NODE = "1" * 32, "2" * 32


def test_every_format_that_was_shipped_has_its_step() -> None:
    assert set(upcast.STEPS) == set(range(1, SCHEMA))


def test_steps_are_taken_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(word: str) -> upcast.Step:
        return lambda array: [*array[:1], f"{array[1]}{word}", *array[2:]]

    for schema in range(SCHEMA):
        monkeypatch.setitem(upcast.STEPS, schema, step(str(schema)))
    raw = encode(["create", "person", ID, NODE, {"name": "甲"}])
    assert decode_op(raw, "d", "e", 0).kind == "person" + "".join(map(str, range(SCHEMA)))
    assert decode_op(raw, "d", "e", SCHEMA - 1).kind == f"person{SCHEMA - 1}"
    assert decode_head(raw, 0).kind == decode_op(raw, "d", "e", 0).kind
    assert decode_op(raw, "d", "e").kind == decode_head(raw).kind == "person"


@pytest.mark.parametrize("schema", [-1, 0])
def test_a_format_that_never_was_is_malformed(schema: int) -> None:
    raw = encode(["create", "person", ID, NODE, {}])
    for read in (lambda: decode_op(raw, "d", "e", schema), lambda: decode_head(raw, schema)):
        with pytest.raises(Malformed):
            read()


@pytest.mark.parametrize("nonsense", [b"7", b"[]", b'"text"', b"null", b"{}", b"[" * 5000])
def test_nonsense_of_an_older_format_is_malformed(nonsense: bytes) -> None:
    for read in (lambda: decode_op(nonsense, "d", "e", 1), lambda: decode_head(nonsense, 1)):
        with pytest.raises(Malformed):
            read()


def test_a_part_whose_op_is_gone_keeps_its_digest() -> None:
    parts = new_parts([encode(["create", "person", ID, NODE, {"name": f"甲{n}"}]) for n in range(3)])
    whole = payload_digest(parts)
    for gone in range(3):
        left = [without_op(part) if part.at == gone else part for part in parts]
        assert payload_digest(left) == whole
        assert payload_digest([without_op(part) for part in left]) == whole
        assert [part.at for part in kept_parts(pack_parts(left))] == [at for at in range(3) if at != gone]
        again = unpack_parts(pack_parts(left))
        assert (again[gone].is_blank, payload_digest(again)) == (True, whole)
    other = new_parts([encode(["create", "person", ID, NODE, {"name": "乙"}])])
    assert payload_digest([without_op(other[0])]) != payload_digest([without_op(parts[0])])


def test_a_reader_s_part_has_no_digest_to_keep() -> None:
    part = OpPart(4, "", msgspec.Raw(encode(["void", "person", ID, NODE, "错了", []])))
    assert without_op(part) == OpPart(4, "", BLANK)


def test_a_digest_that_is_none_breaks_the_chain_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="base64"):
        ops.op_digest(OpPart(0, "=not base64!", BLANK))
    assert ops.op_digest(OpPart(0, "=" + base64.b64encode(b"x" * 32).decode(), BLANK)) == b"x" * 32
