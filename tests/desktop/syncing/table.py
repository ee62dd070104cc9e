"""A laptop of a served town with a desk at it: rounds are asked for on the page and run as the desktop runs them."""

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject

from app.base.texts import Texts
from app.desktop.desk import Desk
from app.desktop.frame.pages import Action
from app.desktop.theme.theme import Theme
from app.desktop.work import Ticket, Work
from app.journal.runner import Runner
from app.store.engine import reading
from tests.sync.town import Laptop


@dataclass
class Table:
    """The desk of a laptop, and what was said at it."""

    laptop: Laptop
    work: Work
    desk: Desk
    told: list[str] = field(default_factory=list)


class Courier(QObject):
    """Runs the rounds that the page asks for."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._ticket: Ticket | None = None
        table.desk.rounds.asked.connect(self.start)
        table.desk.rounds.stop_asked.connect(self.stop)

    def start(self) -> None:
        rounds = self._table.desk.rounds
        rounds.begin()
        self._ticket = self._table.work.run_long(self._round, self._done, self._failed, rounds.moved.emit)

    def stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    def _round(self, ticket: Ticket) -> Any:
        return self._table.laptop.try_sync(write=self._write, progress=ticket.report, cancelled=ticket_state(ticket))

    def _write(self, job: Any) -> Any:
        return self._table.work.write_behind(job).result()

    def _done(self, report: Any) -> None:
        self._table.desk.rounds.end(report)

    def _failed(self, error: Any) -> None:
        self._table.desk.rounds.end(error)


def ticket_state(ticket: Ticket) -> Any:
    def cancelled() -> bool:
        return ticket.cancelled

    return cancelled


def sit_down(laptop: Laptop, theme: Theme) -> tuple[Table, Courier]:
    told: list[str] = []

    def say(words: str, _tone: str, _action: Action | None) -> None:
        told.append(words)

    def open_page(_key: str, _intent: object) -> None:
        raise AssertionError("this page leads nowhere")

    def ask(query: Any) -> Any:
        with reading(laptop.engine) as conn:
            return query(conn)

    def act(command: Any) -> Any:
        return Runner(laptop.engine, laptop.clock).do(command, laptop.actor)

    work = Work(act, ask)
    desk = Desk(work, theme, Texts("zh_CN"), laptop.clock, say, open_page, laptop.actor.node, laptop.actor.id)
    table = Table(laptop, work, desk, told)
    return table, Courier(table)
