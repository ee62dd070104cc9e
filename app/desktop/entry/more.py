"""The second speed: what else can be said, in sections that open one by one under the quick part."""

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.desktop.desk import Desk
from app.desktop.entry.necessary import Reasons
from app.desktop.forms.chips import ChipRow
from app.desktop.forms.field import Field
from app.desktop.forms.form import is_said
from app.desktop.forms.of_record import RecordFields
from app.desktop.forms.photos import PhotosField
from app.desktop.forms.text import NoteField
from app.desktop.parts.button import Button
from app.desktop.parts.section import Section
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column
from app.features.cases.rules import Necessity

_DERIVED = frozenset({"REPEAT"})
"""What the program finds by itself."""


class MoreSection(QWidget):
    """One section, its fields flowing beside each other."""

    def __init__(self, desk: Desk, title: str, fields: Sequence[Field], parent: QWidget) -> None:
        super().__init__(parent)
        self.fields = list(fields)
        section = Section(desk.theme, title, self)
        Column(desk.theme, self, gap="").addWidget(section)
        self.reasons = Reasons(desk.theme, desk.texts, section)
        section.body.addWidget(self.reasons)
        self.opened_by_rule = False
        beside: QWidget | None = None
        flow: Flow | None = None
        for field in fields:
            if isinstance(field, ChipRow | NoteField | PhotosField):
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
        return any(is_said(field.value()) for field in self.fields)


class More(QObject):
    """The sections and the buttons that open them. `opened` with the section that is now to be seen."""

    opened = Signal(object)

    def __init__(self, desk: Desk, add: Callable[[Field], Field], parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._add, self._parent = desk, add, parent
        self._kinds = {
            kind: RecordFields(desk.theme, desk.texts, desk.clock, kind)
            for kind in ("person", "case", "encounter", "notice_given", "note")
        }
        self.sections: list[MoreSection] = []
        self.buttons: list[Button] = []
        self._section(
            self.tr("Groups and reasons"),
            self._make("person", "special_groups"),
            self._make("case", "reasons"),
            self._make("encounter", "with_minor", "sleeping_rough"),
            self._make("case", "story"),
        )
        papers = ("id_doc_type", "id_no", "id_verify", "phone", "household_addr", "accent", "clothing")
        self._section(self.tr("Papers"), self._make("person", *papers))
        kin = ("kin_name", "kin_relation", "kin_phone", "kin_addr", "guardian_name", "guardian_phone")
        self._section(self.tr("Kin"), self._make("person", *kin))
        self._section(self.tr("Belongings"), self._make("case", "belongings"))
        self.photos = PhotosField(desk, "photos", desk.texts.field("photos"))
        self._section(self.tr("Photos"), [self.photos])
        told = ("basis", "notice_version", "signer", "language", "deferred_reason", "consent_items")
        self._section(self.tr("What was told"), self._make("notice_given", *told))
        circumstances = ("channel", "weather", "temperature", "co_staff")
        note = NoteField(desk.theme, "note", desk.texts.field("note"))
        self._section(self.tr("Remarks"), [note], self._make("encounter", *circumstances))

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
            section.opened_by_rule = False
            section.hide()
        self.mark()

    def open_filled(self) -> None:
        """After a draft came back: what holds something is to be seen."""
        for section in self.sections:
            section.setVisible(section.filled())
        self.mark()

    def need(self, found: Sequence[Necessity], explained: Collection[str]) -> None:
        """Open the sections that hold what these rules name; why is said there unless it is `explained` already."""
        for section in self.sections:
            names = {field.identifier for field in section.fields}
            rules = [each for each in found if names & set(each.fields)]
            section.reasons.say([each for each in rules if each.rule not in explained])
            if rules and not section.opened_by_rule:
                section.show()
            elif not rules and section.opened_by_rule and not section.filled():
                section.hide()
            section.opened_by_rule = bool(rules)

    def mark(self) -> None:
        for section, button in zip(self.sections, self.buttons, strict=True):
            button.set_kind("soft" if section.filled() or not section.isHidden() else "quiet")

    def _make(self, kind: str, *names: str) -> list[Field]:
        return [self._kinds[kind].make(name, leave_out=_DERIVED) for name in names]

    def _section(self, title: str, *groups: Sequence[Field]) -> None:
        fields = [field for group in groups for field in group]
        for field in fields:
            self._add(field)
        section = MoreSection(self._desk, title, fields, self._parent)
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
