"""Words: complete, alike in both languages, in the words of the field, and never a crash."""

import ast
import importlib
import re
import string
import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from app.base.clock import CHINA, DAY, HOUR, MINUTE, instant_of
from app.base.paths import program_root, resources
from app.base.texts import LANGUAGES, Texts
from app.store import trouble
from app.sync.http import WARY_AFTER
from app.sync.loop import FOR_PEOPLE
from app.sync.reports import CANCELLED
from app.sync.unpacking import MENDED

FILES = sorted(file.name for file in (resources() / "text" / "zh_CN").glob("*.toml"))
BANNED = ("乞丐", "盲流", "收容", "遣送", "劝离", "痴呆傻", "beggar", "vagrant")


def flat(language: str, file: str) -> dict[str, str]:
    read = tomllib.loads((resources() / "text" / language / file).read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for key, value in read.items():
        pairs = value.items() if isinstance(value, dict) else [(None, value)]
        found.update({key if inner is None else f"{key}/{inner}": text for inner, text in pairs})
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_files() -> None:
    assert len(FILES) >= 5
    for language in LANGUAGES:
        assert sorted(file.name for file in (resources() / "text" / language).glob("*.toml")) == FILES


@pytest.mark.parametrize("file", FILES)
def test_both_languages_have_the_same_texts_and_placeholders(file: str) -> None:
    chinese, english = flat("zh_CN", file), flat("en", file)
    assert list(chinese) == list(english)
    for key, text in chinese.items():
        assert placeholders(text) == placeholders(english[key]), key


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_banned_word_no_shouting_nothing_empty(language: str, file: str) -> None:
    for key, text in flat(language, file).items():
        assert text.strip(), key
        assert not re.search("[!！]", text), key
        assert not [word for word in BANNED if word in text.lower()], key


@pytest.mark.parametrize("file", FILES)
def test_no_latin_letters_in_chinese(file: str) -> None:
    for key, text in flat("zh_CN", file).items():
        bare = re.sub(r"\{\w+\}", "", text)
        assert not re.search("[A-Za-z]", bare), key


def test_refusals_are_whole_sentences() -> None:
    for language, stop in (("zh_CN", "。"), ("en", ".")):
        for key, text in flat(language, "refusals.toml").items():
            assert text.endswith(stop), (language, key)


ERRORS = ("Refused", "Environment", "Declined")
ELSEWHERE = {
    ("app/cli/sample/folder.py", "report.error"),
    ("app/cli/simulate/line.py", "declined.code"),
    ("app/features/cases/rules.py", "necessity.rule"),
    ("app/store/trouble.py", "name"),
    ("app/sync/bytes.py", "code"),
    ("app/sync/http.py", "code"),
    ("app/sync/http.py", "problem.code"),
}
"""Where a code is raised that came from elsewhere: another error's, the center's, or a table's of `CODES_OF`."""
FOR_MACHINES = {"bad_request", "bad_signature", "busy", "mismatch", "not_referenced", "offset"}
"""What the center says to the program, which says "center_refused" or "center_busy", or mends it by itself."""


def raised(folder: Path) -> list[tuple[str, str, set[str] | None]]:
    """Where, code and facts of each error of ours that the sources make; None: any facts."""
    found: list[tuple[str, str, set[str] | None]] = []
    for source in sorted(folder.rglob("*.py")):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        place = str(source.relative_to(folder.parent))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                has_status = isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, int)
                given = node.args[1] if has_status else node.args[0]
                names = {keyword.arg for keyword in node.keywords}
                facts = None if None in names else {name for name in names if name is not None}
                codes = codes_of(given, tree)
                assert codes or (place, ast.unparse(given)) in ELSEWHERE, f"{place}:{node.lineno}"
                found += [(f"{place}:{node.lineno}", code, facts) for code in codes]
    return found


