"""How Chinese words are read, in plain letters, for search and for keys.

A name is indexed under every likely reading, because whoever hears 单 may type shan or dan. Readings carry no tones
and no spaces; ü is written v, and yu as passports have it. `pypinyin` is loaded at the first call only.
"""

import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from typing import Any

MOST_READINGS = 16
"""A name gives at most so many readings; the likely ones come first."""

_VARIED_CHARACTERS = 4
_READINGS_OF_ONE = 3

SURNAMES = {
    "乐": "yue le", "乜": "nie", "仇": "qiu", "任": "ren", "会": "gui", "佴": "nai", "冼": "xian", "区": "ou",
    "华": "hua", "单": "shan", "卜": "bu", "召": "shao", "句": "gou", "员": "yun", "哈": "ha", "宁": "ning",
    "宓": "mi fu", "宿": "su", "尉": "wei", "应": "ying", "折": "she", "晟": "cheng", "曲": "qu", "曾": "zeng",
    "朴": "piao", "查": "zha", "柏": "bai bo", "桓": "huan", "洗": "xian", "燕": "yan", "牟": "mu mou",
    "盖": "ge gai", "相": "xiang", "祭": "zhai", "种": "chong", "秘": "bi", "繁": "po", "纪": "ji",
    "缪": "miao", "翟": "zhai di", "能": "nai", "葛": "ge", "薄": "bo", "覃": "qin tan", "解": "xie",
    "谌": "chen shen", "谷": "gu", "贲": "ben", "贾": "jia", "车": "che", "过": "guo", "逄": "pang",
    "那": "na", "郇": "xun huan", "郗": "xi chi", "都": "du", "重": "chong", "阚": "kan", "隗": "wei kui",
    "强": "qiang", "黑": "he", "么": "yao", "晁": "chao", "俞": "yu", "撒": "sa", "沈": "shen", "厍": "she",
}  # fmt: skip
"""Surnames that are read otherwise than the character alone, the usual reading first."""

COMPOUND_SURNAMES = {
    "万俟": "mo qi", "尉迟": "yu chi", "单于": "chan yu", "长孙": "zhang sun", "令狐": "ling hu",
    "澹台": "tan tai", "皇甫": "huang fu", "鲜于": "xian yu", "闾丘": "lv qiu", "亓官": "qi guan",
    "夏侯": "xia hou", "呼延": "hu yan", "欧阳": "ou yang", "上官": "shang guan", "诸葛": "zhu ge",
    "东方": "dong fang", "独孤": "du gu", "慕容": "mu rong", "宇文": "yu wen", "司马": "si ma",
    "司徒": "si tu", "司空": "si kong", "公孙": "gong sun", "赫连": "he lian", "南宫": "nan gong",
    "西门": "xi men", "百里": "bai li", "端木": "duan mu", "轩辕": "xuan yuan", "太史": "tai shi",
    "申屠": "shen tu", "钟离": "zhong li", "濮阳": "pu yang", "淳于": "chun yu", "公羊": "gong yang",
    "宗政": "zong zheng", "公冶": "gong ye", "太叔": "tai shu", "东郭": "dong guo", "微生": "wei sheng",
}  # fmt: skip
"""Surnames of two characters."""


def readings(name: str) -> list[str]:
    """Every likely reading of a person's name, each once, the likeliest first: 单洁 → shanjie, danjie, …"""
    return _joined(name, lambda syllable: syllable)


def name_initials(name: str) -> list[str]:
    """The initials of every likely reading of a person's name: 曾洁 → zj, cj."""
    return _joined(name, lambda syllable: syllable[:1] if syllable.isalpha() else syllable)


def initials(text: str) -> str:
    """The initials of ordinary words, as chips and menus are picked by: 未见异常 → wjyc, 120急救 → 120jj."""
    return "".join(syllable[:1] if _is_han(unit) else unit for unit, syllable in _read_words(text))


def full(text: str) -> str:
    """The one likeliest reading of ordinary words, such as an item or a place: 饮用水 → yinyongshui."""
    return "".join(syllable for _, syllable in _read_words(text))


def surname_length(name: str) -> int:
    """How many characters of a Chinese name are its surname; 0 for an empty name."""
    return 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else min(1, len(name))


def _joined(name: str, part: Callable[[str], str]) -> list[str]:
    units = _units(name)
    found: dict[str, None] = {}
    for choices in _name_choices(units):
        ranked = sorted(
            product(*(enumerate(choice) for choice in choices)), key=lambda way: sum(place for place, _ in way)
        )
        for way in ranked:
            for text in _spellings([syllable for _, syllable in way], part):
                found.setdefault(text)
            if len(found) >= MOST_READINGS:
                break
    found.pop("", None)
    return list(found)[:MOST_READINGS]


def _name_choices(units: list[str]) -> Iterable[list[list[str]]]:
    """The readings of each unit of a name; once per way to divide it into surname and given name."""
    if not units:
        return
    varied = len(units) <= _VARIED_CHARACTERS
    given = [_choices(unit, varied) for unit in units]
    compound = COMPOUND_SURNAMES.get("".join(units[:2]))
    if compound is not None:
        yield [[syllable] for syllable in compound.split()] + given[2:]
    surname = SURNAMES.get(units[0], "").split()
    yield [list(dict.fromkeys([*surname, *given[0]])), *given[1:]]


def _choices(unit: str, varied: bool) -> list[str]:
    if not _is_han(unit):
        return [unit]
    every = _pypinyin().pinyin(unit, style=_pypinyin().Style.NORMAL, heteronym=True)[0]
    return list(dict.fromkeys(every))[: _READINGS_OF_ONE if varied else 1]


def _spellings(syllables: list[str], part: Callable[[str], str]) -> Iterable[str]:
    yield "".join(part(syllable) for syllable in syllables)
    if any("v" in syllable for syllable in syllables):
        yield "".join(part(syllable.replace("v", "yu")) for syllable in syllables)


def _read_words(text: str) -> Iterable[tuple[str, str]]:
    """Each unit of a text with its reading; a word's own reading wins over its characters' (重复: chong)."""
    units = _units(text)
    run: list[str] = []
    for unit in [*units, ""]:
        if unit and _is_han(unit):
            run.append(unit)
            continue
        if run:
            read = _pypinyin().lazy_pinyin("".join(run), style=_pypinyin().Style.NORMAL)
            yield from zip(run, read, strict=True)
            run = []
        if unit:
            yield unit, unit


def _units(text: str) -> list[str]:
    """Chinese characters one by one, other letters and digits in runs; marks and spaces fall away."""
    units: list[str] = []
    joins = False
    for character in unicodedata.normalize("NFKC", text).lower():
        if not character.isalnum():
            joins = False
        elif _is_han(character):
            units.append(character)
            joins = False
        elif joins:
            units[-1] += character
        else:
            units.append(character)
            joins = True
    return units


def _is_han(unit: str) -> bool:
    return len(unit) == 1 and ("\u3400" <= unit <= "\u9fff" or unit == "〇" or "\U00020000" <= unit <= "\U000323af")


@cache
def _pypinyin() -> Any:
    import pypinyin  # 0.1 s and 20 MB that a start does not need

    return pypinyin
