"""Every command and every field of it: what is wrong is refused by name and changes nothing, what is hostile is kept.

Made from the commands themselves, through `point exec`, at a device of the city, which may write all there is. A
command without an example in `examples.py` fails here, so that nobody forgets one.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.features.inventory.rules import tidy_batch
from app.features.org.writes import commit_id, writes_of
from app.features.people.identity import normal_number
from app.features.registry import load_features
from app.journal.commands import commands, describe
from app.journal.entities import find_entity
from app.journal.tables import draft
from app.store.engine import reading
from app.store.schema import metadata
from tests.proof.city import Laptop, agreed, served_city
from tests.proof.examples import EXAMPLES, Example, World

load_features()

NAMES = [cls.__name__ for cls in commands()]
FIELDS: dict[str, list[dict[str, Any]]] = {cls.__name__: describe(cls) for cls in commands()}
HOSTILE = (
    "<img src=file:///etc/passwd onerror=alert(1)><b>粗</b>",
    "'; DROP TABLE person_row; --\" OR 1=1",
    '=HYPERLINK("http://x","点")+cmd|\'/C calc\'!A0',
    "../../../../etc/passwd\\..\\C:\\CON\u2028\u2029\r\n\t%s%n{0}${x}",
    "\u202eחסוי\u202c \u200f\u061cمرحبا\u200b\ufeff\u0301\u0300",
    "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿☎️🇨🇳",
    "𠮷𪚥𝔘\U0010fffd\ufffe\uffff\x01\x7f\x1b[31m",
    "  léading ﹤script﹥ ｆｕｌｌ and trailing  ",
)
KINDS = ("html", "sql", "formula", "path", "rtl", "emoji", "astral", "blanks")
LONG = "救助𠮷<&>\"'😀=1+1 "
"""Repeated up to the limit of a field, 4 kB and more where it takes so much."""

NAMES_SOMETHING = {
    ("UndoCommit", "commit"), ("UndoCommit", "record"), ("ShowInFull", "fields"), ("DropDraft", "key"),
    ("KeepDraft", "content"),
    *(("SettleDispute", name) for name in ("kind", "id", "group", "bases", "choice", "values")),
    *((name, field) for name in NAMES if name.startswith("Amend") for field in ("bases", "cleared")),
}  # fmt: skip
"""Text fields that say which record or field is meant: their words are not kept."""
TIDIED: dict[str, Callable[[str], str | None]] = {"id_no": normal_number, "batch": tidy_batch}
"""What is compared rather than read is stored in the one form in which it is compared."""


def paths(fields: list[dict[str, Any]], where: str) -> Iterator[str]:
    for described in fields:
        yield f"{where}.{described['name']}"
        yield from paths(described.get("fields", []), f"{where}.{described['name']}")


SIGNS = {path: chr(0x4E00 + i) for i, path in enumerate(path for name in NAMES for path in paths(FIELDS[name], name))}
"""Every field's hostile words end in a sign of their own, so that none is taken for another's."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("city")
    with served_city(f"sqlite:///{folder / 'center.db'}") as city:
        point, neighbour = city.laptop("CITY", folder / "point"), city.laptop("T1", folder / "neighbour")
        with point.session, neighbour.session:
            yield World(city, point, neighbour)


def everything(laptop: Laptop) -> str:
    """A digest of every row of every table."""
    whole = hashlib.sha256()
    with reading(laptop.session.engine) as conn:
        for table in metadata.sorted_tables:
            if sa.inspect(conn).has_table(table.name):
                for row in conn.execute(sa.select(table).order_by(*table.primary_key)):
                    whole.update(repr((table.name, tuple(row))).encode("utf-8", "backslashreplace"))
    return whole.hexdigest()


