"""Invented words and numbers: names of places and people, and numbers that cannot belong to anybody.

Division codes begin with 69, a province that was never assigned; mobile numbers with 154 and area codes with 096, which
no network uses.
"""

from datetime import date
from random import Random

DIVISION = "6901"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

CITY = "澜汀市"
DISTRICTS = (
    *("漪澜区", "望汀区", "柏屏区", "云岫区", "芷泊区", "棠圩区", "鹭埠区", "松溆区"),
    *("荷渚区", "竹坞区", "桑泓区", "梧塬区", "榆磴县", "荻浦县", "藜堰县"),
)
_FIRST = "青白柳桑竹芦沙荷枫杏梨榆石鹤云松"
_SECOND = "篱埠坞矶浦溆塬圩磴泓坂堰"
_THIRD = ("", "桥", "湾", "岗", "店")
_TRADES = (
    *(
        "油坊",
        "磨坊",
        "染坊",
        "醋坊",
        "糖坊",
        "豆坊",
        "窑头",
        "书铺",
        "灯笼",
        "竹器",
        "钟楼",
        "米市",
        "花市",
        "渡口",
        "驿亭",
    ),
    *(
        "水井",
        "石桥",
        "木桥",
        "牌楼",
        "戏台",
        "茶亭",
        "碾子",
        "筐篮",
        "皮匠",
        "铁匠",
        "银匠",
        "船坞",
        "瓦窑",
        "酒铺",
        "药铺",
    ),
    *("盐仓", "布市", "马厩", "鼓楼", "桑园", "梨园", "枣园", "菜园", "芦荡", "荷塘", "鱼市", "柴市", "篾匠", "箍桶"),
)
_QUARTERS = ("社区", "巷社区", "里社区", "湾社区", "井社区")
_STREETS = ("北街", "南街", "东街", "西街", "新路", "老街", "河沿", "后巷", "中路", "环路")

SURNAMES = {
    "沈": "shen", "陆": "lu", "顾": "gu", "庄": "zhuang", "葛": "ge", "邵": "shao", "殷": "yin", "柯": "ke",
    "梅": "mei", "柳": "liu", "卞": "bian", "秦": "qin", "苗": "miao", "汤": "tang", "卢": "lu", "闵": "min",
    "冯": "feng", "聂": "nie", "施": "shi", "尤": "you", "俞": "yu", "金": "jin", "花": "hua", "方": "fang",
    "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "赵": "zhao", "周": "zhou",
}  # fmt: skip
_GIVEN = {
    "守": "shou", "砚": "yan", "茂": "mao", "禾": "he", "济": "ji", "川": "chuan", "岚": "lan", "穗": "sui",
    "荷": "he", "素": "su", "云": "yun", "渡": "du", "舟": "zhou", "松": "song", "泉": "quan", "棠": "tang",
    "敏": "min", "淑": "shu", "庆": "qing", "来": "lai", "根": "gen", "友": "you", "桂": "gui", "兰": "lan",
    "福": "fu", "喜": "xi", "明": "ming", "远": "yuan", "秋": "qiu", "月": "yue", "长": "chang", "贵": "gui",
}  # fmt: skip


def towns(rng: Random, count: int) -> list[str]:
    """Names of streets' and towns' areas, without 街道 or 镇."""
    found: list[str] = []
    for third in _THIRD:
        names = [first + second + third for first in _FIRST for second in _SECOND]
        found += rng.sample(names, len(names))
    return found[:count]


def communities(rng: Random, count: int) -> list[str]:
    """Names of communities; the plain ones come first and are used up first."""
    found: list[str] = []
    for quarter in _QUARTERS:
        found += rng.sample([trade + quarter for trade in _TRADES], len(_TRADES))
    found += [f"{trade}第{number}社区" for number in range(1, 1 + count // len(_TRADES)) for trade in _TRADES]
    return found[:count]


def street(rng: Random) -> str:
    """A street and a house number."""
    return f"{rng.choice(_FIRST)}{rng.choice(_SECOND)}{rng.choice(_STREETS)}{rng.randint(1, 320)}号"


def person_name(rng: Random) -> tuple[str, str]:
    """A name, and how it is typed in pinyin."""
    family = rng.choice(list(SURNAMES))
    given = rng.sample(list(_GIVEN), rng.choice((1, 2, 2, 2)))
    return family + "".join(given), SURNAMES[family] + "".join(_GIVEN[one] for one in given)


def identity_number(rng: Random, born: date, gender: str) -> str:
    """An 18-digit number with a right check digit, of a region that does not exist."""
    odd = 1 if gender == "MALE" else 0
    serial = rng.randint(0, 49) * 20 + rng.randint(0, 9) * 2 + odd
    body = f"{DIVISION}{rng.randint(2, 10):02}{born:%Y%m%d}{serial:03}"
    return body + _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def mobile(rng: Random) -> str:
    return f"154{rng.randint(0, 99_999_999):08}"


def landline(rng: Random) -> str:
    return f"0960-{rng.randint(2_000_000, 8_999_999)}"
