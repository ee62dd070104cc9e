"""The code tables and their words are one: complete in both languages, in the words of the field."""

import re
import tomllib

import pytest

from app.base.paths import resources
from app.base.texts import LANGUAGES, Texts
from app.features import codes
from app.features.codes import TABLES, Codes
from app.features.registry import load_features
from app.journal.entities import entities


def words(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((resources() / "text" / language / "codes.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words_and_every_word_a_code(language: str) -> None:
    assert {name: tuple(table) for name, table in words(language).items()} == {
        name: table.codes for name, table in TABLES.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_short_and_not_the_code(language: str) -> None:
    for name, table in words(language).items():
        limit = 120 if name.endswith("_WARNING") else 45
        for code, text in table.items():
            assert text.strip() == text != "", (name, code)
            assert len(text) <= limit, (name, code)
            if len(code) > 2:
                assert text != code, (name, code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_choices_of_a_table_read_alike(language: str) -> None:
    shared_in_english = {"UNIT"}
    for name, table in words(language).items():
        if language == "en" and name in shared_in_english:
            continue
        assert len(set(table.values())) == len(table), name


def test_no_latin_letters_in_chinese_words() -> None:
    for name, table in words("zh_CN").items():
        for code, text in table.items():
            assert not re.search(r"[A-Za-z!！]", text), (name, code)


def test_english_words_are_english() -> None:
    for name, table in words("en").items():
        for code, text in table.items():
            assert not re.search(r"[\u3000-\u9fff\uff00-\uffef!]", text), (name, code)


def test_every_table_is_a_constant_of_its_name() -> None:
    assert {name for name, value in vars(codes).items() if isinstance(value, Codes)} == set(TABLES)
    for name, table in TABLES.items():
        assert getattr(codes, name) is table
        assert table.name == name


def test_codes_are_stable_identifiers_that_fit_their_column() -> None:
    for table in TABLES.values():
        assert len(set(table.codes)) == len(table) > 0
        for code in table:
            assert re.fullmatch(r"[A-Z][A-Z0-9_]{0,31}", code), (table.name, code)


def test_national_codes_go_out_on_exchange() -> None:
    assert dict(codes.GENDER.exchange) == {"MALE": "1", "FEMALE": "2", "UNKNOWN": "0", "UNSTATED": "9"}
    assert codes.ID_DOC_TYPE.exchange["RIC"] == "111"
    assert codes.ID_DOC_TYPE.exchange["OTHER"] == "990"
    assert "REFUSED" not in codes.ID_DOC_TYPE.exchange
    assert [codes.ETHNIC.exchange[code] for code in codes.ETHNIC][:56] == [f"{n:02}" for n in range(1, 57)]


def test_order_is_the_order_on_screen_and_the_unknown_come_last() -> None:
    assert codes.CASE_STAGE.codes == ("ASK", "RELIEVE", "ASSESS", "LINK", "RESOLVE")
    assert codes.URGENCY.place("RED") == 0
    assert codes.URGENCY.place("FROM_A_NEWER_DEVICE") == len(codes.URGENCY)
    assert "RED" in codes.URGENCY
    assert "PINK" not in codes.URGENCY


def test_a_known_few_of_the_field() -> None:
    chinese, english = Texts("zh_CN"), Texts("en")
    assert chinese.code("DISPOSITION", "REFUSED_GOODS") == "拒绝入站已发物资"
    assert english.code("GENDER", "MALE") == "Male"
    assert chinese.code("IDENTITY_STATUS", "UNKNOWN") == "无名氏"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_record_and_each_of_its_fields_has_words(language: str) -> None:
    load_features()
    texts = Texts(language)
    folder = resources() / "text" / language
    kinds = tomllib.loads((folder / "kinds.toml").read_text(encoding="utf-8"))
    labels = tomllib.loads((folder / "fields.toml").read_text(encoding="utf-8"))
    declared = list(entities())
    assert declared
    wordless = [each.kind for each in declared if each.kind not in kinds]
    for each in declared:
        for name in (*each.fields(), *each.sets):
            if name not in labels and f"{each.kind}.{name}" not in labels:
                wordless.append(f"{each.kind}.{name}")
            assert texts.field(name, each.kind).strip()
    assert wordless == []
