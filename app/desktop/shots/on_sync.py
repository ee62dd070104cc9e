"""The page of sync on good days and bad ones: what waits, what needs a person, what went wrong, the stick.

What no single computer lives through in one afternoon is invented here; the stick is a folder, and really packed.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.desktop.frame.sync_pill import SyncState
from app.desktop.main import Desktop
from app.desktop.shots.stage import Waiting
from app.desktop.syncing.panel import SyncPanel
from app.desktop.syncing.picture import About, Picture
from app.features.cases.disputes import Version
from app.features.cases.overruled import OverruledRow
from app.features.org.history import Event
from app.features.org.homes import Home
from app.features.org.reviews import LATE_EDIT, RELAYED, TWO_HOMES, UNDONE_UNSEEN, OpenReview
from app.sync.kept_apart import Aside, Drop
from app.sync.overruled import Overruled
from app.sync.reports import Progress
from app.sync.status import PastRound, Standing
from app.sync.unpacking import BY_HAND

_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE


def on_sync(desktop: Desktop, waiting: Waiting, now: int) -> Iterator[str]:
    """`now`: wall time, µs."""
    panel = desktop.window.open_page("syncing")
    if not isinstance(panel, SyncPanel):
        raise TypeError(type(panel).__name__)
    yield "syncing"
    usual = _shown(panel, waiting)
    calm = replace(usual, disputes=(), rounds=_rounds(now))
    for name, picture in _days(usual, calm, now):
        panel.show_picture(picture)
        desktop.window.show_sync(_pill(picture.standing))
        yield f"syncing-{name}"
    panel.show_picture(_asking(calm, now))
    desktop.window.show_sync(_pill(usual.standing))
    waiting.rest()
    panel.scroller.ensureWidgetVisible(panel.reviews.cards[0])
    yield "syncing-attention_review"
    panel.scroller.ensureWidgetVisible(panel.lines)
    yield "syncing-attention_below"
    panel.rounds.choose(panel.rounds.rows[2].at)
    waiting.rest()
    panel.scroller.ensureWidgetVisible(panel.round)
    yield "syncing-round"
    panel.show_picture(calm)
    panel.scroller.verticalScrollBar().setValue(0)
    yield from _running(desktop)
    yield from _by_stick(panel, waiting)
    panel.show_picture(usual)
    yield from _leaving(desktop)


def _shown(panel: SyncPanel, waiting: Waiting) -> Picture:
    while panel.picture is None:
        waiting.rest()
    return panel.picture


def _days(usual: Picture, calm: Picture, now: int) -> Iterator[tuple[str, Picture]]:
    standing = usual.standing
    well = replace(standing, unsent=0, oldest_unsent_age_s=None, photos_waiting=0, last_error="")
    late = replace(standing, unsent=23, oldest_unsent_age_s=4 * 86_400, last_contact=now - 4 * _DAY)
    yield "well", replace(calm, standing=well)
    yield "new", replace(calm, rounds=(), standing=replace(late, admitted=False, last_contact=None))
    yield "attention", _asking(calm, now)
    yield "put_back", replace(calm, standing=replace(well, told="told_put_back", told_at=now - _MINUTE))
    yield "forked", replace(calm, standing=replace(late, told="told_forked", told_at=now - _MINUTE, twin=True))
    for trouble in (
        "portal",
        "intercepted",
        "authority_unknown",
        "center_away",
        "center_busy",
        "aside_full",
        "not_admitted",
    ):
        yield trouble, replace(calm, standing=replace(late, unsent=3, oldest_unsent_age_s=600, last_error=trouble))
    for trouble in ("line_broken", "certificate_name", "revoked"):
        yield trouble, replace(calm, standing=replace(well, last_contact=now - 5 * _MINUTE, last_error=trouble))


def _pill(now: Standing) -> SyncState:
    return SyncState(
        unsent=now.unsent,
        oldest_unsent_age_s=now.oldest_unsent_age_s,
        last_contact=now.last_contact,
        behind=now.behind,
        trouble=now.last_error,
    )


def _asking(calm: Picture, now: int) -> Picture:
    """Values not taken, things to look at, records kept apart, photos that do not go."""
    wrote = Version("", {"phone": "138****2222"}, "金茂兰", "米市社区临时救助点", now - 90 * _MINUTE)
    taken = Version("", {"phone": "139****5678"}, "周秋", "临江街道救助点", now - 20 * _MINUTE)
    row = OverruledRow("person", "1", "phone", "张*", ("phone",), wrote, taken, {})
    homes = (
        Home("1", "临江街道救助点", "", "周秋", now - 300 * _MINUTE),
        Home("2", "米市社区临时救助点", "", "金茂兰", now - 280 * _MINUTE),
    )
    reviews = tuple(
        OpenReview(
            str(place),
            kind,
            str(place),
            code,
            "1",
            "",
            by,
            now - place * 70 * _MINUTE,
            homes if code == TWO_HOMES else (),
        )
        for place, (kind, code, by) in enumerate(
            (
                ("case", LATE_EDIT, "周秋"),
                ("encounter", UNDONE_UNSEEN, "沈根兰"),
                ("person", RELAYED, ""),
                ("case", TWO_HOMES, "周秋"),
            ),
            start=1,
        )
    )
    return replace(
        calm,
        overruled=((Overruled("person", "1", "phone", "", "", wrote.at or now), row),),
        reviews=reviews,
        written={"1": _late(reviews[0])},
        about={(each.kind, each.record): "张* 男 46岁" for each in reviews},
        cases={row.id: row.id} | {each.record: each.record for each in reviews},
        dropped=(
            (
                Drop("", 7, now - 30 * _MINUTE, "同一人昨天已登记过，请用原来的个案。", now - 2 * _DAY, ()),
                About("case", "张* 男 46岁", "cases", "1"),
            ),
        ),
        aside=(
            (Aside(True, "not_allowed", now - 3 * _MINUTE), About("item", "棉大衣", "stock", {}), "周秋"),
            (Aside(False, "newer", now - _DAY), None, "沈根兰"),
            (Aside(False, "waits", now - 2 * _DAY), About("note", "李* 女 60岁", "cases", "1"), ""),
        ),
        standing=replace(calm.standing, photos_waiting=12, photo_trouble="line_broken", told="told_center_restored"),
    )


def _late(about: OpenReview) -> list[Event]:
    return [
        Event(
            kind=about.kind,
            record=about.record,
            what="changed",
            group="story",
            before={"story": "等老乡来接"},
            after={"story": "老乡不来接了，想去站里"},
            element="",
            reason="",
            at=about.at,
            wall=about.at,
            staff="",
            staff_name=about.by_name,
            commit="",
        )
    ]


def _rounds(now: int) -> tuple[PastRound, ...]:
    ends = ("ok", "line_broken", "portal", BY_HAND, "cancelled", "authority_unknown", "not_admitted", "ok", "ok")
    return tuple(
        PastRound(now - place * 100 * _MINUTE, 3 * place, 40 * place, 9_000, 70_000, end)
        for place, end in enumerate(ends, start=1)
    )


def _running(desktop: Desktop) -> Iterator[str]:
    rounds = desktop.desk.rounds
    rounds.begin()
    rounds.moved.emit(Progress("exchanging", 120, 340, unsent=87, behind=560))
    yield "syncing-running"
    rounds.moved.emit(Progress("fetching", 9, 0, done=3_400_000, total=12_500_000))
    yield "syncing-fetching"
    rounds.end(None)


def _by_stick(panel: SyncPanel, waiting: Waiting) -> Iterator[str]:
    card = panel.stick
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "我的优盘"
        folder.mkdir()
        card.use_folder(str(folder))
        waiting.until(lambda: card.stick is not None)
        top = panel.scroller.verticalScrollBar()
        top.setValue(0)
        yield "syncing-stick"
        card.pack.click()
        waiting.until(lambda: not card.busy)
        top.setValue(0)
        yield "syncing-stick_packed"
        card.sticks.rest()
        card.sticks.take([replace(each, answer="1", is_unread=True) for each in card.sticks.now])
        top.setValue(0)
        yield "syncing-stick_answer"
        card.use_folder("")
        card.sticks.watch()
        waiting.until(lambda: card.stick is None)


def _leaving(desktop: Desktop) -> Iterator[str]:
    desktop.farewell.show_waiting(3)
    desktop.window.ask_to_wait(desktop.farewell)
    yield "syncing-leaving"
    desktop.window.go_on()
