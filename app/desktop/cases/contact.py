"""One contact on the page of a case: when, where, what was seen, given, said and told."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.desktop.desk import Desk
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.parts.photos import PhotoStrip
from app.desktop.parts.section import Card, Facts
from app.desktop.theme.layouts import Row
from app.features.cases.queries_case import EncounterRow, GoodsRow

_CODED = (
    ("disposition", "DISPOSITION"),
    ("refusal_reason", "REFUSAL_REASON"),
    ("ineligible_reason", "INELIGIBLE"),
    ("screening", "SCREENING"),
    ("weather", "WEATHER"),
)


class Contact(Card):
    """`amend_asked` and `undo_asked` are about this contact, `photo_opened` about its photos and one of them."""

    amend_asked = Signal(object)
    undo_asked = Signal(object)
    photo_opened = Signal(object, int)

    def __init__(self, desk: Desk, met: EncounterRow, parent: QWidget) -> None:
        super().__init__(desk.theme, "s8", parent)
        self._desk, self._met = desk, met
        theme, texts = desk.theme, desk.texts
        head = Row(theme, gap="s8")
        when = texts.day_words(met.met_at, desk.clock())
        head.addWidget(Label(theme, when, "strong", parent=self))
        head.addWidget(Label(theme, met.staff_name, tone="quiet", cut=True, parent=self), 1)
        amend = Button(theme, self.tr("Correct"), "quiet", "edit", parent=self)
        amend.setAccessibleName(f"{amend.text()} {when}")
        amend.clicked.connect(self._amend)
        head.addWidget(amend)
        undo = Button(theme, self.tr("Take all of it back"), "quiet", "undo", parent=self)
        undo.setAccessibleName(f"{undo.text()} {when}")
        undo.clicked.connect(self._undo)
        head.addWidget(undo)
        self.body.addLayout(head)
        self.body.addWidget(Facts(theme, self._facts(), self))
        for given in met.goods:
            self.body.addWidget(self._goods(given))
        for note in met.notes:
            row = Row(theme, gap="s8")
            row.addWidget(Icon(theme, "note", "quiet", "icon_small", self))
            row.addWidget(Label(theme, note.text, wrap=True, parent=self), 1)
            self.body.addLayout(row)
        if met.photos:
            strip = PhotoStrip(theme, met.photos, self)
            strip.opened.connect(self.photo_opened)
            self.body.addWidget(strip)

    def _facts(self) -> list[tuple[str, str]]:
        texts, fields = self._desk.texts, self._met.fields
        place = [texts.code("PLACE_TYPE", fields["place_type"])] if fields.get("place_type") else []
        place += [fields["place_text"]] if fields.get("place_text") else []
        rows = [(texts.field("place_text"), " · ".join(place))]
        seen = self.tr(", ").join(texts.code("HEALTH_OBS", code) for code in self._met.health_obs)
        rows.append((texts.field("health_obs"), seen))
        rows += [(texts.field(name), texts.code(table, fields[name])) for name, table in _CODED if fields.get(name)]
        plain = ("guide_card_no", "co_staff")
        rows += [(texts.field(name), str(fields[name])) for name in plain if fields.get(name)]
        if fields.get("persuasion_minutes"):
            minutes = self.tr("{n} min").format(n=fields["persuasion_minutes"])
            rows.append((texts.field("persuasion_minutes"), minutes))
        if fields.get("temperature") is not None:
            rows.append((texts.field("temperature"), f"{fields['temperature']} ℃"))
        called = ("called_120_at", "called_110_at")
        now = self._desk.clock()
        rows += [(texts.field(name), texts.day_words(fields[name], now)) for name in called if fields.get(name)]
        for told in self._met.notices:
            words = texts.code("LAWFUL_BASIS", told["basis"]) if told.get("basis") else ""
            if told.get("withdrawn_at"):
                words = self.tr("{words}, consent withdrawn").format(words=words)
            elif told.get("deferred_reason"):
                words = self.tr("{words}, told later: {why}").format(words=words, why=told["deferred_reason"])
            rows.append((texts.kind("notice_given"), words))
        return [(label, words) for label, words in rows if words]

    def _goods(self, given: GoodsRow) -> QWidget:
        theme, texts = self._desk.theme, self._desk.texts
        line = QWidget(self)
        row = Row(theme, line, gap="s8")
        row.addWidget(Icon(theme, "supplies", "quiet", "icon_small", line))
        unit = texts.code("UNIT", given.unit) if given.unit else ""
        row.addWidget(Label(theme, f"{given.name} ×{given.quantity} {unit}".rstrip(), parent=line))
        if given.expires_on:
            words = self.tr("lot good until {day}").format(day=given.expires_on)
            row.addWidget(Label(theme, words, "small", "quiet", parent=line))
        if given.taken_back:
            row.addWidget(Tag(theme, self.tr("back on the shelf"), "quiet", "undo", line))
        row.addStretch(1)
        return line

    def _amend(self) -> None:
        self.amend_asked.emit(self._met)

    def _undo(self) -> None:
        self.undo_asked.emit(self._met)
