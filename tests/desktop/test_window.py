"""The frame: pages, keys, folding, notices, the pill and the door."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.base.clock import HOUR, MINUTE
from app.base.texts import Texts
from app.desktop.frame.idle import IdleWatch
from app.desktop.frame.lock import LockScreen
from app.desktop.frame.notices import Notices
from app.desktop.frame.pages import Action, GlobalKey
from app.desktop.frame.rail import RailItem
from app.desktop.frame.sync_pill import DAY_S, SyncPill, SyncState
from app.desktop.frame.top_bar import SearchBox
from app.desktop.language import Language
from app.desktop.parts.label import Label
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme.theme import Look, Theme
from app.desktop.window import Window
from tests.desktop import gallery
from tests.desktop.conftest import Heard, focused, put_on_screen
from tests.desktop.invented import NOW, clock

TEXTS = Texts("zh_CN")


class Remembering(QWidget):
    """A page that remembers what it was opened for."""

    key = "F9"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.intents: list[object] = []
        self.saved = 0

    def intend(self, intent: object) -> None:
        self.intents.append(intent)

    def action(self) -> Action:
        return Action("发放", self._save, self.key)

    def _save(self) -> None:
        self.saved += 1


class Made:
    """Counts the pages that were made."""

    def __init__(self) -> None:
        self.pages: list[Remembering] = []

    def page(self, parent: QWidget) -> QWidget:
        made = Remembering(parent)
        self.pages.append(made)
        return made


def window(qtbot: QtBot, theme: Theme, made: Made) -> Window:
    pages = [gallery.InventedPage(key, icon, word, keys, made.page) for key, icon, word, keys in gallery.RAIL]
    keys = [GlobalKey("F2", "register"), GlobalKey("F3", "supplies", "issue"), GlobalKey("F4", "supplies", "count")]
    shown = Window(theme, TEXTS, clock, pages, keys)
    shown.resize(1366, 768)
    put_on_screen(qtbot, shown)
    shown.open_page("today")
    return shown


def press(widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifier)


def test_pages_are_made_when_they_are_opened(qtbot: QtBot, theme: Theme) -> None:
    made = Made()
    shown = window(qtbot, theme, made)
    assert len(made.pages) == 1
    press(shown, Qt.Key.Key_F3)
    press(shown, Qt.Key.Key_F4)
    assert len(made.pages) == 2
    assert made.pages[1].intents == ["issue", "count"]
    assert shown.area.open_key == "supplies"
    press(shown, Qt.Key.Key_F9)
    assert made.pages[1].saved == 1


def test_keys_work_everywhere(qtbot: QtBot, theme: Theme) -> None:
    shown = window(qtbot, theme, Made())
    control = Qt.KeyboardModifier.ControlModifier
    press(shown, Qt.Key.Key_K, control)
    assert QApplication.focusWidget() is shown.search
    with qtbot.waitSignal(shown.sync_asked):
        press(shown, Qt.Key.Key_F5)
    with qtbot.waitSignal(shown.lock_asked):
        press(shown.search, Qt.Key.Key_L, control)


def test_a_key_of_the_window_stays_its_own_where_a_page_shows_it(qtbot: QtBot, theme: Theme) -> None:
    made = Made()
    shown = window(qtbot, theme, made)
    made.pages[0].key = "F5"
    shown.area.refresh_head()
    with qtbot.waitSignal(shown.sync_asked):
        press(shown, Qt.Key.Key_F5)
    assert made.pages[0].saved == 0


def test_the_rail_folds_when_it_is_narrow(qtbot: QtBot, theme: Theme) -> None:
    shown = window(qtbot, theme, Made())
    assert shown.rail.width() == theme.sizes.rail
    shown.resize(1000, 700)
    assert shown.rail.width() == theme.sizes.rail_folded
    assert all(item.text() for item in shown.rail.findChildren(RailItem)[:-1])


def test_nothing_is_seen_or_pressed_behind_the_lock(qtbot: QtBot, theme: Theme) -> None:
    made = Made()
    shown = window(qtbot, theme, made)
    shown.lock(gallery.USER)
    assert shown.locked
    assert not made.pages[0].isVisible()
    with qtbot.assertNotEmitted(shown.sync_asked):
        press(shown, Qt.Key.Key_F5)
    press(shown, Qt.Key.Key_F3)
    assert len(made.pages) == 1
    with qtbot.waitSignal(shown.lock_screen.submitted) as submitted:
        QTest.keyClicks(focused(), "secret")
        QTest.keyClick(focused(), Qt.Key.Key_Return)
    assert submitted.args == [gallery.USER.code, "secret"]
    shown.let_in()
    assert made.pages[0].isVisible()


def test_signing_in_by_name_or_number(qtbot: QtBot, theme: Theme) -> None:
    door = LockScreen(theme, TEXTS)
    door.sign_in(gallery.USERS)
    put_on_screen(qtbot, door)
    heard = Heard()
    door.submitted.connect(lambda code, password: heard.take((code, password)))
    who, password = door.findChildren(QLineEdit)
    QTest.keyClicks(who, "1031")
    QTest.keyClick(who, Qt.Key.Key_Return)
    assert who.text() == "李建国"
    QTest.keyClick(password, Qt.Key.Key_Return)
    assert heard.all == []
    QTest.keyClicks(password, "pw")
    QTest.keyClick(password, Qt.Key.Key_Return)
    assert heard.all == [("1031", "pw")]
    QTest.keyClick(password, Qt.Key.Key_Return)
    assert len(heard.all) == 1, "while the door is busy nothing more is submitted"
    door.refuse("密码不对")
    assert password.property("wrong")
    door.hold(60)
    assert password.isReadOnly()


def test_a_notice_undoes_and_goes(qtbot: QtBot, theme: Theme) -> None:
    home = QWidget()
    home.resize(800, 600)
    put_on_screen(qtbot, home)
    notices = Notices(theme, home)
    undone = Heard()
    notices.tell("已保存", "good", Action("撤销", undone.came.emit))
    notices.focus_newest()
    with qtbot.waitSignal(undone.came):
        QTest.keyClick(focused(), Qt.Key.Key_Space)
    assert notices.shown == []
    for words in ("一", "二", "二", "三", "四"):
        notices.tell(words, "danger")
    assert [card.words.text() for card in notices.shown] == ["二", "三", "四"]
    assert all(home.rect().contains(card.geometry().translated(notices.pos())) for card in notices.shown)


def test_notices_do_not_pile_up(qtbot: QtBot, theme: Theme) -> None:
    home = QWidget()
    home.resize(800, 600)
    put_on_screen(qtbot, home)
    notices = Notices(theme, home)
    undone = Heard()
    for words in ("第一人", "第二人"):
        notices.tell(words, "good", Action("撤销", undone.came.emit))
    notices.tell("没有网络", "warn")
    notices.tell("已同步", "good")
    assert [card.words.text() for card in notices.shown] == ["第二人", "已同步"]
    notices.tell("磁盘已满", "danger")
    notices.tell("第三人", "good", Action("撤销", undone.came.emit))
    assert [card.words.text() for card in notices.shown] == ["磁盘已满", "第三人"]


def test_the_pill_is_calm_then_turns_to_words(qtbot: QtBot, theme: Theme) -> None:
    pill = SyncPill(theme, TEXTS, clock)
    qtbot.addWidget(pill)
    seen = []
    for state in (
        SyncState(),
        SyncState(last_contact=NOW - 5 * MINUTE),
        SyncState(unsent=3, oldest_unsent_age_s=7_200, last_contact=NOW - 2 * HOUR),
        SyncState(unsent=3, oldest_unsent_age_s=DAY_S, last_contact=NOW),
        SyncState(unsent=3, oldest_unsent_age_s=3 * DAY_S, last_contact=NOW),
        SyncState(last_contact=NOW - 30 * HOUR),
        SyncState(last_contact=NOW, attention=2),
        SyncState(last_contact=NOW, behind=4_200),
        SyncState(unsent=3, running=True),
    ):
        pill.show_state(state)
        seen.append((pill.tone, pill.text()))
    assert seen == [
        ("quiet", "还没有同步过"),
        ("good", "已是最新 · 5 分钟前"),
        ("quiet", "3 条待上传 · 2 小时前"),
        ("warn", "3 条 · 已 1 天没有上传"),
        ("danger", "3 条 · 已 3 天没有上传"),
        ("warn", "已 1 天没有联系上中心"),
        ("warn", "已是最新 · 刚刚 · 2 条要处理"),
        ("quiet", "约 4200 条待接收 · 刚刚"),
        ("accent", "正在同步…"),
    ]


def test_the_pill_is_never_calm_where_the_last_round_stuck(qtbot: QtBot, theme: Theme) -> None:
    pill = SyncPill(theme, TEXTS, clock)
    qtbot.addWidget(pill)
    met = NOW - 5 * MINUTE
    seen = []
    for state in (
        SyncState(last_contact=met, trouble="line_broken"),
        SyncState(last_contact=met, trouble="center_busy", behind=3),
        SyncState(last_contact=met, trouble="portal"),
        SyncState(last_contact=met, trouble="authority_unknown"),
        SyncState(last_contact=met, trouble="revoked"),
        SyncState(last_contact=met, trouble="said_by_a_newer_center"),
        SyncState(unsent=3, oldest_unsent_age_s=60, last_contact=met, trouble="portal"),
        SyncState(unsent=3, oldest_unsent_age_s=60, last_contact=met, trouble="line_broken"),
        SyncState(trouble="not_admitted"),
        SyncState(trouble="center_away"),
    ):
        pill.show_state(state)
        assert "…" not in pill.toolTip()
        seen.append((pill.tone, pill.text()))
    assert seen == [
        ("quiet", "线路中途断了 · 5 分钟前联系过"),
        ("quiet", "中心正忙 · 5 分钟前联系过"),
        ("warn", "网络要先登录 · 5 分钟前联系过"),
        ("warn", "中心的证明不认得 · 5 分钟前联系过"),
        ("danger", "中心已停用这台电脑"),
        ("quiet", "中心没有接受 · 5 分钟前联系过"),
        ("warn", "3 条 · 网络要先登录"),
        ("quiet", "3 条待上传 · 5 分钟前"),
        ("warn", "还没有同步过 · 中心还没有接纳"),
        ("quiet", "还没有同步过"),
    ]


def test_the_pill_says_why_in_the_language_in_force(qtbot: QtBot, theme: Theme) -> None:
    pill = SyncPill(theme, TEXTS, clock)
    qtbot.addWidget(pill)
    pill.show_state(SyncState(last_contact=NOW, trouble="center_away"))
    assert "中心没有开门" in pill.toolTip()
    pill.speak(Texts("en"))
    assert "the center is not open" in pill.toolTip()
    assert "the center is not open" in pill.accessibleName()
    pill.show_state(SyncState(last_contact=NOW, trouble="said_by_a_newer_center"))
    assert Texts("en").refusal("center_refused") in pill.accessibleName()


def test_finding_by_keyboard(qtbot: QtBot, theme: Theme) -> None:
    shown = window(qtbot, theme, Made())
    search = shown.top_bar.search
    search.setFocus()
    with qtbot.waitSignal(search.typed) as typed:
        QTest.keyClicks(search, "z")
    assert typed.args == ["z"]
    search.offer([Suggestion("a", "张*"), Suggestion("b", "周*")])
    QTest.keyClick(search, Qt.Key.Key_Down)
    with qtbot.waitSignal(search.chosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == ["b"]
    assert search.text() == ""


def test_idleness_is_noticed(qtbot: QtBot, theme: Theme, qapp: QApplication) -> None:
    watch = IdleWatch(qapp, 1)
    with qtbot.waitSignal(watch.expired, timeout=1_500):
        pass
    qapp.removeEventFilter(watch)


def test_shade_scale_and_language_change_live(qtbot: QtBot, theme: Theme, language: Language) -> None:
    made = Made()
    shown = window(qtbot, theme, made)
    before = shown.rail.width()
    theme.wear(Look("dark", 150, still=True))
    assert shown.rail.width() > before or shown.rail.width() == theme.sizes.rail_folded
    assert theme.colours.surface != "#FFFFFF"
    language.speak("en")
    shown.speak(Texts("en"))
    assert shown.top_bar.search.placeholderText() == "Find people, cases, supplies…"
    shown.show_sync(SyncState(unsent=1, oldest_unsent_age_s=DAY_S, last_contact=NOW))
    assert shown.top_bar.pill.text() == "1 record · not uploaded for 1 day"
    assert len(made.pages) == 2, "pages are made anew in the other language"
    theme.wear(Look("light", still=True))


def test_another_user_gets_other_pages(qtbot: QtBot, theme: Theme) -> None:
    made = Made()
    shown = window(qtbot, theme, made)
    shown.drop_pages()
    shown.open_page("today")
    assert len(made.pages) == 2


def test_what_is_gone_is_not_dressed_again(qtbot: QtBot, theme: Theme) -> None:
    shown = window(qtbot, theme, Made())
    field = SearchBox(theme, shown)
    field.show()
    field.setFocus()
    field.offer([Suggestion("a", "张*")])
    lists = len(shown.findChildren(Suggestions))
    kept = [Label(theme, str(number), parent=shown) for number in range(50)]
    for widget in (field, *kept):
        widget.deleteLater()
    qtbot.waitUntil(lambda: len(shown.findChildren(Suggestions)) == lists - 1)
    theme.wear(Look("dark", 125, still=True))
    theme.wear(Look("light", still=True))
