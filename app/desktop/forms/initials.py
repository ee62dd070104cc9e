"""Pinyin initials of the words on chips and choices: 现场救助 is xcjz.

The common 3,755 characters of GB 2312 stand in the order of their pinyin, which gives their initials without the
third of a second that loading a dictionary takes. It is loaded for rarer characters only.
"""

from functools import lru_cache

_FIRSTS = (
    ("a", 0xB0A1), ("b", 0xB0C5), ("c", 0xB2C1), ("d", 0xB4EE), ("e", 0xB6EA), ("f", 0xB7A2), ("g", 0xB8C1),
    ("h", 0xB9FE), ("j", 0xBBF7), ("k", 0xBFA6), ("l", 0xC0AC), ("m", 0xC2E8), ("n", 0xC4C3), ("o", 0xC5B6),
    ("p", 0xC5BE), ("q", 0xC6DA), ("r", 0xC8BB), ("s", 0xC8F6), ("t", 0xCBFA), ("w", 0xCDDA), ("x", 0xCEF4),
    ("y", 0xD1B9), ("z", 0xD4D1),
)  # fmt: skip
_END = 0xD7FA

READ_OTHERWISE = {"银行": "yh", "重复": "cf", "重庆": "cq", "长者": "zz", "家长": "jz", "调解": "tj"}
"""Words whose characters are read otherwise than alone."""


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """Lower-case letters and digits; what has no sound falls out."""
    for word, read in READ_OTHERWISE.items():
        text = text.replace(word, read)
    return "".join(_initial(character) for character in text)


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    try:
        place = int.from_bytes(character.encode("gb2312"))
    except UnicodeEncodeError:
        return _looked_up(character)
    if _FIRSTS[0][1] <= place < _END:
        return next(letter for letter, first in reversed(_FIRSTS) if first <= place)
    return _looked_up(character) if place >= _END else ""


def _looked_up(character: str) -> str:
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
    return found[0][0] if found else ""


def matches(wanted: str, text: str) -> bool:
    """Whether what is typed finds the text: by its characters, or by its initials from any place on."""
    wanted = wanted.strip().casefold()
    return wanted in text.casefold() or (wanted.isascii() and wanted in initials(text))
