"""The form of one contact, in the order in which it happens: who, where, what is seen, needed, given, how it ended.

It knows its fields and what the rules open; saving, drafts and notices are the counter's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.base.clock import local
from app.base.errors import Refused
from app.desktop.desk import Desk
from app.desktop.entry.called import CalledField
from app.desktop.entry.following import Following, facts_of
from app.desktop.entry.goods import GoodsField
from app.desktop.entry.more import More, MoreSection
from app.desktop.entry.necessary import Necessary
from app.desktop.entry.who import Perhaps, Who
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.field import Field
from app.desktop.forms.form import Form, is_said
from app.desktop.forms.lines import Lines
from app.desktop.forms.moment import DateTimeField
from app.desktop.forms.number import NumberField
from app.desktop.forms.text import TextField
from app.desktop.lists.list_detail import Scroller
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features import codes
from app.features.cases.commands import LogEncounter
from app.features.cases.rules import LIFE_SIGNS, necessities
from app.features.people.rules import warnings_of

_ALONE = frozenset({"OK", "NOT_SEEN"})
"""Observations that say there is nothing else to say."""
_OF_THE_SCREEN = frozenset({"unknown", "goods", "late"})
_RULED = (
    "special_groups", "unknown", "age_est", "id_no", "id_doc_type", "health_obs", "disposition", "refusal_reason",
    "ineligible_reason", "weather",
)  # fmt: skip
"""The fields at which the rules look."""
_MODES_OF_SEX = ("MALE", "FEMALE", "UNKNOWN")


class EntryForm(Form):
    late_changed = Signal(bool)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk.theme, desk.texts, parent)
        self._desk = desk
        self.setAcceptDrops(True)
        self.emergency = False
        """Whether a campaign of emergency is in force here."""
        self._column = Column(desk.theme, self, gap="")
        content = QWidget(self)
        inner = Column(desk.theme, content, gap="s16", pad=("s24", "s4", "s24", "s16"))
        self.lines = Lines(desk.theme, content)
        inner.addWidget(self.lines)
        self._make_who()
        self._make_where()
        self._make_seen()
        self._make_given()
        self._make_outcome()
        self._following = Following(self.disposition, self.next_due, desk.clock)
        self.more = More(desk, self.add, content)
        for section in self.more.sections:
            inner.addWidget(section)
        inner.addStretch(1)
        self.scroller = Scroller(desk.theme, content, self)
        self._column.addWidget(self.scroller, 1)
        self.more.opened.connect(self._show_section)
        for number in ("id_no", "phone"):
            self.field(number).changed.connect(self._number_typed)
        for field in self.fields:
            field.changed.connect(self._follow)
        self.set_defaults()

    # the lines, from above

    def _make_who(self) -> None:
        theme, texts = self.theme, self.texts
        fields = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        fields.setSizePolicy(policy)
        flow = Flow(theme, fields)
        words = self.tr("Name, or what they are called")
        self.name = self.add(TextField(theme, "name", words, placeholder=words, longest=50, bare=True))
        seen = self.tr("What the person looks like")
        self.features = self.add(
            TextField(
                theme,
                "features",
                texts.field("features"),
                placeholder=seen,
                longest=400,
                width="wide_field",
                bare=True,
            )
        )
        self.unknown = self.add(CheckField(theme, "unknown", texts.code("IDENTITY_STATUS", "UNKNOWN")))
        sexes = coded(texts, codes.GENDER, _MODES_OF_SEX)
        self.gender = self.add(ChipRow(theme, "gender", texts.field("gender"), sexes, single=True, bare=True))
        self.age = self.add(
            NumberField(theme, "age_est", texts.field("age_est"), unit=self.tr("years"), most=130, bare=True)
        )
        self.age.edit.setPlaceholderText(self.tr("about"))
        for field in (self.name, self.features, self.unknown, self.gender, self.age):
            flow.addWidget(field)
        self.features.hide()
        self.who = Who(self._desk, fields, self)
        self.perhaps = Perhaps(self._desk, self.name.edit, self)
        self.lines.add(self.tr("Who"), self._under(self.who, self.perhaps))
        self.name.edit.textEdited.connect(self.perhaps.typed)
        self.perhaps.chosen.connect(self.who.take)
        self.who.taken.connect(self._person_taken)
        self.unknown.changed.connect(self._unknown_turned)

    def _make_where(self) -> None:
        theme, texts = self.theme, self.texts
        place = texts.field("place_type")
        self.place_type = self.add(
            ChoiceField(theme, "place_type", place, coded(texts, codes.PLACE_TYPE), placeholder=place, bare=True)
        )
        where = self.tr("Where exactly, such as east of the bridge")
        self.place_text = self.add(
            TextField(
                theme,
                "place_text",
                texts.field("place_text"),
                placeholder=where,
                longest=120,
                width="wide_field",
                bare=True,
            )
        )
        self.started_at = self.add(
            DateTimeField(theme, "started_at", self.tr("When"), texts, self._desk.clock, bare=True)
        )
        self.started_at.edit.setPlaceholderText(self.tr("Now"))
        source = texts.field("source")
        self.source = self.add(
            ChoiceField(theme, "source", source, coded(texts, codes.CLUE_SOURCE), placeholder=source, bare=True)
        )
        when = self.lines.called(self.started_at, self.started_at.label)
        who_told = self.lines.called(self.source, source)
        self.lines.add(self.tr("Where"), self.place_type, self.place_text, when, who_told)

    def _make_seen(self) -> None:
        theme, texts = self.theme, self.texts
        seen = coded(texts, codes.HEALTH_OBS, danger=LIFE_SIGNS)
        self.health = self.add(ChipRow(theme, "health_obs", texts.field("health_obs"), seen, bare=True))
        self.health.changed.connect(self._seen_changed)
        self.called_120 = self.add(CalledField(self._desk, "called_120_at"))
        called = {"called_120_at": self.called_120, "called_110_at": self.add(CalledField(self._desk, "called_110_at"))}
        self.care = Necessary(theme, texts, called, self)
        self.lines.add(self.tr("Seen"), self._under(self.health, self.care))
        self.needs = self.add(ChipRow(theme, "needs", texts.field("needs"), coded(texts, codes.NEED), bare=True))
        self.lines.add(self.tr("Needed"), self.needs)

    def _make_given(self) -> None:
        self.goods = self.add(GoodsField(self._desk, "goods", self.tr("Given")))
        self.lines.add(self.tr("Given"), self.goods)

    def _make_outcome(self) -> None:
        theme, texts, clock = self.theme, self.texts, self._desk.clock
        ends = coded(texts, codes.DISPOSITION)
        self.disposition = self.add(
            ChipRow(theme, "disposition", texts.field("disposition"), ends, single=True, bare=True)
        )
        reason = texts.field("refusal_reason")
        fields: list[Field] = [
            ChipRow(theme, "refusal_reason", reason, coded(texts, codes.REFUSAL_REASON), single=True),
            ChipRow(
                theme,
                "ineligible_reason",
                texts.field("ineligible_reason"),
                coded(texts, codes.INELIGIBLE),
                single=True,
            ),
            TextField(theme, "guide_card_no", texts.field("guide_card_no"), latin=True, longest=40),
            NumberField(theme, "persuasion_minutes", texts.field("persuasion_minutes"), unit=self.tr("min"), most=1440),
            TextField(theme, "receiver_name", texts.field("receiver_name"), longest=50),
            ChoiceField(theme, "receiver_relation", texts.field("receiver_relation"), coded(texts, codes.RELATION)),
            CheckField(theme, "receiver_id_checked", texts.field("receiver_id_checked")),
        ]
        self.outcome = Necessary(theme, texts, {each.identifier: self.add(each) for each in fields}, self)
        self.lines.add(self.tr("Result"), self._under(self.disposition, self.outcome))
        self.next_due = self.add(
            DateTimeField(theme, "next_due", texts.field("next_due"), texts, clock, ahead=True, bare=True)
        )
        self.next_due.edit.setPlaceholderText(self.tr("Not planned"))
        self.late = self.add(CheckField(theme, "late", self.tr("From a paper note")))
        self.late.changed.connect(self._late_turned)
        self.lines.add(texts.field("next_due"), self.next_due, self.late)

    def _under(self, *parts: QWidget) -> QWidget:
        """One line of the form in several storeys."""
        line = QWidget(self)
        column = Column(self.theme, line, gap="s8")
        for part in parts:
            column.addWidget(part)
        return line

    # what others ask

    def add_foot(self, foot: QWidget) -> None:
        self._column.addWidget(foot)

    def set_defaults(self, keep: Mapping[str, object] | None = None) -> None:
        """An empty form; `keep` stays as it was in the row before."""
        self.clear()
        self.who.leave()
        self.perhaps.empty()
        self.more.close_all()
        self.set_values({"place_type": "POINT", "source": "SELF", **(keep or {})})
        self._following.begin()
        self._unknown_turned()
        self._follow()
        self.forget()

    def command(self) -> LogEncounter:
        """The one act that this form asks for."""
        values: dict[str, Any] = {name: value for name, value in self.values().items() if is_said(value)}
        held = {**self.care.open_fields(), **self.outcome.open_fields()}
        closed = (self.care.names() | self.outcome.names()) - held.keys()
        for name in closed | _OF_THE_SCREEN:
            values.pop(name, None)
        if self.who.known is not None:
            for name in ("name", "features", "gender", "age_est"):
                values.pop(name, None)
            values["person"] = self.who.known.person.id
        elif self.unknown.value():
            values.pop("name", None)
            values["identity_status"] = "UNKNOWN"
        else:
            values.pop("features", None)
        return LogEncounter(**values, goods=self.goods.value())

    def show_refusal(self, error: Exception) -> bool:
        if isinstance(error, Refused) and error.field and error.field.startswith("goods."):
            _, place, part = error.field.split(".", 2)
            if place.isdigit() and int(place) < len(self.goods.lines):
                self.goods.refuse_line(int(place), part, self.texts.refusal(error.code, **error.facts))
                return True
        if isinstance(error, Refused) and error.code == "seven_facts_missing":
            names = error.facts.get("fields")
            return self._show_lacking(names if isinstance(names, list) else [str(error.field)])
        if isinstance(error, Refused) and error.field:
            section = self.more.hold(error.field.partition(".")[0])
            if section is not None:
                self.more.open(section)
        return super().show_refusal(error)

    def _show_lacking(self, names: Sequence[str]) -> bool:
        """Each of the seven facts that is missing says so at its own place."""
        lacking = [self.field(name) for name in names]
        for field in lacking:
            field.refuse(self.tr("Choose") if field.is_chosen else self.tr("Fill this in"))
        lacking[0].go_to()
        return True

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.more.photos.takes(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A photo may be let go anywhere on the form."""
        section = self.more.hold(self.more.photos.identifier)
        if section is not None and self.more.photos.add_from(event.mimeData()):
            event.acceptProposedAction()
            self.more.open(section)

    def draft(self) -> dict[str, object]:
        kept = super().draft()
        kept["person"] = self.who.known.person.id if self.who.known else None
        return kept

    def load_draft(self, kept: Mapping[str, object]) -> None:
        super().load_draft(kept)
        person = kept.get("person")
        if isinstance(person, str):
            self.who.take_id(person)
        self._unknown_turned()
        self.late_changed.emit(self.late.value())
        self._follow()
        self.more.open_filled()

    def start(self) -> None:
        if self.who.known is not None:
            self.health.go_to()
        else:
            super().start()

    # what follows from what is typed

    def _follow(self) -> None:
        said: dict[str, object] = {name: self.field(name).value() for name in _RULED}
        said["called_120_at"] = self.called_120.glance()
        known = self.who.known.person if self.who.known else None
        facts = facts_of(said, known, self._desk.clock(), emergency=self.emergency)
        found = necessities(facts)
        explained = self.care.show_rules(found) | self.outcome.show_rules(found)
        self.more.need(found, explained)
        if self._following.choose(found):
            self._follow()
            return
        met = self.started_at.glance()
        self._following.bar(found)
        self._following.plan(facts, met)
        self.goods.at_time(met)
        self._warn()
        self.more.mark()

    def _warn(self) -> None:
        """Remarks beside numbers; nothing is blocked by them."""
        names = ("id_no", "phone", "kin_phone", "guardian_phone")
        values = {name: self.field(name).value() for name in (*names, "id_doc_type")}
        found = {each.field: each for each in warnings_of(values, local(self._desk.clock()).date())}
        for name in names:
            warn = found.get(name)
            self.field(name).set_hint(self.texts.code(warn.table, warn.code) if warn else "")

    def _seen_changed(self) -> None:
        """“Nothing unusual” and a finding exclude each other: what was pressed last holds."""
        taken = _codes(self.health.value())
        if len(taken) < 2 or not _ALONE & set(taken):
            return
        last = next(
            (code for code, chip in zip(codes.HEALTH_OBS, self.health.chips, strict=True) if chip.hasFocus()), ""
        )
        self.health.set_value((last,) if last in _ALONE else tuple(code for code in taken if code not in _ALONE))

    def _number_typed(self) -> None:
        """The number of a document or a phone tells who it is more surely than a name."""
        field = self.sender()
        number = field.value() if isinstance(field, Field) else None
        if isinstance(number, str) and self.who.known is None:
            self.perhaps.typed(number)

    def _unknown_turned(self) -> None:
        unknown = bool(self.unknown.value())
        self.name.setVisible(not unknown)
        self.features.setVisible(unknown)
        self.perhaps.setEnabled(not unknown and self.who.known is None)
        if unknown:
            self.perhaps.empty()
            if self.name.edit.hasFocus() or self.unknown.box.hasFocus():
                self.features.go_to()

    def _person_taken(self, known: object) -> None:
        self.perhaps.empty()
        self.perhaps.setEnabled(known is None and not self.unknown.value())
        self._touched()
        self._follow()
        if known is not None:
            self.health.go_to()
        elif self.isVisible():
            self.name.go_to()

    def _late_turned(self) -> None:
        self.late_changed.emit(self.late.value())

    def layout_now(self) -> None:
        """Let a section that was just opened take its place, so that it can be scrolled to."""
        content = self.scroller.widget()
        if content is not None:
            content.adjustSize()

    def _show_section(self, section: MoreSection) -> None:
        self.layout_now()
        self.scroller.ensureWidgetVisible(section, 0, self.theme.sizes.s24)
        section.fields[0].go_to()


def _codes(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple) else ()
