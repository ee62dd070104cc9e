"""Invented people, goods and pages for the gallery and the tests. Nobody of these exists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.base.changes import Changes
from app.base.clock import DAY, HOUR
from app.base.texts import Texts
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import Choice, ChoiceField
from app.desktop.forms.form import Form
from app.desktop.forms.lines import Lines
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField, QuantityField
from app.desktop.forms.scan import ScanField
from app.desktop.forms.text import NoteField, TextField
from app.desktop.frame.pages import Action
from app.desktop.lists.empty import EmptyState
from app.desktop.lists.history import History, HistoryEntry
from app.desktop.lists.list_detail import ListDetail, Scroller
from app.desktop.lists.rows import Column, RowModel
from app.desktop.lists.view import RowList
from app.desktop.parts.bars import DayBars, StockBar
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.parts.section import Card, Facts, Figure, Section
from app.desktop.theme import layouts
from app.desktop.theme.theme import Theme
from app.desktop.work import Work

NOW = 1_795_242_000_000_000  # 2026-11-21 14:20 in the field's civil time


def clock() -> int:
    return NOW


def choices(*words: str) -> list[Choice]:
    return [Choice(word, word) for word in words]


SEEN = ("未见异常", "发热", "外伤", "饥饿", "受冻", "醉酒", "行动不便")
NEEDS = ("食品", "饮水", "衣物", "住处", "就医", "返乡", "寻亲", "咨询")
OUTCOMES = ("现场救助", "咨询", "护送进站", "转公安", "先救治", "拒绝，已发物资", "自行离开")
PLACES = ("街道", "桥洞", "车站", "公园", "银行", "医院", "商场", "地下通道", "拆迁房")


class RegisterForm(Form):
    """The quick part of an encounter, as the drawing has it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, Texts("zh_CN"), parent)
        column = layouts.Column(theme, self, gap="s16", pad=("s24", "s4", "s24", "s16"))
        lines = Lines(theme, self)
        column.addWidget(lines)
        name = self.add(TextField(theme, "name", "姓名或称呼", placeholder="姓名或称呼", bare=True))
        unknown = self.add(CheckField(theme, "unknown", "无名氏"))
        sex = self.add(ChipRow(theme, "sex", "性别", choices("男", "女", "不明"), single=True, bare=True))
        age = self.add(NumberField(theme, "age", "年龄", unit="岁", most=120, bare=True))
        lines.add("谁", name, unknown, sex, age)
        kind = self.add(ChoiceField(theme, "place", "地点类型", choices(*PLACES), placeholder="地点类型", bare=True))
        where = self.add(
            TextField(theme, "where", "地点描述", placeholder="地点描述，例如油坊桥东侧", width="wide_field", bare=True)
        )
        when = self.add(DateTimeField(theme, "when", "何时", self.texts, clock, bare=True))
        lines.add("哪里", kind, where, when)
        lines.add("看到", self.add(ChipRow(theme, "seen", "看到", (*choices(*SEEN), DANGER), bare=True)))
        lines.add("需要", self.add(ChipRow(theme, "needs", "需要", choices(*NEEDS), required=True, bare=True)))
        scan = self.add(ScanField(theme, "goods", "发放", placeholder="扫码或输入物资", bare=True))
        given = Tag(theme, "矿泉水 ×2 · 批次 06-30 到期", "accent", "supplies")
        stock = Label(theme, "库存 48 → 46", "small", "quiet")
        lines.add("发放", scan, given, stock)
        lines.add("结果", self.add(ChipRow(theme, "outcome", "结果", choices(*OUTCOMES), single=True, bare=True)))
        next_visit = self.add(DateTimeField(theme, "next", "下次跟踪", self.texts, clock, ahead=True, bare=True))
        lines.add("下次跟踪", next_visit)
        column.addStretch(1)
        foot = layouts.Row(theme, gap="s8")
        column.addLayout(foot)
        for word in ("证件", "亲属", "随身物品", "照片", "告知记录", "说明"):
            foot.addWidget(Button(theme, word, "quiet"))
        foot.addStretch(1)
        foot.addWidget(Button(theme, "存草稿"))
        foot.addWidget(Button(theme, "保存", "primary", key="Ctrl+Enter"))
        self.set_values({"name": "老张", "sex": "男", "age": 45, "when": NOW, "seen": ("未见异常",)})


DANGER = Choice("unconscious", "意识不清 → 120", tone="danger")


def register(theme: Theme, parent: QWidget) -> QWidget:
    return Scroller(theme, RegisterForm(theme, parent), parent)


