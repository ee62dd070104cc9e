"""How a point stands, in words for who asks at the command line: what waits, what came of the last rounds, and why.

Not here: the same as JSON (`point.py`), and the desktop's page (`app.desktop.syncing`).
"""

from collections.abc import Iterator

from app.base.texts import Texts
from app.sync.carrying import OnItsWay
from app.sync.reports import OK
from app.sync.status import PastRound, Standing, Status
from app.sync.unpacking import BY_HAND

_ENDED = {OK: "完成", BY_HAND: "带文件"}


def status_words(texts: Texts, found: Status, carried: OnItsWay | None, cases: int, now: int) -> str:
    """`carried`: what was packed and has no receipt yet; `now`: wall time, µs."""
    lines = [_first_line(texts, found, cases, now), *_what_waits(texts, found.standing, carried, now)]
    if found.rounds:
        lines.append("最近几次同步：")
        lines += [f"  {_round_words(texts, past, now)}" for past in found.rounds]
    return "\n".join(lines)


def _first_line(texts: Texts, found: Status, cases: int, now: int) -> str:
    at = found.standing.last_contact
    contact = "还没有与中心联系过" if at is None else f"上次联系 {texts.day_words(at, now)}"
    waits = f"待送出 {found.standing.unsent} 条、照片 {found.standing.photos_waiting} 张"
    return f"{contact}；{waits}；个案 {cases} 个；不一致 {found.conflicts} 处。"


def _what_waits(texts: Texts, now_stands: Standing, carried: OnItsWay | None, now: int) -> Iterator[str]:
    if now_stands.last_error:
        yield f"上次没有同步完：{_reason(texts, now_stands.last_error)}"
    if now_stands.behind:
        yield f"中心还有约 {now_stands.behind} 条没有取回。"
    if carried is not None:
        packed = texts.day_words(carried.at, now)
        yield f"有 {carried.commits} 条装进了带去中心的文件（{packed}），还没有收到中心的回执。"
    if now_stands.held_back:
        yield f"中心收下了本机 {now_stands.held_back} 条，暂存待处理。"
    if now_stands.set_aside:
        yield f"收到的有 {now_stands.set_aside} 条还不能录入，另放着。"
    for code in filter(None, ("told_twin" if now_stands.twin else "", now_stands.told)):
        yield texts.refusal(code)


def _round_words(texts: Texts, past: PastRound, now: int) -> str:
    ended = _ENDED.get(past.outcome) or _reason(texts, past.outcome)
    return f"{texts.day_words(past.at, now)}  发 {past.sent} 条，收 {past.received} 条  {ended}"


def _reason(texts: Texts, code: str) -> str:
    return texts.refusal(code if texts.knows_refusal(code) else "center_refused")