def codes_of(given: ast.expr, tree: ast.Module) -> set[str]:
    """The codes that an expression may stand for, as far as its own module says."""
    if isinstance(given, ast.Constant):
        return {given.value} if isinstance(given.value, str) else set()
    if isinstance(given, ast.IfExp):
        return codes_of(given.body, tree) | codes_of(given.orelse, tree)
    if isinstance(given, ast.Subscript):
        return codes_of(given.value, tree)
    if isinstance(given, ast.Dict):
        return {code for value in given.values for code in codes_of(value, tree)}
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Name):
        makers = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == given.func.id]
        gives = [n.value for maker in makers for n in ast.walk(maker) if isinstance(n, ast.Return) and n.value]
        return {code for value in gives for code in codes_of(value, tree)} - {""}
    if not isinstance(given, ast.Name):
        return set()
    assigned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and is_of(node, given.id)]
    imported = next((n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and imports(n, given.id)), None)
    if imported is not None and imported.module is not None:
        return {getattr(importlib.import_module(imported.module), given.id)}
    return {code for value in assigned for code in codes_of(value, tree)}


def is_of(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def imports(node: ast.ImportFrom, name: str) -> bool:
    return any(alias.name == name for alias in node.names)


def test_every_refusal_the_program_raises_has_words_and_the_facts_they_need() -> None:
    texts = flat("zh_CN", "refusals.toml")
    calls = [call for call in raised(program_root() / "app") if call[1] not in FOR_MACHINES]
    assert calls
    assert [(where, code) for where, code, _ in calls if code not in texts] == []
    gaps = [
        (where, code, placeholders(texts[code]) - facts)
        for where, code, facts in calls
        if facts is not None and placeholders(texts[code]) - facts
    ]
    assert gaps == []


def test_what_databases_and_lines_run_into_has_words() -> None:
    texts = flat("zh_CN", "refusals.toml")
    codes = {*trouble._SQLITE.values(), *trouble._POSTGRES.values(), trouble.AWAY}
    assert codes - set(texts) == set()


def test_what_ended_an_exchange_is_said_in_few_words_and_at_length_without_asking_for_anything() -> None:
    short, past = (
        {key.partition("/")[2]: text for key, text in flat("zh_CN", "causes.toml").items() if key.startswith(length)}
        for length in ("short", "past")
    )
    assert list(short) == list(past)
    assert set(short) - set(flat("zh_CN", "refusals.toml")) == {"unfinished"}
    assert set(short) >= FOR_PEOPLE | WARY_AFTER | {CANCELLED, MENDED, "center_busy", "intercepted", "line_broken"}
    assert max(map(len, short.values())) <= 10
    assert max(len(short[code]) for code in FOR_PEOPLE if code != "revoked") <= 8  # the pill says more beside it
    assert not [text for text in past.values() if "请" in text or not text.endswith("。")]


def test_what_was_kept_without_its_facts_is_said_without_a_gap() -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        codes = [key.partition("/")[2] for key in flat(language, "causes.toml")]
        assert not [code for code in codes if "…" in texts.kept_refusal(code)]
        assert texts.kept_refusal("portal") == texts.refusal("portal")
        assert texts.kept_refusal("newer_refusal") == texts.refusal("center_refused")
        assert texts.cause("newer_refusal") == texts.cause("center_refused")
        assert texts.cause("database_damaged") == texts.cause("unfinished"), "the center had no part in it"


def test_refusals_say_their_facts() -> None:
    texts = Texts("zh_CN")
    assert texts.refusal("too_long", limit=40) == "最多 40 个字，请缩短后再保存。"
    assert texts.refusal("too_many_tries", wait_s=30) == "试的次数太多，请等 30 秒再试。"
    assert texts.refusal("too_many_tries", wait_s=600) == "试的次数太多，请等 10 分钟再试。"
    assert texts.refusal("seven_facts_missing", fields=("age_est", "features")).startswith("还缺：约岁数、体貌特征。")
    assert "2 h" in Texts("en").refusal("center_busy", wait_s=7200)


def test_a_missing_fact_or_a_brace_in_one_is_no_crash() -> None:
    texts = Texts("zh_CN")
    assert texts.refusal("too_long") == "最多 … 个字，请缩短后再保存。"
    assert "{limit}" in texts.refusal("too_long", limit="{limit}")


def test_what_has_no_words_is_shown_as_its_code() -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        assert texts.code("GENDER", "NEWER") == "NEWER"
        assert texts.code("NEWER_TABLE", "X") == "X"
        assert texts.field("newer_field") == "newer_field"
        assert texts.kind("newer_kind") == "newer_kind"
        assert texts.refusal("newer_refusal", limit=3) == "newer_refusal"
        assert not texts.knows_refusal("newer_refusal")
        assert texts.knows_refusal("too_long")


def test_what_is_missing_in_english_is_said_in_chinese(tmp_path: Path) -> None:
    for language, text in (("zh_CN", 'a = "甲"\nb = "乙"\n'), ("en", 'a = "first"\n')):
        (tmp_path / language).mkdir()
        (tmp_path / language / "kinds.toml").write_text(text, encoding="utf-8")
    texts = Texts("en", tmp_path)
    assert (texts.kind("a"), texts.kind("b"), texts.kind("c")) == ("first", "乙", "c")
    assert texts.field("no_file_at_all") == "no_file_at_all"


def test_an_unknown_language_is_chinese() -> None:
    assert Texts("fr").language == "zh_CN"
    assert Texts("../../secrets").kind("person") == "人员"


def test_a_field_may_be_called_differently_by_kind() -> None:
    texts = Texts("zh_CN")
    assert texts.field("name", "person") == "姓名"
    assert texts.field("name", "item") == "物资名称"
    assert texts.field("name", "campaign") == "名称"
    assert texts.field("age_est") == "约岁数"


def test_every_kind_has_words() -> None:
    kinds = """
    node staff device campaign notice partner place item item_level person person_link clue case encounter
    referral follow_up incident bulletin sighting lot lot_state stock_in kit movement hand_out count
    count_line transfer transfer_line patrol visit answer conflict flag reminder draft audit_entry
    """
    assert set(re.findall(r"\w+", kinds)) <= set(flat("zh_CN", "kinds.toml"))


def moment(year: int, month: int, day: int, hour: int, minute: int) -> int:
    return instant_of(datetime(year, month, day, hour, minute, tzinfo=CHINA))


NOW = moment(2026, 11, 22, 0, 30)


@pytest.mark.parametrize(
    ("then", "chinese", "english"),
    [
        (moment(2026, 11, 22, 0, 5), "今天 00:05", "Today 00:05"),
        (moment(2026, 11, 21, 23, 59), "昨天 23:59", "Yesterday 23:59"),
        (moment(2026, 11, 23, 8, 0), "明天 08:00", "Tomorrow 08:00"),
        (moment(2026, 11, 20, 14, 20), "11月20日 14:20", "11-20 14:20"),
        (moment(2025, 1, 2, 9, 7), "2025年1月2日 09:07", "2025-01-02 09:07"),
    ],
)
def test_days_are_said_as_people_say_them(then: int, chinese: str, english: str) -> None:
    assert Texts("zh_CN").day_words(then, NOW) == chinese
    assert Texts("en").day_words(then, NOW) == english


def test_the_day_is_the_day_of_the_field_not_of_the_pc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert Texts("zh_CN").day_words(NOW, NOW + 2 * HOUR) == "今天 00:30"


@pytest.mark.parametrize("instant", [10**18, -(10**18), 253_402_300_799_999_999])
def test_an_instant_beyond_the_calendar_is_no_crash(instant: int) -> None:
    assert Texts("zh_CN").day_words(instant, NOW) == "—"


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (-5 * MINUTE, "刚刚"),
        (59_000_000, "刚刚"),
        (MINUTE, "1 分钟前"),
        (59 * MINUTE, "59 分钟前"),
        (2 * HOUR, "2 小时前"),
        (23 * HOUR + 59 * MINUTE, "23 小时前"),
        (7 * DAY, "7 天前"),
        (65 * DAY, "2 个月前"),
        (800 * DAY, "2 年前"),
    ],
)
def test_ages(age: int, words: str) -> None:
    assert Texts("zh_CN").age_words(age / 1_000_000) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 秒"),
        (0.2, "1 秒"),
        (45, "45 秒"),
        (60, "1 分钟"),
        (90, "90 秒"),
        (121, "3 分钟"),
        (7200, "2 小时"),
    ],
)
def test_durations_round_up(seconds: float, words: str) -> None:
    assert Texts("zh_CN").duration_words(seconds) == words