class FieldsPage(Form):
    """Every kind of field, with labels over it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, Texts("zh_CN"), parent)
        column = layouts.Column(theme, self, gap="s16", pad=("s24", "s8", "s24", "s16"))
        first = layouts.Row(theme, gap="s16")
        column.addLayout(first)
        first.addWidget(self.add(TextField(theme, "name", "姓名", required=True)))
        first.addWidget(self.add(TextField(theme, "id_number", "证件号码", latin=True)))
        first.addWidget(self.add(NumberField(theme, "age", "年龄", unit="岁", most=120)))
        first.addStretch(1)
        second = layouts.Row(theme, gap="s16")
        column.addLayout(second)
        quantity = QuantityField(theme, "quantity", "数量", unit="瓶", pack_unit="箱", pack_size=24)
        second.addWidget(self.add(quantity))
        second.addWidget(self.add(DateTimeField(theme, "when", "何时", self.texts, clock, required=True)))
        second.addStretch(1)
        column.addWidget(self.add(ChipRow(theme, "more", "需要", choices("食品", "饰品", "饮水", "衣物"))))
        column.addWidget(self.add(NoteField(theme, "note", "说明", placeholder="看到什么、说了什么、做了什么")))
        column.addWidget(self.add(CheckField(theme, "told", "已口头告知为什么登记、保存多久")))
        buttons = layouts.Row(theme, gap="s8")
        column.addLayout(buttons)
        for word, kind, icon in (
            ("保存", "primary", ""), ("打印交接单", "plain", "printer"), ("撤销", "soft", "undo"),
            ("更多", "quiet", "more"), ("作废", "danger", "trash"),
        ):  # fmt: skip
            buttons.addWidget(Button(theme, word, kind, icon))
        off = Button(theme, "不能按", "plain")
        off.setEnabled(False)
        buttons.addWidget(off)
        buttons.addStretch(1)
        column.addStretch(1)
        self.set_values({"name": "李*", "quantity": 53, "when": NOW - DAY, "more": ("食品",), "told": True})
        self.field("id_number").refuse("校验位不对，请核对一遍；如果证件上就是这样，选“按口述登记”")


def fields(theme: Theme, parent: QWidget) -> QWidget:
    return Scroller(theme, FieldsPage(theme, parent), parent)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row of the invented case list."""

    number: str
    name: str
    place: str
    needs: str
    state: str
    at: int


STATES = {"待跟踪": ("warn", "clock"), "已办结": ("good", "good"), "超期": ("danger", "danger"), "在办": ("text", "")}
FAMILIES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def case_ids(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(count)]


def case_rows(_connection: object, ids: Sequence[str]) -> Mapping[str, CaseRow]:
    """The rows of these ids, made from the number in them."""
    return {id_: case_row(int(id_, 16)) for id_ in ids}


def case_row(number: int) -> CaseRow:
    state = list(STATES)[number % 4]
    name = f"{FAMILIES[number % len(FAMILIES)]}*"
    place = f"油坊桥{'东西南北'[number % 4]}侧 {number % 40 + 1} 号门前"
    return CaseRow(f"2611-{number:04}", name, place, "食品、饮水", state, NOW - number * 5 * HOUR)


def ids_query(count: int, _connection: object) -> list[str]:
    return case_ids(count)


def case_columns(texts: Texts) -> list[Column]:
    def when(row: CaseRow) -> str:
        return texts.day_words(row.at, NOW)

    return [
        Column("姓名", text_of("name"), "narrow_field"),
        Column("地点", text_of("place")),
        Column("何时", when, "field"),
        Column("状态", text_of("state"), "list_state", tone=tone_of, icon=icon_of),
    ]


def text_of(name: str) -> Callable[[Any], str]:
    def text(row: Any) -> str:
        return str(getattr(row, name))

    return text


def tone_of(row: CaseRow) -> str:
    return STATES[row.state][0]


