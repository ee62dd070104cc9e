"""Initials and the typing of them."""

import pytest
from pypinyin import Style, lazy_pinyin

from app.desktop.forms.initials import initials, matches
from app.desktop.forms.typing import PAUSE_S, Typing, digits
from tests.desktop import invented

WORDS = (*invented.SEEN, *invented.NEEDS, *invented.OUTCOMES, *invented.PLACES, "饿", "嗯", "囗腔", "鄂州", "馕")


@pytest.mark.parametrize("word", WORDS)
def test_initials_agree_with_the_dictionary(word: str) -> None:
    read = lazy_pinyin(word, style=Style.FIRST_LETTER, errors="ignore")
    assert initials(word) == "".join(read)


def test_what_is_typed_finds() -> None:
    assert matches("ys", "饮水")
    assert matches("水", "饮水")
    assert matches("s", "饮水")
    assert not matches("sy", "饮水")


def test_equal_initials_get_digits() -> None:
    assert digits(["食品", "饮水", "饰品"]) == ["1", "", "2"]


def keys(typing: Typing, typed: str, pause: float = 0.1) -> list[int]:
    meant = []
    for number, character in enumerate(typed):
        meant += typing.key(character, 100 + number * pause)
    return meant


def test_whole_initials_take_at_once() -> None:
    typing = Typing(["食品", "饮水", "衣物", "住处"])
    assert keys(typing, "ys") == [1]
    assert keys(typing, "zcyw") == [3, 2]
    assert typing.typed == ""


def test_the_digit_decides() -> None:
    typing = Typing(["食品", "饮水", "饰品"])
    assert keys(typing, "sp") == []
    assert keys(typing, "2") == [2]
    assert keys(typing, "sp1") == [0]


def test_a_shorter_word_waits_for_the_longer() -> None:
    typing = Typing(["男", "难民"])
    assert keys(typing, "nm") == [1]
    assert keys(typing, "n") == []
    assert typing.pause() == [0]
    assert keys(typing, "nn") == [0]


def test_a_pause_ends_what_was_begun() -> None:
    typing = Typing(["饮水", "衣物"])
    assert keys(typing, "yys", pause=PAUSE_S * 2) == []
    assert keys(typing, "qys") == [0]
    assert typing.pause() == []
