"""Every screen of the demo, at every size: nothing cut, nothing foreign, nothing without a name, nothing as markup."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QTableView

from app.base.clock import wall_clock
from app.base.errors import Refused
from app.base.texts import Texts
from app.cli.drawing import Copies, copies_of
from app.cli.sample.folder import ENROLMENT, open_demo_center, prepare, prepare_point
from app.cli.sample.served import served
from app.desktop.forms.form import Form
from app.desktop.lists.painted import PaintedList
from app.desktop.parts.button import Pressable
from app.desktop.shots.stage import SCREENS, Screen
from app.desktop.shots.tour import go_round
from app.desktop.window import Window
from app.features.registry import load_features
from app.store import keystore
from tests.desktop.looking import has_latin, outside, seen, too_small, words_of

POINTS = 6
LIGHT = [screen for screen in SCREENS if screen.shade == "light"]
TIGHT = Screen(1366, 768, 200, "light")
"""The usual screen, for somebody whose eyes are weak."""
EXPECTED = {"sign_in", "today", "entry", "cases", "stock", "syncing", "settings", "locked", "first_run"}

ALLOWED = re.compile(
    r"\b(Esc|F\d|Ctrl\+(K|L|V|Enter))\b"  # keys
    r"|\bLanguage\b|\bEnglish\b"  # for whoever reads only that
    r"|\b\d+ [KM]B\b"  # said so everywhere
    r"|\d{14}-[A-Z]{2}-\d{8}-[A-Z]\d+"  # numbers of records
    r"|无名氏\S*-[A-Z]\d+"
    r"|\bYD\d{7}\b"  # numbers of guide cards
    r"|记录编号里的字母是 [A-Z]"
    r"|(?<!\S)/\S+"  # places of files
    r"|^<qt>[a-z0-9]+</qt>$"  # initials to type
)


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """A small city, and one of its points at work for months."""
    load_features()
    demo = prepare(tmp_path_factory.mktemp("shots"), None, POINTS, wall_clock)
    center = open_demo_center(demo)
    node = demo.node(None)
    with served(center, demo.choice.port):
        prepare_point(demo, center, node, wall_clock)
    center.dispose()
    with copies_of(demo.point(node), demo.point(node) / ENROLMENT, demo.password()) as made:
        yield made


class Inspector:
    """Goes along on a tour and writes down what is wrong where."""

    def __init__(self, codes: list[str]) -> None:
        self._known = re.compile("|".join(map(re.escape, codes)))
        self.stops: list[str] = []
        self.wrong: list[str] = []

    def look(self, name: str, window: Window) -> None:
        self.stops.append(name)
        covered = name == "today-search"  # what floats may cover what is under it
        for widget in seen(window):
            cut = too_small(widget) or ("" if covered else outside(widget))
            if cut and not (isinstance(widget, QLineEdit) and widget.text().startswith("/")):  # a path may be long
                self.wrong.append(f"{name}: cut: {cut}")
            spoken = words_of(widget)
            if isinstance(widget, PaintedList):
                spoken += [widget.words(row) for row in widget.rows]
            self.wrong += [f"{name}: foreign: {word}" for word in spoken if self._is_foreign(word)]
            if isinstance(widget, Pressable | QLineEdit | QTableView) and not widget.accessibleName():
                self.wrong.append(f"{name}: nameless {type(widget).__name__}")
        for label in window.findChildren(QLabel):
            if label.textFormat().name != "PlainText":
                self.wrong.append(f"{name}: markup: {label.text()}")

    def _is_foreign(self, word: str) -> bool:
        return has_latin(self._known.sub("", ALLOWED.sub("", word)))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("screen", [*LIGHT, TIGHT], ids=lambda screen: screen.name)
def test_every_screen_can_be_read(qapp: QApplication, copies: Copies, screen: Screen) -> None:
    inspector = Inspector(keystore.users(copies.point))
    go_round(copies.stage(), screen, inspector.look)
    assert {stop.split("-")[0] for stop in inspector.stops} == EXPECTED
    assert len(inspector.stops) == len(set(inspector.stops))
    assert not inspector.wrong, "\n".join(dict.fromkeys(inspector.wrong))


class Refuser:
    """Goes along on a tour and refuses every field of every form to be seen, as the store would."""

    CODES: tuple[tuple[str, dict[str, int]], ...] = (
        ("wrong_type", {}),
        ("missing", {}),
        ("too_long", {"limit": 5}),
        ("out_of_range", {"least": 1, "most": 9}),
    )

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self.fields: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    def look(self, name: str, window: Window) -> None:
        for form in window.findChildren(Form):
            for field in form.fields:
                if not field.isVisible() or not field.isEnabled():
                    continue
                self.fields.add((type(form).__name__, field.identifier))
                before = field.refusal
                for code, facts in self.CODES:
                    taken = form.show_refusal(Refused(code, field.identifier, **facts))
                    if not taken or field.refusal != self._texts.refusal(code, **facts):
                        self.wrong.append(f"{name}: {type(form).__name__}.{field.identifier}: {code}")
                field.refuse(before) if before else field.accept()


@pytest.mark.timeout(300)
def test_what_is_refused_stands_under_its_field(qapp: QApplication, copies: Copies) -> None:
    refuser = Refuser(Texts())
    go_round(copies.stage(), LIGHT[0], refuser.look)
    assert len(refuser.fields) > 40, sorted(refuser.fields)
    assert not refuser.wrong, "\n".join(refuser.wrong)
