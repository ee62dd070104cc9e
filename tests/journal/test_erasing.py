"""What stays of an op once it is erased: what holds records together, and no word, whoever's program wrote it."""

import msgspec
import pytest

from app.features.people.tables import person
from app.journal.erasing import left_of, strip, stripped
from app.journal.ops import SCHEMA, CommitId, OpPart, WriteId, new_parts, op_digest, pack_parts, unpack_parts

WHO, OTHER, NODE = "a" * 32, "b" * 32, "c" * 32
NAME = "张三丰"
BASE = '[["' + "d" * 32 + '","e1",1,0]]'
OF_NEWER_PROGRAMS = [
    f'["annotate","person","{WHO}","{NODE}","name",{{"name":"{NAME}"}},[]]',
    f'["annotate","person","{WHO}","{NODE}"]',
    f'["set","person","{WHO}","{NODE}","name",{{"name":"{NAME}"}},{BASE},"{NAME}"]',
    f'["void","person","{WHO}","{NODE}","{NAME}",{BASE},"{NAME}"]',
    f'["rehome","case","{WHO}","{NODE}","{NODE}",{BASE},"{NAME}"]',
    f'["set","annotation","{WHO}","{NODE}","name",{{"name":"{NAME}"}},{BASE}]',
]
NO_OPS = [
    f'["create","person",{{"id":"{WHO}","name":"{NAME}"}},"{NODE}",{{}}]',
    f'{{"id":"{WHO}","name":"{NAME}"}}',
    f'["note",["{WHO}","{OTHER}"],"{NAME}"]',
    f'[["{WHO}"],"{NAME}"]',
]


def part(raw: str) -> OpPart:
    return new_parts([raw.encode()])[0]


@pytest.mark.parametrize("raw", OF_NEWER_PROGRAMS)
def test_no_word_stays_of_what_a_newer_program_wrote_and_the_chain_holds(raw: str) -> None:
    assert person.kind == "person"
    made = part(raw)
    left = strip(made)
    assert NAME.encode() not in bytes(left.raw)
    assert op_digest(left) == op_digest(made)
    assert stripped(made, SCHEMA + 1) == left


@pytest.mark.parametrize("name", ["rehome", "erase"])
def test_what_holds_no_words_stays_as_it_is(name: str) -> None:
    more = f'"{NODE}",{BASE}' if name == "rehome" else BASE
    made = part(f'["{name}","case","{WHO}","{NODE}",{more}]')
    assert strip(made) is made


@pytest.mark.parametrize("raw", [*OF_NEWER_PROGRAMS, *NO_OPS])
def test_of_a_commit_kept_raw_no_word_about_it_stays(raw: str) -> None:
    other = part(f'["set","person","{OTHER}","{NODE}","name",{{"name":"李四"}},[]]')._replace(at=1)
    made = [part(raw), other]
    payload, commit = msgspec.Raw(pack_parts(made)), CommitId("d" * 32, "e1", 7)
    assert left_of(payload, SCHEMA + 1, commit, {"f" * 32: [[]]}) is payload
    assert left_of(payload, SCHEMA + 1, commit, {WHO: [[WriteId(*commit, 1).text()]]}) is payload, "another write"
    whole: list[str] = []
    for named in (whole, [WriteId(*commit, 0).text()]):
        left = unpack_parts(left_of(payload, SCHEMA + 1, commit, {WHO: [named]}))
        assert NAME.encode() not in pack_parts(left)
        assert [op_digest(each) for each in left] == [op_digest(each) for each in made]
        assert left[1] == other


def test_nothing_stays_of_a_commit_that_cannot_be_taken_apart() -> None:
    payload, commit = msgspec.Raw(f'{{"{WHO}":"{NAME}"}}'.encode()), CommitId("d" * 32, "e1", 7)
    assert left_of(payload, SCHEMA, commit, {OTHER: [[]]}) is payload
    assert bytes(left_of(payload, SCHEMA, commit, {WHO: [[]]})) == b"[]"