def icon_of(row: CaseRow) -> str:
    return STATES[row.state][1]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invented act gives."""

    commit: str
    changes: Changes
    made: dict[str, str]


def act(command: Any) -> Outcome:
    return Outcome("", Changes.of([("case", str(command))]), {})


def ask(query: Callable[[object], Any]) -> Any:
    return query(None)


class CasesPage(ListDetail):
    """A list with filters and the detail of what is chosen."""

    def __init__(self, theme: Theme, parent: QWidget, count: int = 100_000) -> None:
        texts = Texts("zh_CN")
        work = Work(act, ask)
        model = RowModel(work, case_columns(texts), case_rows, ["case"])
        filters = ChipRow(theme, "filter", "筛选", choices("我的", "在办", "待跟踪", "超期", "今天"), bare=True)
        self.rows = RowList(theme, model, "个案")
        nothing = EmptyState(theme, "case", "还没有选中个案", "用上下键选择，按回车打开")
        super().__init__(theme, filters, self.rows, nothing, parent)
        work.setParent(self)
        model.setParent(self)
        model.show(partial(ids_query, count))
        model.counted.connect(self._first)
        self.show_detail(Scroller(theme, self._detail(theme, texts)))

    def action(self) -> Action:
        return Action("登记来人", self._first, "F2", "add")

    def _first(self, _count: int = 0) -> None:
        self.rows.choose(case_ids(3)[2])

    def _detail(self, theme: Theme, texts: Texts) -> QWidget:
        detail = QWidget(self)
        column = layouts.Column(theme, detail, gap="s24", pad=("s24", "s16", "s24", "s24"))
        head = layouts.Row(theme, gap="s8")
        head.addWidget(Label(theme, "孙*", "title"))
        head.addWidget(Tag(theme, "超期", "danger", "danger"))
        head.addStretch(1)
        head.addWidget(Button(theme, "更正", "plain", "edit"))
        column.addLayout(head)
        facts = Section(theme, "情况")
        facts.body.addWidget(
            Facts(
                theme,
                [
                    ("编号", "2611-0002"),
                    ("地点", "油坊桥南侧 3 号门前，靠近公交站台的避风处"),
                    ("看到", "受冻、饥饿"),
                    ("结果", "拒绝进站，已发物资，留引导卡"),
                ],
            )
        )
        column.addWidget(facts)
        history = Section(theme, "历史")
        entries = [
            HistoryEntry("李建国", NOW - 2 * HOUR, "年龄改为 47 岁", "约 45 岁", "本人出示了证件"),
            HistoryEntry("王单洁", NOW - DAY, "发放棉被 1 床、方便面 2 桶", icon="issue"),
            HistoryEntry("王单洁", NOW - 3 * DAY, "登记", icon="register"),
        ]
        history.body.addWidget(History(theme, texts, clock, entries))
        column.addWidget(history)
        column.addStretch(1)
        return detail


def cases(theme: Theme, parent: QWidget) -> QWidget:
    return CasesPage(theme, parent)


def nothing(theme: Theme, parent: QWidget) -> QWidget:
    return EmptyState(theme, "referral", "没有要答复的转介", "别的点转来的人会出现在这里。", "发起转介", parent)


GOODS = (
    ("矿泉水", 46, 48, ("低于最低数", "warn", "warning")),
    ("棉被", 31, 10, ("够 14 天", "good", "good")),
    ("急救包", 0, 4, ("没有了", "danger", "danger")),
    ("方便面", 120, 40, ("3 天后到期", "warn", "clock")),
)


def pictures(theme: Theme, parent: QWidget) -> QWidget:
    """Cards with figures, bars and tags."""
    page = QWidget(parent)
    column = layouts.Column(theme, page, gap="s16", pad=("s24", "s8", "s24", "s24"))
    figures = layouts.Row(theme, gap="s32")
    column.addLayout(figures)
    for number, words, tone in (("12", "今天来人", "text"), ("3", "待跟踪", "warn"), ("46", "发放件数", "text")):
        figures.addWidget(Figure(theme, number, words, tone))
    figures.addStretch(1)
    row = layouts.Row(theme, gap="s16")
    column.addLayout(row)
    goods = Card(theme, "s12")
    row.addWidget(goods, 1)
    grid = layouts.Grid(theme, across="s12", down="s16")
    grid.setColumnStretch(2, 1)
    goods.body.addLayout(grid)
    for place, (name, on_hand, minimum, tag) in enumerate(GOODS):
        grid.addWidget(Icon(theme, "supplies"), place, 0)
        grid.addWidget(Label(theme, name), place, 1)
        grid.addWidget(StockBar(theme, on_hand, minimum, f"{name} {on_hand}，最低 {minimum}"), place, 2)
        amount = Label(theme, str(on_hand), "strong", tabular=True)
        amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(amount, place, 3)
        grid.addWidget(Tag(theme, *tag), place, 4)
    goods.body.addStretch(1)
    chart = Card(theme, "s12")
    row.addWidget(chart, 1)
    chart.body.addWidget(Label(theme, "每天来人", "section"))
    days = [f"{day}日" for day in range(8, 22)]
    chart.body.addWidget(DayBars(theme, (4, 6, 3, 0, 5, 8, 7, 4, 9, 6, 5, 11, 8, 12), days, "近十四天每天来人"))
    chart.body.addStretch(1)
    column.addStretch(1)
    return page
