"""Pictures of the kit with invented rows, to be looked at: `python tests/desktop/gallery.py DIR`.

The scenes are used by tests too, which look for cut words and foreign letters in them.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.base.clock import HOUR
from app.base.texts import Texts
from app.desktop.frame.lock import SignInUser
from app.desktop.frame.pages import Action, GlobalKey
from app.desktop.frame.sync_pill import SyncState
from app.desktop.language import Language
from app.desktop.lists.view import RowList
from app.desktop.parts.label import Label
from app.desktop.parts.suggestions import Suggestion
from app.desktop.theme.layouts import Column
from app.desktop.theme.theme import Look, Theme
from app.desktop.window import Window
from app.desktop.work import Work
from tests.desktop import invented
from tests.desktop.invented import NOW, clock


@dataclass(frozen=True)
class Screen:
    """A size to look at: physical pixels and the user's scale."""

    width: int
    height: int
    scale: int


SCREENS = (Screen(1366, 768, 100), Screen(1920, 1080, 150), Screen(1920, 1080, 200))


class PlainPage(QWidget):
    """A page that only shows a sentence."""

    def __init__(self, theme: Theme, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = Column(theme, self, pad=("s24", "s8", "s24", "s24"))
        column.addWidget(Label(theme, text, tone="quiet"))
        column.addStretch(1)

    def action(self) -> Action:
        return Action("登记来人", self.nothing, "F2", "add")

    def nothing(self) -> None:
        """Invented pages do nothing."""


class InventedPage:
    """A page of the rail whose widget `build` makes."""

    def __init__(self, key: str, icon: str, word: str, shortcut: str, build: Callable[[QWidget], QWidget]) -> None:
        self.key, self.icon, self.shortcut, self._word, self._build = key, icon, shortcut, word, build

    def title(self) -> str:
        return self._word

    def make(self, parent: QWidget) -> QWidget:
        return self._build(parent)


RAIL = (
    ("today", "today", "今日", ""),
    ("register", "register", "登记", "F2"),
    ("cases", "case", "个案", ""),
    ("people", "people", "人员", ""),
    ("supplies", "supplies", "物资", ""),
    ("referrals", "referral", "转介", ""),
    ("patrols", "patrol", "巡查", ""),
    ("reports", "report", "报表", ""),
)
USER = SignInUser("1027", "王单洁", "救助专员")
USERS = (USER, SignInUser("1031", "李建国", "点负责人"), SignInUser("1040", "王芳", "值班志愿者"))


def window(theme: Theme, build: Callable[[QWidget], QWidget] | None = None, open_page: str = "today") -> Window:
    """The frame with invented pages; `build` makes the page that is open."""

    def plain(parent: QWidget) -> QWidget:
        return PlainPage(theme, "今天还没有要做的事。", parent)

    pages = [
        InventedPage(key, icon, word, shortcut, build if build and key == open_page else plain)
        for key, icon, word, shortcut in RAIL
    ]
    keys = [GlobalKey("F2", "register"), GlobalKey("F3", "supplies", "issue"), GlobalKey("F4", "supplies", "count")]
    made = Window(theme, Texts("zh_CN"), clock, pages, keys)
    made.show_place("油坊社区救助点")
    made.show_user(USER.name)
    made.show_counts({"today": 3, "referrals": 2})
    made.show_campaign("寒冬送温暖")
    made.show_sync(SyncState(unsent=3, oldest_unsent_age_s=7_200, last_contact=NOW - 2 * HOUR))
    made.open_page(open_page)
    return made


def frame_scene(theme: Theme) -> QWidget:
    return window(theme)


def notices_scene(theme: Theme) -> QWidget:
    made = window(theme)
    page = PlainPage(theme, "", made)
    made.notices.tell("没有保存：硬盘满了。已经填写的内容还在，清出空间后再按保存。", "danger")
    undo = Action("撤销", page.nothing, "F8", "undo")
    made.notices.tell("已发放：矿泉水 2 瓶、棉被 1 床，库存 48 → 46", "good", undo)
    made.top_bar.search.setText("zj")
    return made


def after_show(made: QWidget) -> None:
    """What only works on a window that is to be seen."""
    if isinstance(made, Window) and made.top_bar.search.text():
        made.top_bar.search.offer(
            (
                Suggestion(1, "张*", "3 次 · 7 天前 · 油坊社区", "person"),
                Suggestion(2, "周*杰", "1 次 · 3 月前", "person"),
                Suggestion(3, "急救包", "在库 12 个 · 最低 10", "supplies"),
            )
        )


def sign_in_scene(theme: Theme) -> QWidget:
    made = window(theme)
    made.ask_sign_in(USERS)
    return made


def locked_scene(theme: Theme) -> QWidget:
    made = window(theme)
    made.lock(USER)
    made.lock_screen.refuse("密码不对，还可以试 3 次")
    return made


def late_scene(theme: Theme) -> QWidget:
    made = window(theme)
    made.show_sync(SyncState(unsent=28, oldest_unsent_age_s=3 * 86_400, last_contact=NOW - 80 * HOUR, attention=2))
    return made


def register_scene(theme: Theme) -> QWidget:
    return window(theme, partial(invented.register, theme), "register")


def refused_scene(theme: Theme) -> QWidget:
    made = register_scene(theme)
    form = made.findChild(invented.RegisterForm)
    assert isinstance(form, invented.RegisterForm)
    form.check()
    return made


def fields_scene(theme: Theme) -> QWidget:
    return window(theme, partial(invented.fields, theme), "people")


def list_scene(theme: Theme) -> QWidget:
    return window(theme, partial(invented.cases, theme), "cases")


def empty_scene(theme: Theme) -> QWidget:
    return window(theme, partial(invented.nothing, theme), "referrals")


def pictures_scene(theme: Theme) -> QWidget:
    return window(theme, partial(invented.pictures, theme), "supplies")


SCENES: dict[str, Callable[[Theme], QWidget]] = {
    "frame": frame_scene,
    "notices": notices_scene,
    "sign_in": sign_in_scene,
    "locked": locked_scene,
    "late": late_scene,
    "register": register_scene,
    "refused": refused_scene,
    "fields": fields_scene,
    "list": list_scene,
    "empty": empty_scene,
    "pictures": pictures_scene,
}


def settle(milliseconds: int = 80) -> None:
    """Let layouts, slides and threads come to rest."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def stage(theme: Theme, scene: str, screen: Screen, shade: str) -> QWidget:
    """A scene on the screen at a size and shade."""
    theme.wear(Look(shade, screen.scale, still=True))
    made = SCENES[scene](theme)
    made.resize(screen.width, screen.height)
    made.show()
    after_show(made)
    settle()
    for rows in made.findChildren(RowList):
        until = time.monotonic() + 5
        while rows.model().index(0, 0).data() is None and time.monotonic() < until:
            settle(20)
    return made


def main(folder: Path, names: list[str]) -> None:
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    Language(app).speak("zh_CN")
    theme = Theme(app, Look("light"))
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or list(SCENES):
        for screen in SCREENS:
            for shade in ("light", "dark"):
                started = time.perf_counter()
                made = stage(theme, name, screen, shade)
                made.grab().save(str(folder / f"{name}-{screen.height}-{screen.scale}-{shade}.png"))
                for work in made.findChildren(Work):
                    work.close()
                made.close()
                made.deleteLater()
                QCoreApplication.sendPostedEvents(None, 52)  # deletions asked for
                print(name, screen, shade, f"{time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
