"""What was typed survives; what was saved is not offered again."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.journal.act import Act, Actor
from app.journal.commands import Command, handles
from app.journal.drafts import DropDraft, Finishing, KeepDraft, drafts
from app.journal.fields import Text
from app.journal.here import found, standing
from app.journal.runner import Runner
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from tests.apart import apart
from tests.journal.model_entities import MODEL_ENTITIES

ACTOR = Actor("a" * 32, "SPECIALIST", "b" * 32)


@dataclass(frozen=True, kw_only=True)
class WriteDown(Command):
    text: Annotated[str, Text(20)]


@handles(WriteDown)
def write_down(act: Act, command: WriteDown) -> None:
    if command.text == "不行":
        raise Refused("missing", "text")
    act.create(MODEL_ENTITIES["note"].kind, {"text": command.text})


apart(WriteDown)


@pytest.fixture
def runner() -> Runner:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        found(conn, device="d" * 32, letter="A", node="b" * 32, city="c" * 32)
    return Runner(engine, lambda: 1_790_000_000_000_000)


def kept(engine: sa.Engine) -> list[tuple[str, object]]:
    with reading(engine) as conn:
        return [(draft.key, draft.content) for draft in drafts(conn)]


def test_the_last_draft_of_a_form_is_kept_and_is_no_commit(runner: Runner) -> None:
    runner.do(KeepDraft(key="entry", content='{"name":"张"}'), ACTOR)
    outcome = runner.do(KeepDraft(key="entry", content='{"name":"张三"}'), ACTOR)
    assert outcome.commit == ""
    assert kept(runner.engine) == [("entry", {"name": "张三"})]
    with reading(runner.engine) as conn:
        assert standing(conn).n == 0


def test_a_save_drops_its_draft_with_it_and_a_refusal_keeps_it(runner: Runner) -> None:
    runner.do(KeepDraft(key="entry", content='{"text":"不行"}'), ACTOR)
    with pytest.raises(Refused):
        runner.do(Finishing(WriteDown(text="不行"), "entry"), ACTOR)
    assert kept(runner.engine) == [("entry", {"text": "不行"})]
    runner.do(Finishing(WriteDown(text="行"), "entry"), ACTOR)
    assert kept(runner.engine) == []
    with reading(runner.engine) as conn:
        assert standing(conn).n == 1


def test_a_draft_can_be_dropped_and_must_be_an_object(runner: Runner) -> None:
    runner.do(KeepDraft(key="a%", content="{}"), ACTOR)
    runner.do(KeepDraft(key="ab", content="{}"), ACTOR)
    with reading(runner.engine) as conn:
        assert [draft.key for draft in drafts(conn, "a%")] == ["a%"]
    runner.do(DropDraft(key="a%"), ACTOR)
    assert [key for key, _ in kept(runner.engine)] == ["ab"]
    for wrong in ("[]", "{", "5", "[" * 100_000):
        with pytest.raises(Refused, match="wrong_type"):
            runner.do(KeepDraft(key="ab", content=wrong), ACTOR)
