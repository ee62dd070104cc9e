"""The second speed: what else can be said, in sections that open one by one under the quick part."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.desk import Desk
from app.desktop.forms.check import CheckField
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.choice import ChoiceField
from app.desktop.forms.coded import coded
from app.desktop.forms.field import Field
from app.desktop.forms.number import NumberField
from app.desktop.forms.text import NoteField, TextField
from app.desktop.parts.button import Button
from app.desktop.parts.section import Section
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features import codes
from app.features.codes import Codes

LANGUAGES_TOLD = 20


class Makers:
    """Fields with the words and choices of the records they stand for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def text(self, name: str, *, kind: str | None = None, latin: bool = False, longest: int = 200) -> TextField:
        label = self._desk.texts.field(name, kind)
        return TextField(self._desk.theme, name, label, latin=latin, longest=longest)

    def wide(self, name: str, longest: int = 120) -> TextField:
        label = self._desk.texts.field(name)
        return TextField(self._desk.theme, name, label, longest=longest, width="wide_field")

    def choice(self, name: str, table: Codes) -> ChoiceField:
        return ChoiceField(self._desk.theme, name, self._desk.texts.field(name), coded(self._desk.texts, table))

    def chips(self, name: str, table: Codes, leave_out: Sequence[str] = ()) -> ChipRow:
        shown = [code for code in table if code not in leave_out]
        return ChipRow(self._desk.theme, name, self._desk.texts.field(name), coded(self._desk.texts, table, shown))

    def check(self, name: str) -> CheckField:
        return CheckField(self._desk.theme, name, self._desk.texts.field(name))

    def note(self, name: str, label: str) -> NoteField:
        return NoteField(self._desk.theme, name, label)

    def number(self, name: str, unit: str, least: int, most: int) -> NumberField:
        label = self._desk.texts.field(name)
        return NumberField(self._desk.theme, name, label, unit=unit, least=least, most=most)


class MoreSection(QWidget):
    """One section, its fields flowing beside each other."""

    def __init__(self, desk: Desk, title: str, fields: Sequence[Field], parent: QWidget) -> None:
        super().__init__(parent)
        self.fields = list(fields)
        section = Section(desk.theme, title, self)
        Column(desk.theme, self, gap="").addWidget(section)
        beside: QWidget | None = None
        flow: Flow | None = None
        for field in fields:
            if isinstance(field, ChipRow | NoteField):
                section.body.addWidget(field)
                beside = None
                continue
            if beside is None or flow is None:
                beside = QWidget(section)
                policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
                policy.setHeightForWidth(True)
                beside.setSizePolicy(policy)
                flow = Flow(desk.theme, beside, gap="s16")
                section.body.addWidget(beside)
            flow.addWidget(field)

    def filled(self) -> bool:
        return any(field.value() not in (None, (), "", False) for field in self.fields)


class More(QObject):
    """The sections and the buttons that open them. `opened` with the section that is now to be seen."""

    opened = Signal(object)

    def __init__(self, desk: Desk, add: Callable[[Field], Field], parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._add = desk, add
        self._made = Makers(desk)
        self.sections: list[MoreSection] = []
        self.buttons: list[Button] = []
        make, texts = self._made, desk.texts
        self._section(
            self.tr("Groups and reasons"),
            parent,
            make.chips("special_groups", codes.SPECIAL_GROUP, ("REPEAT",)),
            make.chips("reasons", codes.REASON),
            make.check("with_minor"),
            make.check("sleeping_rough"),
            make.note("story", texts.field("story")),
        )
        self.id_no = make.text("id_no", latin=True, longest=30)
        self.phone = make.text("phone", kind="person", latin=True, longest=20)
        self._section(
            self.tr("Papers"),
            parent,
            make.choice("id_doc_type", codes.ID_DOC_TYPE),
            self.id_no,
            make.choice("id_verify", codes.ID_VERIFY),
            self.phone,
            make.wide("household_addr"),
            make.text("accent", longest=50),
            make.wide("clothing"),
        )
        self._section(
            self.tr("Kin"),
            parent,
            make.text("kin_name", longest=50),
            make.choice("kin_relation", codes.RELATION),
            make.text("kin_phone", latin=True, longest=20),
            make.wide("kin_addr"),
            make.text("guardian_name", longest=50),
            make.text("guardian_phone", latin=True, longest=20),
        )
        self._section(self.tr("Belongings"), parent, make.wide("belongings", 400))
        self._section(
            self.tr("What was told"),
            parent,
            make.choice("basis", codes.LAWFUL_BASIS),
            make.text("notice_version", longest=20),
            make.choice("signer", codes.SIGNER),
            make.text("language", longest=LANGUAGES_TOLD),
            make.wide("deferred_reason", 200),
            make.chips("consent_items", codes.CONSENT_ITEM),
        )
        self._section(
            self.tr("Remarks"),
            parent,
            make.note("note", texts.field("note")),
            make.choice("channel", codes.INTAKE_CHANNEL),
            make.choice("weather", codes.WEATHER),
            make.number("temperature", "℃", -60, 60),
            make.text("co_staff", longest=120),
        )

    def names(self) -> set[str]:
        return {field.identifier for section in self.sections for field in section.fields}

    def hold(self, name: str) -> MoreSection | None:
        """The section that holds this field."""
        return next((s for s in self.sections if any(field.identifier == name for field in s.fields)), None)

    def open(self, section: MoreSection) -> None:
        section.show()
        self.mark()
        self.opened.emit(section)

    def close_all(self) -> None:
        for section in self.sections:
            section.hide()
        self.mark()

    def open_filled(self) -> None:
        """After a draft came back: what holds something is to be seen."""
        for section in self.sections:
            section.setVisible(section.filled())
        self.mark()

    def mark(self) -> None:
        for section, button in zip(self.sections, self.buttons, strict=True):
            button.set_kind("soft" if section.filled() or not section.isHidden() else "quiet")

    def _section(self, title: str, parent: QWidget, *fields: Field) -> None:
        for field in fields:
            self._add(field)
        section = MoreSection(self._desk, title, fields, parent)
        section.hide()
        button = Button(self._desk.theme, title, "quiet")
        button.clicked.connect(self._pressed)
        self.sections.append(section)
        self.buttons.append(button)

    def _pressed(self) -> None:
        button = self.sender()
        if not isinstance(button, Button):
            return
        section = self.sections[self.buttons.index(button)]
        if section.isHidden():
            self.open(section)
        else:
            section.hide()
            self.mark()
