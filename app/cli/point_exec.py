"""`point exec`: one JSON command a line in, one answer a line out, each written after its commit is durable.

Whatever a line holds, an answer comes and the next line is read.
"""

import inspect
import json
import logging
from collections.abc import Iterator
from typing import Any, BinaryIO

from app.base.crashes import describe as describe_crash
from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.commands import Command, commands, describe, from_json
from app.journal.runner import Runner

MOST_LINE = 8 * 1024 * 1024
"""Bytes of one line at most."""
log = logging.getLogger(__name__)


def listing() -> str:
    """Every command with its fields and types: a list in JSON, one command a line."""
    load_features()
    listed = [{"command": cls.__name__, "about": _about(cls), "fields": describe(cls)} for cls in commands()]
    return "[\n" + ",\n".join(json.dumps(each, ensure_ascii=False) for each in listed) + "\n]"


def _about(cls: type[Command]) -> str:
    """What the command's author says of it; a dataclass without words shows its own signature instead."""
    words = inspect.cleandoc(cls.__doc__ or "")
    return "" if words.startswith(f"{cls.__name__}(") else words


def serve(runner: Runner, actor: Actor, source: BinaryIO, answers: BinaryIO) -> int:
    """Carry out commands until the lines end or nobody reads the answers any more."""
    texts = Texts()
    for line in _lines(source):
        answer = _answer(runner, actor, line, texts)
        try:
            answers.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
            answers.flush()
        except BrokenPipeError:
            return 0
    return 0


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Lines with something in them; None for one that is too long, which is read past."""
    while line := source.readline(MOST_LINE):
        if len(line) < MOST_LINE or line.endswith(b"\n"):
            if line.strip():
                yield line
            continue
        while rest := source.readline(MOST_LINE):
            if rest.endswith(b"\n"):
                break
        yield None


def _answer(runner: Runner, actor: Actor, line: bytes | None, texts: Texts) -> dict[str, Any]:
    try:
        fields = _fields(line)
        command = from_json(fields.pop("command", None), fields)
        outcome = runner.do(command, actor)
    except Refused as refused:
        return _no(texts, refused.code, refused.facts, refused.field)
    except Environment as trouble:
        return {**_no(texts, trouble.code, trouble.facts), "environment": True}
    except Exception as error:  # a bug must not take the lines after it along
        log.error("a command failed: %s", describe_crash(error))
        return {**_no(texts, "unexpected", {}), "error": type(error).__name__}
    changes = {kind: sorted(ids) for kind, ids in sorted(outcome.changes.ids.items())}
    return {"ok": True, "commit": outcome.commit, "changes": changes, "made": [list(pair) for pair in outcome.made]}


def _fields(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise Refused("bad_json")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    if not isinstance(fields, dict):
        raise Refused("bad_json")
    return fields


def _no(texts: Texts, code: str, facts: dict[str, Any], field: str | None = None) -> dict[str, Any]:
    told = {name: fact for name, fact in facts.items() if isinstance(fact, (str, int, float, bool, list, tuple))}
    words = texts.refusal(code, **facts)
    return {"ok": False, "refused": code, "field": field, "words": words, "facts": told}
