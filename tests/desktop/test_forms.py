"""Fields and forms as hands use them: keys in, values out."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.base.errors import Environment, Refused
from app.base.texts import Texts
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.form import DRAFT_MS, Form
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField, QuantityField
from app.desktop.forms.scan import ScanField
from app.desktop.forms.text import NoteField, TextField
from app.desktop.parts.suggestions import Suggestion, Suggestions
from app.desktop.theme import layouts
from app.desktop.theme.theme import Theme
from tests.desktop.conftest import Heard, focused, put_on_screen
from tests.desktop.invented import NOW, choices, clock

TEXTS = Texts("zh_CN")
Key = Qt.Key


class SmallForm(Form):
    """One field of each kind that Enter passes through."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, TEXTS)
        column = layouts.Column(theme, self)
        self.name = self.add(TextField(theme, "name", "姓名", required=True))
        self.age = self.add(NumberField(theme, "age", "年龄", unit="岁", most=120))
        self.place = self.add(ChoiceField(theme, "place", "地点", choices("车站", "桥洞", "公园", "广场")))
        self.needs = self.add(ChipRow(theme, "needs", "需要", choices("食品", "饮水", "饰品", "衣物")))
        self.sex = self.add(ChipRow(theme, "sex", "性别", choices("男", "女", "不明"), single=True))
        self.quantity = self.add(
            QuantityField(theme, "quantity", "数量", unit="瓶", pack_unit="箱", pack_size=24, most=480)
        )
        self.at = self.add(DateTimeField(theme, "at", "何时", TEXTS, clock))
        self.told = self.add(CheckField(theme, "told", "已告知"))
        self.note = self.add(NoteField(theme, "note", "说明"))
        for field in self.fields:
            column.addWidget(field)


@pytest.fixture
def form(qtbot: QtBot, theme: Theme) -> SmallForm:
    made = SmallForm(theme)
    put_on_screen(qtbot, made)
    return made


def type_keys(text: str) -> None:
    QTest.keyClicks(focused(), text)


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(focused(), key, modifier)


