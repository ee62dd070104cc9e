"""The words of codes, fields, kinds and refusals, in the user's language.

They stand in `resources/text/<language>/*.toml`, so that features need no Qt and the command line speaks as
the screen does. What has no words in the language is said in Chinese, and what has none there is shown as its
code: a record from a newer device must never keep a page from opening. Words of widgets are not here.
"""

import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from app.base.clock import local
from app.base.paths import resources

LANGUAGES = ("zh_CN", "en")
"""The first is the default and the one every text is looked up in at last."""

_UNKNOWN = "center_refused"
"""Stands for what ended an exchange in a way that this program has no words for."""
_UNFINISHED = "unfinished"
"""Stands for trouble of this computer's own, which is no matter of the center."""


class _Facts(dict[str, object]):
    """The facts of a refusal; one that was not given leaves a gap instead of an error."""

    def __missing__(self, key: str) -> str:
        return "…"


class Texts:
    """Words in one language; files are read when first needed."""

    def __init__(self, language: str = LANGUAGES[0], root: Path | None = None) -> None:
        self.language = language if language in LANGUAGES else LANGUAGES[0]
        self._root = root or resources() / "text"

    def code(self, table: str, code: str) -> str:
        """The words of a code of a table in `app/features/codes.py`."""
        for texts in self._codes:
            found = texts.get(table, {}).get(code)
            if isinstance(found, str):
                return found
        return code

    def field(self, name: str, kind: str | None = None) -> str:
        """The label of a field; `kind` where one is called differently there (a person's name)."""
        return self._find(self._fields, *([f"{kind}.{name}"] if kind else []), name)

    def kind(self, name: str) -> str:
        """What a kind of record is called."""
        return self._find(self._kinds, name)

    def refusal(self, code: str, /, **facts: object) -> str:
        """What to say for a `Refused` or an `Environment`.

        A fact named `..._s` is a number of seconds and is said as a duration; a list holds field names.
        """
        words = self._find(self._refusals, code)
        return words.format_map(_Facts({name: self._fact(name, fact) for name, fact in facts.items()}))

    def kept_refusal(self, code: str) -> str:
        """What to say for a code that was kept without its facts: a gap where one belongs says nothing."""
        known = code if self.knows_refusal(code) else _UNKNOWN
        is_past = any(known in texts.get("past", {}) for texts in self._causes)
        return self.past_cause(known) if is_past and "{" in self._find(self._refusals, known) else self.refusal(known)

    def cause(self, code: str) -> str:
        """What ended an exchange early, in few words. A center that is newer may say no in ways unknown here."""
        return self._cause("short", code)

    def past_cause(self, code: str) -> str:
        """The same at length, of an exchange that is over: it asks for nothing any more."""
        return self._cause("past", code)

    def knows_refusal(self, code: str) -> bool:
        """Whether there are words for the code, so that the one who shows it can choose others."""
        return any(code in texts for texts in self._refusals)

    def day_words(self, instant: int, now: int) -> str:
        """An instant in the field's civil time as people say it: 今天 14:20, 昨天 14:20, 11月21日 14:20.

        One that no calendar holds (from a broken device, as sync takes what it gets) is a dash.
        """
        try:
            then, today = local(instant), local(now)
        except OverflowError:
            return "—"
        away = (then.date() - today.date()).days
        near = {0: "today", -1: "yesterday", 1: "tomorrow"}
        form = near.get(away) or ("this_year" if then.year == today.year else "other_year")
        return self._find(self._times, form).format(
            clock=f"{then:%H:%M}", year=then.year, month=then.month, day=then.day
        )

    def age_words(self, seconds: float) -> str:
        """How long ago: 刚刚, 5 分钟前, 2 小时前, 7 天前. A clock that ran ahead counts as now."""
        minutes = int(seconds // 60)
        days = minutes // 1440
        steps = (
            (days // 365, "years_ago"),
            (days // 30, "months_ago"),
            (days, "days_ago"),
            (minutes // 60, "hours_ago"),
            (minutes, "minutes_ago"),
        )
        for count, form in steps:
            if count > 0:
                return self._find(self._times, form).format(n=count)
        return self._find(self._times, "just_now")

    def duration_words(self, seconds: float) -> str:
        """A length of time, rounded up so that nobody comes back too early: 45 秒, 10 分钟, 2 小时."""
        whole = max(1, -int(-seconds // 1))
        for size, form in ((3600, "hours"), (60, "minutes")):
            if whole >= 2 * size or whole == size:
                return self._find(self._times, form).format(n=-(-whole // size))
        return self._find(self._times, "seconds").format(n=whole)

    def _cause(self, length: str, code: str) -> str:
        otherwise = _UNFINISHED if self.knows_refusal(code) else _UNKNOWN
        return self._find((texts.get(length, {}) for texts in self._causes), code, otherwise)

    def _fact(self, name: str, fact: object) -> object:
        if name.endswith("_s") and isinstance(fact, (int, float)):
            return self.duration_words(fact)
        if isinstance(fact, (list, tuple, set, frozenset)):
            return self._find(self._times, "list_comma").join(self.field(str(each)) for each in fact)
        return fact

    def _find(self, layers: Iterable[dict[str, Any]], *names: str) -> str:
        for texts in layers:
            for name in names:
                found = texts.get(name)
                if isinstance(found, str):
                    return found
        return names[-1]

    def _load(self, file: str) -> tuple[dict[str, Any], ...]:
        """The texts of one file: the user's language first, then the default."""
        layers = []
        for language in dict.fromkeys((self.language, LANGUAGES[0])):
            try:
                layers.append(tomllib.loads((self._root / language / file).read_text(encoding="utf-8")))
            except OSError:
                continue
        return tuple(layers)

    @cached_property
    def _causes(self) -> tuple[dict[str, Any], ...]:
        return self._load("causes.toml")

    @cached_property
    def _codes(self) -> tuple[dict[str, Any], ...]:
        return self._load("codes.toml")

    @cached_property
    def _fields(self) -> tuple[dict[str, Any], ...]:
        return self._load("fields.toml")

    @cached_property
    def _kinds(self) -> tuple[dict[str, Any], ...]:
        return self._load("kinds.toml")

    @cached_property
    def _refusals(self) -> tuple[dict[str, Any], ...]:
        return self._load("refusals.toml")

    @cached_property
    def _times(self) -> tuple[dict[str, Any], ...]:
        return self._load("time.toml")
