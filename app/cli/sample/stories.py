"""Why people come to an aid point, as kinds of story: what is seen, what is asked, how it may end.

Words and outcomes after the cases of the city reports in `domain.md` section 1, all persons invented.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """One kind. `ends`: DISPOSITION and how often; `close_types`: by disposition, how the case may be closed."""

    weight: int
    ages: tuple[int, int]
    reasons: tuple[str, ...]
    needs: tuple[str, ...]
    places: tuple[str, ...]
    words: tuple[str, ...]
    features: tuple[str, ...]
    ends: tuple[tuple[str, int], ...]
    groups: tuple[str, ...] = ()
    health: tuple[str, ...] = ("OK",)
    identity: str = "CLAIMED"
    """KNOWN, CLAIMED or UNKNOWN."""
    returns: float = 0.1
    """How likely the same person is met again."""


STORIES: tuple[Story, ...] = (
    Story(
        20, (22, 58), ("NO_JOB",), ("FOOD", "JOB", "REST"), ("LABOR_MARKET", "POINT", "STATION"),
        ("来城里找活干，三天没有找到，身上的钱用完了。", "工地停工，工头联系不上，想歇一晚再去劳务市场。"),
        ("背蓝色双肩包，手上有老茧", "个子不高，穿迷彩服，带一个编织袋"),
        (("ON_SITE_AID", 6), ("CONSULT_ONLY", 2), ("ESCORT_STATION", 2)), ("JOBLESS",), identity="KNOWN",
    ),
    Story(
        14, (19, 66), ("STOLEN",), ("FOOD", "WATER", "CONTACT_KIN", "GO_HOME"), ("STATION", "POINT", "MALL"),
        ("在车站打盹，手机和钱包被偷，联系不上家里。", "钱包手机都丢了，只剩一张身份证，想回老家。"),
        ("戴眼镜，穿灰色夹克", "拖一个黑色拉杆箱"),
        (("STATION_PICKUP", 5), ("ESCORT_STATION", 3), ("ON_SITE_AID", 2)), identity="KNOWN",
    ),
    Story(
        16, (38, 71), ("WANDERING",), ("FOOD", "CLOTHES", "BEDDING"), ("BRIDGE", "UNDERPASS", "ATM", "PARK"),
        ("夜间露宿，反复劝说不愿意进站，说习惯一个人。", "在桥洞住了一段时间，靠捡废品生活，只肯收下吃的。"),
        ("头发长，穿深色旧棉衣，带两个蛇皮袋", "胡子花白，推一辆装废品的小车"),
        (("REFUSED_ALL", 3), ("REFUSED_GOODS", 2), ("PERSUADED_LATER", 3), ("ON_SITE_AID", 3), ("ESCORT_STATION", 1)),
        ("REPEAT",), ("OK", "WEAK"), returns=0.75,
    ),
    Story(
        9, (68, 88), ("LOST_WAY",), ("CONTACT_KIN", "REST", "WATER"), ("ROADSIDE", "MARKET", "RESIDENTIAL"),
        ("老人说不清住址，只记得家附近有一座桥，衣服口袋里有一张写着号码的纸条。", "出门买菜走远了，记不清回去的路。"),
        ("拄竹拐杖，穿藏青色对襟外套", "满头白发，提一个布袋"),
        (("KIN_PICKUP", 5), ("POLICE", 4)), ("ELDERLY", "DEMENTIA_SUSP", "LOST"), ("DISORIENTED",),
    ),
    Story(
        5, (9, 17), ("FAMILY_CONFLICT",), ("FOOD", "CONTACT_KIN"), ("STATION", "NIGHT_MARKET", "MALL"),
        ("和家里吵架后一个人坐车出来，两天没有吃好。", "独自在车站过夜，不肯说家里电话。"),
        ("穿校服，背书包", "短发，穿白色运动鞋"),
        (("POLICE", 5), ("MINOR_CENTER", 5)), ("MINOR",),
    ),
    Story(
        6, (30, 62), ("OTHER",), ("MEDICAL", "REST"), ("ROADSIDE", "NIGHT_MARKET"),
        ("醉倒在路边，叫得醒但站不稳。", "酒后坐在花坛边发抖，说不清住处。"),
        ("满身酒气，穿黑色羽绒服", "左手戴一块旧手表"),
        (("TREAT_FIRST", 4), ("POLICE", 3), ("ON_SITE_AID", 3)), (), ("DRUNK",),
    ),
    Story(
        6, (25, 70), ("ILLNESS",), ("MEDICAL", "WATER"), ("ROADSIDE", "POINT", "HOSPITAL"),
        ("脚上有伤口，走路一瘸一拐，没有钱看病。", "发烧两天，咳嗽，在诊所外面坐着。"),
        ("右脚缠着布条", "脸色发白，穿单薄外衣"),
        (("TREAT_FIRST", 6), ("ESCORT_STATION", 2)), ("INJURED",), ("WOUND", "FEVER", "COUGH"),
    ),
    Story(
        8, (23, 55), ("WAGE_DISPUTE",), ("LEGAL", "CONSULT", "FOOD"), ("POINT", "SITE"),
        ("干了两个月没有拿到工钱，想知道去哪里反映。", "几个工友一起来问讨薪的事，没有路费。"),
        ("穿反光背心", "戴黄色安全帽"),
        (("REFER_OTHER", 6), ("CONSULT_ONLY", 4)), ("JOBLESS",), identity="KNOWN",
    ),
    Story(
        7, (28, 60), ("UNKNOWN",), ("FOOD", "CLOTHES", "TRACE"), ("ROADSIDE", "OVERPASS", "MARKET"),
        ("自言自语，问话答不上来，身上没有证件。", "在天桥下来回走，不知道自己叫什么。"),
        ("光脚，穿一件很大的红色棉袄", "头发打结，脖子上有一道旧疤", "左眉有痣，抱着一个铁盒"),
        (("ESCORT_STATION", 5), ("POLICE", 4)), ("MENTAL_SUSP",), ("DISORIENTED", "WEAK"), "UNKNOWN",
    ),
    Story(
        4, (24, 46), ("DV",), ("SHELTER", "LEGAL", "REST"), ("POINT",),
        ("带着随身衣物来求助，不愿意透露住处，希望先有个安全的地方。",),
        ("穿米色外套，手臂有淤青",),
        (("REFER_OTHER", 5), ("POLICE", 3)), ("DV_VICTIM",), ("WOUND",), identity="KNOWN",
    ),
    Story(
        8, (20, 50), ("CHEATED",), ("CONSULT", "GO_HOME", "FOOD"), ("STATION", "POINT"),
        ("被网上招工骗到外地，交了押金后对方失联。", "介绍的工作是假的，车费也没有了。"),
        ("带一个大纸箱", "穿格子衬衫"),
        (("ESCORT_STATION", 4), ("ON_SITE_AID", 3), ("REFER_OTHER", 2)), ("DECEIVED",), identity="KNOWN",
    ),
    Story(
        9, (21, 73), ("STRANDED",), ("GO_HOME", "REST", "CHARGE_PHONE"), ("STATION", "POINT"),
        ("误了末班车，下一班要等到明天，附近没有熟人。", "路费不够买票，想在点上坐一晚。"),
        ("拎一袋土特产", "抱着一床卷起来的被子"),
        (("ON_SITE_AID", 6), ("CONSULT_ONLY", 3), ("STATION_PICKUP", 2)),
    ),
)  # fmt: skip

CLOSED_AS = {
    "ON_SITE_AID": "NEED_MET",
    "CONSULT_ONLY": "NEED_MET",
    "ESCORT_STATION": "TO_STATION",
    "STATION_PICKUP": "TO_STATION",
    "TREAT_FIRST": "TO_HOSPITAL",
    "POLICE": "TO_POLICE",
    "MINOR_CENTER": "TO_MINOR_CENTER",
    "REFER_OTHER": "OTHER_DEPT",
    "KIN_PICKUP": "KIN_TOOK",
}
"""CLOSE_TYPE after a disposition that ends a case; the others stay open."""

REFUSALS = ("LIVES_OUT", "WORK_NEARBY", "DISTRUST", "FREEDOM", "BELONGINGS", "HAS_PLAN", "NO_REPLY")

GIVEN = {
    "ALL": (("WATER01", 2), ("FOOD01", 2), ("FOOD03", 2), ("FOOD04", 3), ("HYG01", 1), ("SHOE03", 1)),
    "WINTER": (("CLOW01", 1), ("CLOW02", 1), ("BED01", 1), ("BED03", 1), ("SHOE02", 1), ("FOOD08", 1)),
    "SPRING_AUTUMN": (("CLOS03", 1), ("BED03", 1), ("SHOE01", 1)),
    "SUMMER": (("CLOS01", 1), ("CLOS02", 1), ("HEAT01", 1), ("BED04", 1), ("SHOE04", 1)),
}
"""What is given by season: item code and how many at most."""