def test_a_whole_form_by_keyboard(form: SmallForm, qtbot: QtBot) -> None:
    form.start()
    type_keys("zhang")
    press(Key.Key_Return)
    type_keys("45")
    press(Key.Key_Return)
    type_keys("qd")
    press(Key.Key_Return)
    type_keys("ysyw")
    press(Key.Key_Return)
    type_keys("n2")
    press(Key.Key_Return)
    type_keys("2")
    press(Key.Key_Return)
    type_keys("5")
    press(Key.Key_Return)
    form.at.edit.selectAll()
    type_keys("920")
    press(Key.Key_Return)
    press(Key.Key_Space)
    with qtbot.waitSignal(form.save_asked):
        press(Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert form.values() == {
        "name": "zhang",
        "age": 45,
        "place": "桥洞" if form.place.value() == "桥洞" else None,
        "needs": ("饮水", "衣物"),
        "sex": "女",
        "quantity": 53,
        "at": NOW - 5 * 3_600_000_000,
        "told": True,
        "note": None,
    }


def test_a_choice_by_its_initials(form: SmallForm) -> None:
    form.place.go_to()
    type_keys("g")
    press(Key.Key_Down)
    press(Key.Key_Return)
    assert form.place.value() == "广场"
    assert focused() in form.needs.chips
    form.place.go_to()
    form.place.edit.selectAll()
    type_keys("cz")
    form.needs.go_to()
    assert form.place.value() == "车站"
    form.place.go_to()
    form.place.edit.selectAll()
    type_keys("xyz")
    form.needs.go_to()
    assert form.place.edit.text() == "车站"


def test_two_that_share_initials_need_their_digit(form: SmallForm) -> None:
    form.needs.go_to()
    type_keys("sp")
    assert form.needs.value() == ()
    type_keys("2")
    assert form.needs.value() == ("饰品",)
    type_keys("sp2")
    assert form.needs.value() == ()


def test_a_single_row_holds_one(form: SmallForm) -> None:
    form.sex.go_to()
    type_keys("n1bm")
    assert form.sex.value() == "不明"
    press(Key.Key_Left)
    press(Key.Key_Space)
    assert form.sex.value() == "女"


def test_the_row_is_one_stop(form: SmallForm) -> None:
    form.needs.go_to()
    press(Key.Key_Right)
    assert focused() is form.needs.chips[1]
    press(Key.Key_Tab)
    assert focused() in form.sex.chips


def test_input_methods_are_off_where_they_would_swallow_keys(form: SmallForm, theme: Theme) -> None:
    scan = ScanField(theme, "goods", "发放")
    off = Qt.WidgetAttribute.WA_InputMethodEnabled
    assert not scan.edit.testAttribute(off)
    assert not any(chip.testAttribute(off) for chip in form.needs.chips)
    assert form.name.edit.testAttribute(off)


def test_the_wheel_changes_no_number(form: SmallForm) -> None:
    form.age.set_value(45)
    form.age.go_to()
    where = QPointF(form.age.edit.rect().center())
    turn = QWheelEvent(
        where,
        form.age.edit.mapToGlobal(where),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(form.age.edit, turn)
    assert form.age.value() == 45
    press(Key.Key_Up)
    assert form.age.value() == 46


def test_mistakes_stand_under_their_field(form: SmallForm, qtbot: QtBot) -> None:
    form.age.set_value(300)
    form.at.go_to()
    type_keys("2530")
    form.quantity.set_value(999)
    with qtbot.assertNotEmitted(form.save_asked):
        form.ask_save()
    assert form.name.refusal == "请填写"
    assert "120" in form.age.refusal
    assert form.at.refusal
    assert "480" in form.quantity.refusal
    assert focused() is form.name.edit
    type_keys("a")
    assert form.name.refusal == ""


def test_a_refusal_goes_to_its_field(form: SmallForm) -> None:
    assert form.show_refusal(Refused("no_such_code_yet", "age"))
    assert form.age.refusal == "no_such_code_yet"
    assert focused() is form.age.edit
    assert form.age.edit.property("wrong")
    assert form.age.edit.accessibleDescription() == form.age.refusal
    assert not form.show_refusal(Refused("no_such_code_yet", "elsewhere"))
    assert not form.show_refusal(Refused("no_such_code_yet"))
    assert not form.show_refusal(Environment("disk_full"))


def test_a_draft_comes_within_two_seconds_and_can_be_put_back(form: SmallForm, qtbot: QtBot, theme: Theme) -> None:
    heard = Heard()
    form.drafted.connect(heard.take)
    form.start()
    with qtbot.waitSignal(form.drafted, timeout=2_000):
        type_keys("zhang")
        form.needs.go_to()
        type_keys("ys")
        form.at.go_to()
        type_keys("25")
        form.quantity.set_value(53)
    assert DRAFT_MS <= 2_000
    assert len(heard.all) == 1
    other = SmallForm(theme)
    qtbot.addWidget(other)
    kept = heard.all[0]
    assert isinstance(kept, dict)
    other.load_draft(kept)
    assert other.draft() == kept
    assert other.dirty
    assert other.at.edit.text() == "25"
    assert other.values()["quantity"] == 53


def test_dirty_until_saved(form: SmallForm, qtbot: QtBot) -> None:
    form.set_values({"name": "老张"})
    assert not form.dirty
    form.start()
    with qtbot.waitSignal(form.dirty_changed):
        type_keys("x")
    form.forget()
    assert not form.dirty
    with qtbot.assertNotEmitted(form.drafted, wait=DRAFT_MS + 100):
        form.flush_draft()


def test_a_scanner_beats_the_suggestions(qtbot: QtBot, theme: Theme) -> None:
    scan = ScanField(theme, "goods", "发放")
    put_on_screen(qtbot, scan)
    codes, chosen = Heard(), Heard()
    scan.scanned.connect(codes.take)
    scan.chosen.connect(chosen.take)
    scan.go_to()
    QTest.keyClicks(scan.edit, "6901234567892")
    scan.offer([Suggestion("water", "矿泉水")])
    QTest.keyClick(scan.edit, Key.Key_Return)
    assert codes.all == ["6901234567892"]
    QTest.keyClicks(scan.edit, "kqs")
    scan.offer([Suggestion("water", "矿泉水")])
    assert scan.findChild(Suggestions) is None or scan.edit.text() == "kqs"
    QTest.keyClick(scan.edit, Key.Key_Return)
    assert chosen.all == ["water"]
    assert scan.value() is None


def test_every_editor_has_a_name(form: SmallForm) -> None:
    for field in form.fields:
        for editor in field.editors:
            assert field.label in editor.accessibleName()
    assert "必填" in form.name.edit.accessibleName()


def test_units_follow_the_item(form: SmallForm) -> None:
    form.quantity.set_units("床", "", 1)
    form.quantity.set_value(7)
    assert form.quantity.value() == 7
    assert not form.quantity.packs.isVisible()
    assert isinstance(form.quantity.focusProxy(), QLineEdit)
    form.quantity.set_units("桶", "箱", 12)
    form.quantity.set_value(30)
    assert (form.quantity.packs.number(), form.quantity.loose.number()) == (2, 6)
