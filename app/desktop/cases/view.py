"""The page of one case: who, the contacts with goods and notes, the visits, the history at the end, and the acts."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from app.base.changes import Changes
from app.desktop.cases.acts import CaseActs
from app.desktop.cases.amend import Amending, Opened, opened
from app.desktop.cases.contact import Contact
from app.desktop.cases.sheet import Sheet
from app.desktop.cases.words import CaseWords
from app.desktop.desk import Desk
from app.desktop.lists.history import History
from app.desktop.lists.history_words import HistoryWords
from app.desktop.lists.list_detail import Scroller
from app.desktop.lists.trace_line import TraceLine
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label, Tag
from app.desktop.parts.persons import who_words
from app.desktop.parts.photo_view import PhotoViewer
from app.desktop.parts.photos import PhotoStrip
from app.desktop.parts.section import Facts, Section
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.features.cases.queries import CaseRow
from app.features.cases.queries_case import (
    CaseDetail,
    EncounterRow,
    FollowUpRow,
    case_detail,
    case_history,
    was_taken_back,
)
from app.features.org.history import Event
from app.features.photos.queries import Photo

KINDS = (
    "case", "encounter", "person", "note", "notice_given", "follow_up", "movement", "encounter_photo", "person_photo",
)  # fmt: skip


class CaseView(QWidget):
    def __init__(self, desk: Desk, words: CaseWords, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._words = desk, words
        self._told = HistoryWords(desk.texts, desk.clock, self)
        self._id, self._is_new = "", False
        self._detail: CaseDetail | None = None
        self._acts = CaseActs(desk, self)
        self._sheet: Sheet | None = None
        self._first: Button | None = None
        self.viewer: PhotoViewer | None = None
        content = QWidget(self)
        column = Column(desk.theme, content, gap="s24", pad=("s24", "s8", "s24", "s24"))
        self._top = Column(desk.theme, gap="s12")
        column.addLayout(self._top)
        self._place = Column(desk.theme, gap="")
        column.addLayout(self._place)
        self._body = Column(desk.theme, gap="s24")
        column.addLayout(self._body)
        past = Section(desk.theme, self.tr("History"), content)
        self._history = History(desk.theme, desk.texts, desk.clock, (), past)
        past.body.addWidget(self._history)
        self._past = past
        column.addWidget(past)
        column.addStretch(1)
        self._shown: list[QWidget] = []
        self.scroller = Scroller(desk.theme, content, self)
        self._storeys = Column(desk.theme, self, gap="")
        self._storeys.addWidget(self.scroller, 1)
        desk.work.changed.connect(self._changed)

    def show_case(self, id_: str) -> None:
        if id_ != self._id:
            self._close_sheet()
            self._id, self._is_new = id_, True
        self.refresh()

    def refresh(self) -> None:
        now = self._desk.clock()
        self._desk.work.ask(partial(case_detail, id_=self._id, now=now), self._came, slot=(id(self), "case"))
        self._desk.work.ask(partial(case_history, id_=self._id), self._past_came, slot=(id(self), "past"))

    @property
    def detail(self) -> CaseDetail | None:
        """The case as it is shown."""
        return self._detail

    @property
    def sheet(self) -> Sheet | None:
        return self._sheet

    # what comes

    def _changed(self, changes: Changes) -> None:
        if self._id and changes.touches(*KINDS):
            self.refresh()

    def _past_came(self, events: Sequence[Event]) -> None:
        self._history.show_entries(self._told.history(events))

    def _came(self, detail: CaseDetail | None) -> None:
        here = QApplication.focusWidget()
        had_focus = here is not None and self.isAncestorOf(here) and self._sheet is None
        for widget in self._shown:
            widget.hide()
            widget.deleteLater()
        self._shown = []
        self._detail = detail
        self._past.setVisible(detail is not None)
        if detail is None:
            self._first = None
            self._desk.work.ask(partial(was_taken_back, id_=self._id), self._say_gone, slot=(id(self), "gone"))
            return
        self._put(self._top, self._head(detail))
        self._put(self._top, self._buttons(detail))
        self._put(self._body, self._person(detail))
        self._put(self._body, self._asked(detail))
        self._put(self._body, self._contacts(detail))
        if detail.follow_ups:
            self._put(self._body, self._visits(detail))
        if detail.earlier:
            self._put(self._body, self._earlier(detail))
        if had_focus and self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._is_new:
            self._is_new = False
            self.scroller.verticalScrollBar().setValue(0)

    def _say_gone(self, taken_back: bool) -> None:
        if self._detail is not None:
            return
        words = self.tr("This case was taken back.")
        if not taken_back:
            words = self.tr(
                "This point does not see this case any more: it was closed, or another point goes on with it. Nothing "
                "was lost."
            )
        self._put(self._top, Label(self._desk.theme, words, tone="quiet", wrap=True, parent=self))

    def _put(self, column: Column, widget: QWidget) -> None:
        column.addWidget(widget)
        widget.show()
        self._shown.append(widget)

    # the parts

    def _head(self, detail: CaseDetail) -> QWidget:
        theme = self._desk.theme
        head = QWidget(self)
        column = Column(theme, head, gap="s4")
        row = Row(theme, gap="s8")
        column.addLayout(row)
        row.addWidget(Label(theme, who_words(self._desk.texts, detail.row), "title", parent=head))
        row.addWidget(Tag(theme, *self._words.state(detail.row), parent=head))
        for sign in detail.row.signs:
            row.addWidget(Tag(theme, *self._words.sign(sign), parent=head))
        row.addStretch(1)
        column.addWidget(Label(theme, detail.row.biz_no or "", "small", "quiet", tabular=True, parent=head))
        written = (detail.row.id, detail.row.person, *(met.id for met in detail.encounters))
        column.addWidget(TraceLine(self._desk, [id_ for id_ in written if id_], head))
        return head

    def _buttons(self, detail: CaseDetail) -> QWidget:
        holder = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        holder.setSizePolicy(policy)
        flow = Flow(self._desk.theme, holder)
        closed = detail.row.case_status == "CLOSED"
        acts: list[tuple[str, str, Callable[[], None]]] = [(self.tr("Met again"), "register", self._log)]
        if not closed and detail.encounters:
            acts += [
                (self.tr("Add a note"), "note", self._note),
                (self.tr("Add photos"), "camera", self._photos),
                (self.tr("Plan a visit"), "calendar", self._plan),
                (self.tr("Told"), "megaphone", self._notice),
            ]
        acts.append((self.tr("From paper"), "history", self._log_late))
        acts.append(
            (self.tr("Open again"), "undo", self._reopen)
            if closed
            else (self.tr("Close the case"), "good", self._close)
        )
        buttons = []
        for word, icon, act in acts:
            button = Button(self._desk.theme, word, "plain", icon, parent=holder)
            button.clicked.connect(act)
            flow.addWidget(button)
            buttons.append(button)
        self._first = buttons[0]
        self.setFocusProxy(self._first)
        return holder

    def _person(self, detail: CaseDetail) -> QWidget:
        texts, person = self._desk.texts, detail.person
        section = Section(self._desk.theme, texts.kind("person"), self)
        if person is None:
            words = self.tr("Names and papers stay at the point that logged the case.")
            section.body.addWidget(Label(self._desk.theme, words, tone="quiet", wrap=True, parent=section))
            return section
        add = Button(self._desk.theme, self.tr("Add photos"), "quiet", "camera", parent=section)
        add.setAccessibleName(f"{add.text()} {texts.kind('person')}")
        add.clicked.connect(self._person_photos)
        section.beside.addWidget(add)
        section.beside.addWidget(self._correct(texts.kind("person"), self._amend_person, section))
        names = (
            "identity_status", "name", "alias", "birth_date", "id_doc_type", "id_no", "phone", "features", "clothing",
            "accent", "household_addr", "welfare_status", "kin_name", "kin_phone", "guardian_name", "guardian_phone",
        )  # fmt: skip
        facts = [
            (texts.field(name, "person"), self._told.value("person", name, person.fields[name]))
            for name in names
            if person.fields.get(name)
        ]
        if person.special_groups:
            words = self._told.value("person", "special_groups", person.special_groups)
            facts.append((texts.field("special_groups"), words))
        section.body.addWidget(Facts(self._desk.theme, facts, section))
        if detail.person_photos:
            strip = PhotoStrip(self._desk.theme, detail.person_photos, section)
            strip.opened.connect(self.open_photo)
            section.body.addWidget(strip)
        return section

    def _asked(self, detail: CaseDetail) -> QWidget:
        texts = self._desk.texts
        section = Section(self._desk.theme, self.tr("What was asked"), self)
        section.beside.addWidget(self._correct(texts.kind("case"), self._amend_case, section))
        names = ("reasons", "needs", "story", "adrift_since", "belongings", "close_type", "destination", "left_at")
        facts = [
            (texts.field(name, "case"), self._told.value("case", name, detail.fields[name]))
            for name in names
            if detail.fields.get(name)
        ]
        section.body.addWidget(Facts(self._desk.theme, facts, section))
        if not facts:
            section.body.addWidget(
                Label(self._desk.theme, self.tr("Nothing written down yet."), tone="quiet", parent=section)
            )
        return section

    def _contacts(self, detail: CaseDetail) -> QWidget:
        section = Section(self._desk.theme, self.tr("Contacts · %n", "", len(detail.encounters)), self)
        for met in detail.encounters:
            contact = Contact(self._desk, met, section)
            contact.amend_asked.connect(self._amend_encounter)
            contact.undo_asked.connect(self._undo)
            contact.photo_opened.connect(self.open_photo)
            section.body.addWidget(contact)
        return section

    def _visits(self, detail: CaseDetail) -> QWidget:
        theme, texts, now = self._desk.theme, self._desk.texts, self._desk.clock()
        section = Section(theme, texts.kind("follow_up"), self)
        for visit in detail.follow_ups:
            line = QWidget(section)
            row = Row(theme, line, gap="s8")
            waits = visit.done_at is None
            late = waits and visit.due_at is not None and visit.due_at < now
            row.addWidget(Icon(theme, "clock" if waits else "good", "warn" if late else "quiet", "icon_small", line))
            moment = visit.due_at if waits else visit.done_at
            row.addWidget(Label(theme, texts.day_words(moment or now, now), parent=line))
            result = texts.code("FOLLOW_RESULT", visit.follow_result) if visit.follow_result else self.tr("to be done")
            words = " · ".join(filter(None, (result, visit.note)))
            row.addWidget(Label(theme, words, tone="warn" if late else "quiet", cut=True, parent=line), 1)
            if waits:
                button = Button(theme, self.tr("How it went"), "plain", parent=line)
                button.clicked.connect(partial(self._visit, visit))
                row.addWidget(button)
            section.body.addWidget(line)
        return section

    def _earlier(self, detail: CaseDetail) -> QWidget:
        theme = self._desk.theme
        section = Section(theme, self.tr("Other cases of this person"), self)
        for row in detail.earlier:
            button = Button(theme, self._earlier_words(row), "quiet", "case", parent=section)
            button.clicked.connect(partial(self._desk.open_page, "cases", row.id))
            section.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        return section

    def _earlier_words(self, row: CaseRow) -> str:
        when = self._desk.texts.day_words(row.met_at or row.born_at, self._desk.clock())
        return " · ".join((when, self._words.status(row)[0], row.biz_no or ""))

    def _correct(self, what: str, act: Callable[[], None], parent: QWidget) -> Button:
        button = Button(self._desk.theme, self.tr("Correct"), "quiet", "edit", parent=parent)
        button.setAccessibleName(f"{button.text()} {what}")
        button.clicked.connect(act)
        return button

    # the acts

    def open_sheet(self, sheet: Sheet) -> None:
        self._close_sheet()
        self._sheet = sheet
        sheet.closed.connect(self._sheet_closed)
        self._place.addWidget(sheet)
        self._storeys.addWidget(sheet.foot)  # under what scrolls: the verb is always to be seen
        sheet.show()
        sheet.foot.show()
        sheet.keeper.look()
        self.scroller.verticalScrollBar().setValue(0)
        sheet.start()

    def _close_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.flush_draft()
            self._place.removeWidget(self._sheet)
            self._storeys.removeWidget(self._sheet.foot)
            self._sheet.foot.hide()
            self._sheet.foot.deleteLater()
            self._sheet.hide()
            self._sheet.deleteLater()
            self._sheet = None

    def _sheet_closed(self) -> None:
        self._close_sheet()
        if self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _log(self) -> None:
        if self._detail is not None:
            self._desk.open_page("entry", {"person": self._detail.row.person})

    def _log_late(self) -> None:
        if self._detail is not None:
            self._desk.open_page("entry", {"person": self._detail.row.person, "late": True})

    def _note(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.note(self._detail))

    def _photos(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.photos(self._detail))

    def _person_photos(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.person_photos(self._detail.row.person))

    def open_photo(self, photos: Sequence[Photo], place: int) -> None:
        """One of a record's photos, large, over the whole window."""
        self.viewer = PhotoViewer(self._desk, photos, place, self.window())
        self.viewer.remove_asked.connect(self._take_photo_back)
        self.viewer.closed.connect(self._photo_closed)

    def _photo_closed(self) -> None:
        self.viewer = None
        if self._first is not None:
            self._first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_photo_back(self, photo: Photo) -> None:
        self.open_sheet(self._acts.take_photo_back(photo))

    def _notice(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.notice(self._detail))

    def _plan(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.plan(self._detail))

    def _close(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.close(self._detail))

    def _reopen(self) -> None:
        if self._detail is not None:
            self.open_sheet(self._acts.reopen(self._detail))

    def _visit(self, visit: FollowUpRow) -> None:
        self.open_sheet(self._acts.visit(visit))

    def _undo(self, met: EncounterRow) -> None:
        self.open_sheet(self._acts.undo(met))

    def _amend_person(self) -> None:
        if self._detail is not None:
            self._amend("person", self._detail.row.person)

    def _amend_case(self) -> None:
        self._amend("case", self._id)

    def _amend_encounter(self, met: object) -> None:
        if isinstance(met, EncounterRow):
            self._amend("encounter", met.id)

    def _amend(self, kind: str, id_: str) -> None:
        """The record is read once more with its heads: what the form shows stands on them."""
        query = partial(opened, case=self._id, kind=kind, id_=id_, now=self._desk.clock())
        self._desk.work.ask(query, self._opened, slot=(id(self), "opened"))

    def _opened(self, found: Opened | None) -> None:
        if found is not None:
            self.open_sheet(Amending(self._desk, found, self).sheet())
