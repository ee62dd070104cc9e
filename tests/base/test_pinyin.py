"""Readings of names and words: what people type must find what was written."""

import subprocess
import sys

import pytest

from app.base.pinyin import COMPOUND_SURNAMES, MOST_READINGS, SURNAMES, full, initials, name_initials, readings


@pytest.mark.parametrize(
    ("name", "likeliest"),
    [
        ("张三", "zhangsan"),
        ("单洁", "shanjie"),
        ("曾小贤", "zengxiaoxian"),
        ("仇和", "qiuhe"),
        ("区少坤", "oushaokun"),
        ("查良镛", "zhaliangyong"),
        ("解缙", "xiejin"),
        ("任正非", "renzhengfei"),
        ("朴槿惠", "piaojinhui"),
        ("乐嘉", "yuejia"),
        ("尉迟恭", "yuchigong"),
        ("单于飞", "chanyufei"),
        ("万俟卨", "moqixie"),
        ("长孙无忌", "zhangsunwuji"),
        ("欧阳修", "ouyangxiu"),
        ("阿依古丽·买买提", "ayigulimaimaiti"),
        ("John Smith", "johnsmith"),
    ],
)
def test_the_likeliest_reading_comes_first(name: str, likeliest: str) -> None:
    assert readings(name)[0] == likeliest


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("单洁", {"danjie"}),
        ("乐嘉", {"lejia"}),
        ("曾小贤", {"cengxiaoxian"}),
        ("单于飞", {"shanyufei", "danyufei"}),
        ("覃重", {"qinzhong", "tanzhong", "qinchong"}),
        ("吕布", {"lvbu", "lyubu"}),
    ],
)
def test_other_readings_are_found_too(name: str, others: set[str]) -> None:
    assert others <= set(readings(name))


@pytest.mark.parametrize("name", ["单行", "尉迟重乐", "覃重", "秦始皇帝陵兵马俑", "重" * 50, "解单曾仇"])
def test_readings_are_few_plain_and_each_once(name: str) -> None:
    found = readings(name)
    assert 1 <= len(found) <= MOST_READINGS
    assert len(set(found)) == len(found)
    assert all(reading.isascii() and reading.isalpha() and reading.islower() for reading in found)


def test_marks_spaces_and_width_do_not_matter() -> None:
    assert readings("张 三") == readings("张三")
    assert readings("ＬＩ Tom") == ["litom"]
    assert readings("") == readings(" ·-。") == []


def test_every_surname_of_the_tables_is_read_as_the_table_says() -> None:
    for surname, said in SURNAMES.items():
        assert readings(surname + "一")[0].startswith(said.split()[0]), surname
    for surname, said in COMPOUND_SURNAMES.items():
        assert len(surname) == len(said.split()) == 2
        assert readings(surname + "一")[0].startswith(said.replace(" ", "")), surname


def test_initials_of_names_follow_their_readings() -> None:
    assert name_initials("曾洁")[0] == "zj"
    assert {"sj", "dj"} <= set(name_initials("单洁"))
    assert name_initials("") == []


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("未见异常", "wjyc"),
        ("意识不清", "ysbq"),
        ("重复流浪", "cfll"),
        ("12345热线", "12345rx"),
        ("120急救", "120jj"),
        ("拒绝, 已发物资", "jjyfwz"),
        ("", ""),
    ],
)
def test_initials_of_words_pick_chips(text: str, letters: str) -> None:
    assert initials(text) == letters


def test_words_are_read_as_words() -> None:
    assert full("饮用水") == "yinyongshui"
    assert full("重庆") == "chongqing"
    assert full("银行") == "yinhang"


def test_pypinyin_is_not_loaded_by_the_import_alone() -> None:
    code = "import sys, app.base.pinyin; sys.exit('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
