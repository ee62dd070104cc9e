"""The widget of the page of sync: how it stands, what a round is doing, what needs a person, the last rounds."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QProgressBar, QWidget

from app.base.changes import Changes
from app.desktop.desk import Desk
from app.desktop.frame.pages import Action
from app.desktop.frame.sync_pill import REVOKED
from app.desktop.frame.way_out import WayOut
from app.desktop.lists.list_detail import Scroller
from app.desktop.parts.button import Button
from app.desktop.parts.label import Icon, Label
from app.desktop.parts.section import Card, Facts, Section
from app.desktop.parts.tab_order import tab_as_seen
from app.desktop.syncing.cards import Cards
from app.desktop.syncing.dispute_card import DisputeCard
from app.desktop.syncing.dropped_card import DroppedCard
from app.desktop.syncing.homes_card import HomesCard
from app.desktop.syncing.lines import Lines
from app.desktop.syncing.overruled_card import OverruledCard
from app.desktop.syncing.picture import About, Picture, read_picture
from app.desktop.syncing.review_card import ReviewCard
from app.desktop.syncing.rounds_list import RoundsList
from app.desktop.syncing.stick_card import StickCard
from app.desktop.syncing.words import SyncWords
from app.desktop.theme.layouts import Column, Row
from app.features.cases.disputes import DisputeRow
from app.features.cases.overruled import OverruledRow
from app.features.org.reviews import TWO_HOMES, OpenReview
from app.sync.kept_apart import Drop
from app.sync.overruled import Overruled
from app.sync.reports import Progress
from app.sync.status import PastRound

REFRESH_MS = 30_000


def _key(row: DisputeRow) -> tuple[object, ...]:
    """A conflict as it is shown: another value that arrives makes it another."""
    return row.kind, row.id, row.group, row.is_masked, tuple(version.write for version in row.versions)


class SyncPanel(QWidget):
    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._words = SyncWords(desk.texts, desk.clock, self)
        self._way_out = WayOut(desk.open_page, self)
        self._in_full: frozenset[str] = frozenset()
        self.cards: list[DisputeCard] = []
        self.picture: Picture | None = None
        theme = desk.theme
        content = QWidget(self)
        self.scroller = Scroller(theme, content, self)
        Column(theme, self, gap="").addWidget(self.scroller)
        outer = Row(theme, content, gap="", pad=("s24", "s4", "s24", "s24"))
        self._column = Column(theme, gap="s24")
        outer.addLayout(self._column, 1)
        self._column.addWidget(self._state_card(content))
        self._needs = Section(theme, self.tr("Needs a decision"), content)
        self._needs.body.addWidget(
            Label(
                theme,
                self.tr("Two people wrote different values without knowing of each other. Nothing was lost: choose."),
                tone="quiet",
                wrap=True,
                parent=self._needs,
            )
        )
        self._column.addWidget(self._needs)
        self.overruled = Cards(
            theme,
            self.tr("What you wrote was not taken"),
            self.tr("Somebody settled a conflict with another value. Yours stays in the history of the record."),
            content,
        )
        self._column.addWidget(self.overruled)
        self.dropped = Cards(
            theme,
            self.tr("The center will not take this in"),
            self.tr("Its administrator settled so. It stays on this computer, and nobody else sees it."),
            content,
        )
        self._column.addWidget(self.dropped)
        self.reviews = Cards(
            theme,
            self.tr("Please look at it"),
            self.tr("This was entered, and perhaps its author did not know all of it."),
            content,
        )
        self._column.addWidget(self.reviews)
        self.lines = Lines(theme, self.tr("To take note of"), self._words, content)
        self.lines.read.connect(self._told_read)
        self.lines.opened.connect(self._open)
        self._column.addWidget(self.lines)
        past = Section(theme, self.tr("The last ten rounds"), content)
        self.rounds = RoundsList(theme, self._words, content)
        past.body.addWidget(self.rounds)
        self.round = Label(theme, "", tone="quiet", wrap=True, tabular=True, parent=content)
        self.round.hide()
        past.body.addWidget(self.round)
        self.rounds.current.connect(self._show_round)
        self._no_rounds = Label(theme, self.tr("Not synced yet on this computer"), tone="quiet", parent=content)
        past.body.addWidget(self._no_rounds)
        self._column.addWidget(past)
        self.stick = StickCard(desk, content)
        self._column.addWidget(self.stick)
        self._column.addStretch(1)
        self.stick.turned.connect(self._place_stick)
        self._needs.hide()
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        desk.work.changed.connect(self._changed)
        desk.rounds.moved.connect(self._moved)
        desk.rounds.ended.connect(self._ended)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # whoever goes by Tab goes from part to part
        self.refresh()

    def intend(self, _intent: object) -> None:
        self.refresh()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What needs a decision comes first; its keys work at once. Only where the page is opened, not by Tab."""
        super().focusInEvent(event)
        if self.cards and event.reason() == Qt.FocusReason.OtherFocusReason:
            self.cards[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """A form that was opened meanwhile is met where it stands."""
        self._order()
        return super().focusNextPrevChild(forward)

    def action(self) -> Action:
        return Action(self.tr("Sync now"), self._desk.rounds.asked.emit, "F5", "sync")

    def refresh(self) -> None:
        query = partial(read_picture, now=self._desk.clock(), in_full=self._in_full, actor=self._desk.actor_id)
        self._desk.work.ask(query, self.show_picture, slot=(id(self), "picture"))

    def _place_stick(self) -> None:
        """Whoever put in a stick is about to use it: it stands right under how it stands. Else it comes last."""
        first = self.stick.matters
        self._column.removeWidget(self.stick)
        self._column.insertWidget(1 if first else self._column.count() - 1, self.stick)
        self._order()

    def _order(self) -> None:
        tab_as_seen(self, self._column)

    # how it stands

    def _state_card(self, parent: QWidget) -> QWidget:
        theme = self._desk.theme
        card = Card(theme, "s12", parent)
        head = Row(theme, gap="s12")
        self._icon = Icon(theme, "sync", "quiet", "icon", card)
        head.addWidget(self._icon)
        self._headline = Label(theme, "", "section", wrap=True, parent=card)
        head.addWidget(self._headline, 1)
        self.button = Button(theme, self.tr("Stop"), "plain", "close", parent=card)
        self.button.clicked.connect(self._desk.rounds.stop_asked)
        head.addWidget(self.button)
        card.body.addLayout(head)
        self._bar = QProgressBar(card)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("How far the round is"))
        card.body.addWidget(self._bar)
        self._step = Label(theme, "", tone="quiet", wrap=True, tabular=True, parent=card)
        card.body.addWidget(self._step)
        self._trouble = QWidget(card)
        trouble = Row(theme, self._trouble, gap="s8")
        self._trouble_icon = Icon(theme, "warning", "warn", "icon_small", self._trouble)
        trouble.addWidget(self._trouble_icon)
        self._why = Label(theme, "", "body", "warn", wrap=True, parent=self._trouble)
        trouble.addWidget(self._why, 1)
        self.mend = Button(theme, "", "soft", parent=self._trouble)
        self.mend.clicked.connect(self._go_and_mend)
        trouble.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self._trouble)
        self._facts = Facts(theme, parent=card)
        card.body.addWidget(self._facts)
        self._show_running(None)
        return card

    def show_picture(self, picture: Picture) -> None:
        self.picture = picture
        now, words = picture.standing, self._words
        if not self._desk.rounds.running:
            said, tone, icon = words.headline(now)
            self._headline.setText(said)
            self._icon.show_icon(icon, tone)
        facts = []
        if now.unsent and (not now.admitted or now.last_error == REVOKED):
            facts.append((self.tr("Saved here"), self.tr("%n record(s), all kept", "", now.unsent)))
        if now.unsent and now.oldest_unsent_age_s is not None:
            facts.append((self.tr("The oldest"), self._desk.texts.age_words(now.oldest_unsent_age_s)))
        contact = words.when(now.last_contact) if now.last_contact is not None else self.tr("not yet")
        facts.append((self.tr("Last contact"), contact))
        if now.behind and now.unsent:  # else the headline says it
            facts.append((self.tr("At the center"), self.tr("about %n record(s) to fetch", "", now.behind)))
        if photos := words.photos(now):
            facts.append((self.tr("Photos"), photos))
        if now.notice:
            facts.append((self.tr("Word of the center"), now.notice))
        self._facts.show_facts(facts)
        self._why.setText(self._desk.texts.kept_refusal(now.last_error) if now.last_error else "")
        self._trouble.setVisible(bool(now.last_error) and not self._desk.rounds.running)
        way = self._way_out.of(now.last_error)
        self.mend.setVisible(way is not None)
        if way is not None:
            self.mend.say(way.text)
        self.rounds.show_rows(picture.rounds)
        self._no_rounds.setVisible(not picture.rounds)
        self._show_disputes(picture.disputes)
        cases = picture.cases
        self.overruled.show_cards(
            [
                (one, partial(self._overruled_card, one, row, cases.get(one.record, "")))
                for one, row in picture.overruled
            ]
        )
        self.dropped.show_cards([(one, partial(self._dropped_card, one, of)) for one, of in picture.dropped])
        self.reviews.show_cards([self._reviewed(row, picture) for row in picture.reviews])
        self.lines.show_picture(picture)
        self._order()

    def _go_and_mend(self) -> None:
        way = self._way_out.of(self.picture.standing.last_error) if self.picture is not None else None
        if way is not None:
            way.run()

    def _show_round(self, row: PastRound | None) -> None:
        self.round.setText(self._words.past(row) if row is not None else "")
        self.round.setVisible(row is not None)

    def _show_running(self, moved: Progress | None) -> None:
        running = self._desk.rounds.running
        for part in (self._bar, self._step, self.button):
            part.setVisible(running)
        if not running:
            return
        self._trouble.hide()
        self._headline.setText(self.tr("Syncing…"))
        self._icon.show_icon("sync", "accent")
        waiting = self._words.waiting(moved)
        self._step.setText(" · ".join(filter(None, (self._words.step(moved), waiting))))
        total, done = 0, 0
        if moved is not None and moved.total:
            done, total = moved.done, moved.total
        elif moved is not None:
            done = moved.sent + moved.received
            total = done + moved.unsent + moved.behind
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _moved(self, moved: Progress | None) -> None:
        self._show_running(moved)

    def _ended(self, _how: object) -> None:
        self._show_running(None)
        self.refresh()

    def _changed(self, _changes: Changes) -> None:
        self.refresh()

    # what needs a person

    def _show_disputes(self, rows: Sequence[DisputeRow]) -> None:
        """Cards of the same conflict stay, with what is typed in them."""
        kept = {_key(card.row): card for card in self.cards}
        focus = QApplication.focusWidget()
        had_focus = self.hasFocus() or any(card is focus or card.isAncestorOf(focus) for card in self.cards if focus)
        shown = {_key(row) for row in rows}
        for card in self.cards:
            if _key(card.row) not in shown:
                self._needs.body.removeWidget(card)
                card.hide()
                card.deleteLater()
        self.cards = []
        for place, row in enumerate(rows):
            card = kept.get(_key(row)) or self._card(row)
            self._needs.body.insertWidget(place + 1, card)
            card.show()
            self.cards.append(card)
        self._needs.setVisible(bool(rows))
        if not had_focus:
            return
        focus = QApplication.focusWidget()
        if not any(card is focus or card.isAncestorOf(focus) for card in self.cards if focus):
            first = self.cards[0] if self.cards else self
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _card(self, row: DisputeRow) -> DisputeCard:
        card = DisputeCard(self._desk, self._words, row, self._needs)
        card.revealed.connect(self._reveal)
        return card

    def _reveal(self, person: str) -> None:
        self._in_full |= {person}
        self.refresh()

    def _overruled_card(self, found: Overruled, row: OverruledRow, case: str, parent: QWidget) -> QWidget:
        card = OverruledCard(self._desk, self._words, found, row, case, parent)
        card.read.connect(self._read)
        return card

    def _dropped_card(self, found: Drop, about: About | None, parent: QWidget) -> QWidget:
        card = DroppedCard(self._desk, self._words, found, about, parent)
        card.read.connect(self._drop_read)
        return card

    def _reviewed(self, row: OpenReview, picture: Picture) -> tuple[Hashable, Callable[[QWidget], QWidget]]:
        """A card's key and its maker."""
        subject, case = picture.about[row.kind, row.record], picture.cases.get(row.record, "")
        given = (self._desk, self._words, row, subject, case)
        if row.code == TWO_HOMES:
            return row, partial(HomesCard, *given)
        past = tuple(self._words.written.history(picture.written.get(row.id, ())))
        return (row, past), partial(ReviewCard, *given, past)

    def _read(self, found: Overruled) -> None:
        if self._desk.office is not None:
            note = partial(self._desk.office.note_read, found)
            self._desk.work.run(partial(self._desk.work.write_and_wait, note), self._noted)

    def _told_read(self) -> None:
        if self._desk.office is not None:
            self._desk.work.run(partial(self._desk.work.write_and_wait, self._desk.office.note_told), self._noted)

    def _drop_read(self, found: Drop) -> None:
        if self._desk.office is not None:
            note = partial(self._desk.office.note_drop_read, found)
            self._desk.work.run(partial(self._desk.work.write_and_wait, note), self._noted)

    def _open(self, page: str, intent: object) -> None:
        self._desk.open_page(page, intent)

    def _noted(self, _nothing: object) -> None:
        self.refresh()
