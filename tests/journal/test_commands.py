"""Commands are checked field by field, and a refusal names the field."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from app.base.errors import Refused
from app.journal.act import Act
from app.journal.commands import Command, Line, checked, describe, from_json, handles
from app.journal.fields import Day, Flag, Instant, Integer, Many, Ref, Text
from tests.apart import apart


@dataclass(frozen=True, kw_only=True)
class TryLine(Line):
    count: Annotated[int, Integer(1, 9)]


@dataclass(frozen=True, kw_only=True)
class TryEverything(Command):
    name: Annotated[str, Text(5)]
    person: Annotated[str | None, Ref("person")] = None
    at: Annotated[int | None, Instant()] = None
    day: Annotated[str | None, Day()] = None
    sure: Annotated[bool | None, Flag()] = None
    tags: Annotated[tuple[str, ...], Many(Text(3), 2)] = ()
    lines: tuple[TryLine, ...] = ()


@handles(TryEverything)
def try_everything(act: Act, command: TryEverything) -> None:
    raise AssertionError("only its fields are tried here")


apart(TryEverything)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "missing", "name"),
        ({"name": ""}, "missing", "name"),
        ({"name": None}, "missing", "name"),
        ({"name": 5}, "wrong_type", "name"),
        ({"name": "一二三四五六"}, "too_long", "name"),
        ({"name": "a\x00"}, "no_null_character", "name"),
        ({"name": "\ud800"}, "wrong_type", "name"),
        ({"name": "甲", "other": 1}, "unknown_field", "other"),
        ({"name": "甲", "person": "X" * 32}, "unknown_record", "person"),
        ({"name": "甲", "at": "gestern"}, "bad_time", "at"),
        ({"name": "甲", "at": True}, "wrong_type", "at"),
        ({"name": "甲", "at": -1}, "bad_time", "at"),
        ({"name": "甲", "day": "2026-02-30"}, "bad_date", "day"),
        ({"name": "甲", "sure": 1}, "wrong_type", "sure"),
        ({"name": "甲", "tags": "abc"}, "wrong_type", "tags"),
        ({"name": "甲", "tags": ["a", "b", "c"]}, "too_many", "tags"),
        ({"name": "甲", "lines": [{"count": 10}]}, "out_of_range", "lines.0.count"),
        ({"name": "甲", "lines": [{"count": 1}, 7]}, "wrong_type", "lines.1"),
        ({"name": "甲", "lines": {"count": 1}}, "wrong_type", "lines"),
    ],
)
def test_a_refusal_names_the_field(given: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        from_json("TryEverything", given)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_values_come_as_they_are_stored() -> None:
    command = from_json(
        "TryEverything",
        {"name": "<b>甲", "at": "2026-11-21T14:20", "tags": ["a", "a"], "lines": [{"count": 3}]},
    )
    assert command == TryEverything(name="<b>甲", at=1_795_242_000_000_000, tags=("a",), lines=(TryLine(count=3),))
    assert checked(command) == command


def test_an_unknown_command_is_refused() -> None:
    for name in ("NoSuch", None, 5):
        with pytest.raises(Refused, match="unknown_command"):
            from_json(name, {})


def test_the_listing_names_every_field() -> None:
    listed = describe(TryEverything)
    assert [entry["name"] for entry in listed] == ["name", "person", "at", "day", "sure", "tags", "lines"]
    assert listed[0] == {"name": "name", "required": True, "type": "text", "limit": 5}
    assert listed[-1]["fields"] == [{"name": "count", "required": True, "type": "integer", "least": 1, "most": 9}]