def wrong(described: dict[str, Any]) -> list[Any]:
    """Values that are none of this type, or beyond what it may hold."""
    kind = described["type"]
    if kind == "text":
        limit = described["limit"]
        return [7, True, ["x"], {"a": "x"}, 1.5, "x\x00y", "\ud800", "字" * (limit + 1), "𠮷" * (limit + 1)]
    if kind == "integer":
        return ["7", True, 1.5, [1], {}, described["least"] - 1, described["most"] + 1, 10**30, float("nan")]
    if kind == "code":
        return ["NO_SUCH_CODE", described["codes"][0].lower(), described["codes"][0] + " ", 1, True, [], {}]
    if kind == "ref":
        return ["0" * 31, "0" * 33, "G" * 32, "A" * 32, "０" * 32, 5, True, ["0" * 32], {}, "' OR 1=1"]
    if kind == "instant":
        return ["yesterday", "2026-13-01", True, 1.5, -1, 253_402_300_800_000_000, [], {}, "9" * 40]
    if kind == "day":
        return ["2026-02-30", "26-1-1", "21/11/2026", 20261121, True, [], {}]
    if kind == "decimal":
        return ["1e5", "-1", "١٢", "1,5", "1" * 10, "0.1234567", 1.5, 1, True, []]
    if kind == "flag":
        return ["true", 1, 0, [], {}]
    if kind == "content":
        return ["0" * 63, "0" * 65, "G" * 64, "A" * 64, "０" * 64, "../" * 21 + "x", 5, True, ["0" * 64], {}]
    if kind == "bytes":
        return [5, True, ["x"], {}, "not base64", "QUFB", "A" * (described["limit"] * 4 // 3 + 8)]
    if kind == "many":
        each = [[value] for value in wrong(described["each"])]
        return ["x", 5, True, {}, *each, [[]], ["0" * 32] * (described["most"] + 1)]
    assert kind == "lines", f"no wrong values are known for {kind}"
    return ["x", 5, True, {}, ["x"], [7], [[]], [{}] * (described["most"] + 1)]


def spoilt(fields: list[dict[str, Any]], example: Example) -> Iterator[tuple[str, Example]]:
    """The example with one thing wrong, and the path that the refusal must name."""
    for described in fields:
        name = described["name"]
        for value in wrong(described):
            index = 0 if described["type"] == "lines" and isinstance(value, list) and len(value) == 1 else None
            yield name if index is None else f"{name}.{index}", example | {name: value}
        if described["required"]:
            yield name, {key: value for key, value in example.items() if key != name}
            yield name, example | {name: None}
            yield name, example | {name: [] if described["type"] in ("lines", "many") else ""}
        if described["type"] == "lines":
            for path, line in spoilt(described["fields"], example[name][0]):
                yield f"{name}.0.{path}", example | {name: [line, *example[name][1:]]}
    yield "no_such_field", example | {"no_such_field": 1}


def test_every_command_has_an_example() -> None:
    assert sorted(EXAMPLES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_refused_by_name_and_changes_nothing(world: World, name: str) -> None:
    example = EXAMPLES[name](world)
    before = everything(world.point)
    cases = list(spoilt(FIELDS[name], example))
    answers = world.point.hear({"command": name, **given} for _, given in cases)
    assert len(answers) == len(cases)
    for (path, given), answer in zip(cases, answers, strict=True):
        told = {key: str(value)[:60] for key, value in given.items()}
        assert not answer["ok"], (path, told)
        assert answer["field"] == path, (path, told, answer)
        assert answer["words"]
    assert everything(world.point) == before
    # Whatever was refused was refused for what was wrong with it: the example itself is taken.
    world.point.do(name, **example)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_optional_may_be_missing_or_empty(world: World, name: str) -> None:
    example = EXAMPLES[name](world)
    left_out = {field["name"]: None for field in FIELDS[name] if field["name"] not in example}
    empty = {field["name"]: "" for field in FIELDS[name] if field["name"] in left_out and field["type"] == "text"}
    assert not [field["name"] for field in FIELDS[name] if field["required"] and field["name"] in left_out]
    world.point.do(name, **example, **{**left_out, **empty})


def words_for(fields: list[dict[str, Any]], text: str | None, command: str, where: str = "") -> dict[str, Any]:
    """Every text field with hostile words of its own, cut to what it takes; `text` is None for the longest."""
    filled: dict[str, Any] = {}
    for described in fields:
        name, many = described["name"], described["type"] == "many"
        kind = described["each"] if many else described
        if kind["type"] != "text" or (command, name) in NAMES_SOMETHING:
            continue
        own, limit = SIGNS[f"{where or command}.{name}"], kind["limit"]
        body = (LONG * (limit // len(LONG) + 1)) if text is None else text
        words = body[: limit - 1] + own
        filled[name] = [words] if many else words
    return filled


def kept(world: World, commit: str) -> list[tuple[str, str, str]]:
    """(kind, field, words) of every text the commit stored, as journal and record both have it."""
    found = []
    id_ = commit_id(commit)
    assert id_ is not None
    with reading(world.point.session.engine) as conn:
        for one in writes_of(conn, [id_]):
            entity = find_entity(one.op.kind)
            assert entity is not None
            row = conn.execute(sa.select(entity.table).where(entity.c.id == one.op.id)).mappings().one()
            for field, value in one.op.values.items():
                if isinstance(value, str):
                    assert row[field] == value, (one.op.kind, field)
                    found.append((one.op.kind, field, value))
            for set_, elements in one.op.elements.items():
                assert set(json.loads(row[set_])) >= set(elements)
                found += [(one.op.kind, set_, element) for element in elements]
            if one.op.name == "add":
                assert one.op.element in json.loads(row[one.op.group])
                found.append((one.op.kind, one.op.group, one.op.element))
            if one.op.reason:
                found.append((one.op.kind, "reason", one.op.reason))
    return found


WORDY = [
    name
    for name in NAMES
    if words_for(FIELDS[name], "x", name)
    or any(words_for(field.get("fields", []), "x", name, f"{name}.{field['name']}") for field in FIELDS[name])
]


@pytest.mark.parametrize("text", [*HOSTILE, None], ids=[*KINDS, "long"])
@pytest.mark.parametrize("name", WORDY)
def test_hostile_words_are_kept_as_typed(world: World, name: str, text: str | None) -> None:
    example = copy.deepcopy(EXAMPLES[name](world))
    given = words_for(FIELDS[name], text, name)
    for field in FIELDS[name]:
        if field["type"] == "lines":
            more = words_for(field["fields"], text, name, f"{name}.{field['name']}")
            example[field["name"]][0] |= more
            given |= {f"{field['name']}.{key}": value for key, value in more.items()}
    example |= {key: value for key, value in given.items() if "." not in key}
    done = world.point.do(name, **example)
    if name == "KeepDraft":
        stored = {row.key for row in world.point.rows(sa.select(draft))}
    else:
        stored = {words for _, _, words in kept(world, done.commit)}
    for path, value in given.items():
        last = path.rpartition(".")[2]
        words = value[0] if isinstance(value, list) else value
        tidied = TIDIED[last](words) if last in TIDIED else words
        assert tidied in stored, (path, words, stored)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_words_where_a_name_is_expected_break_nothing(world: World, name: str) -> None:
    example = EXAMPLES[name](world)
    for field in FIELDS[name]:
        if (name, field["name"]) in NAMES_SOMETHING:
            limit = (field.get("each") or field)["limit"]
            for text in HOSTILE:
                words = [text[:limit]] if field["type"] == "many" else text[:limit]
                answer = world.point.say(name, **example | {field["name"]: words})
                assert answer.get("refused") != "unexpected", (field["name"], text)
                if answer["ok"] and answer["commit"]:
                    assert text[:limit] not in {value for _, _, value in kept(world, answer["commit"])}


def test_everything_that_was_taken_reaches_the_center(world: World) -> None:
    """Last: what every command wrote, hostile words included, is applied by the center as at the point."""
    report = world.point.sync()
    assert report.error == ""
    assert (report.verdicts, world.city.set_aside()) == (0, 0)
    assert agreed(world.city, world.point)


def test_a_draft_keeps_hostile_words(world: World) -> None:
    for text in HOSTILE:
        content = json.dumps({"story": text}, ensure_ascii=False)
        world.point.do("KeepDraft", key="hostile", content=content)
        query = sa.select(draft.c.content).where(draft.c.key == "hostile")
        assert [row.content for row in world.point.rows(query)] == [content]
