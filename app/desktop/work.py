"""The only threads of the desktop: one that writes, one that reads, a pool for the network and slow things.

Every answer comes back on the screen's thread, to a bound method; where the widget is gone meanwhile the
answer is dropped without a word. Not here: what an act does, which query is asked, how trouble is shown.
"""

import queue
import sys
import threading
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import count
from types import MethodType
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.base.errors import Environment, Refused

Act = Callable[[Any], Any]
"""Carries out a command; gives an outcome with `.changes`; raises `Refused` or `Environment`."""

Query = Callable[[Any], Any]
"""Takes the read-only connection, gives frozen rows."""

Ask = Callable[[Query], Any]
"""Runs a query on the read-only connection."""

POOL = 4


class _Turn(IntEnum):
    """The order at the writer's door: what the user did goes before pages from the center."""

    USER = 0
    BEHIND = 1
    LEAVE = 2


class Ticket(QObject):
    """A long job under way: it reports, and may be asked to stop."""

    progress = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop = threading.Event()

    def cancel(self) -> None:
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        return self._stop.is_set()

    def report(self, state: object) -> None:
        """Called by the job, on its own thread; heard on the screen's thread."""
        self.progress.emit(state)


class _Reply:
    """A bound method to call back, held so that it does not keep its widget alive."""

    def __init__(self, method: Callable[[Any], None] | None) -> None:
        self._method: weakref.WeakMethod[Any] | None = None
        self._more: tuple[Any, ...] = ()
        self._named: dict[str, Any] = {}
        if method is None:
            return
        if isinstance(method, partial):
            self._more, self._named, method = method.args, method.keywords, method.func
        if not isinstance(method, MethodType):
            raise TypeError("an answer goes to a bound method: a lambda would outlive its widget")
        self._method = weakref.WeakMethod(method)

    @property
    def wanted(self) -> bool:
        return self._method is not None

    def give(self, value: object) -> None:
        method = self._method() if self._method is not None else None
        if method is None:
            return
        owner = method.__self__
        if isinstance(owner, QObject) and not shiboken6.isValid(owner):
            return
        method(*self._more, value, **self._named)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Something that came back from a thread."""

    reply: _Reply
    value: object
    changes: object = None
    bug: BaseException | None = None
    slot: Hashable | None = None
    serial: int = 0


_Job = Callable[[], None]


class _Slice:
    """A page to apply, and the future its round waits on."""

    def __init__(self, job: Callable[[], Any], told: Callable[[_Arrival], None]) -> None:
        self.future: Future[Any] = Future()
        self._job = job
        self._told = told

    def __call__(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self._job()
        except BaseException as error:
            self.future.set_exception(error)
            return
        self.future.set_result(result)
        changes = getattr(result, "changes", None)
        if changes:
            self._told(_Arrival(_Reply(None), result, changes=changes))


class _Line:
    """One thread and the jobs before its door, by turn and then by age."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.PriorityQueue[tuple[int, int, _Job | None]] = queue.PriorityQueue()
        self._number = count()
        self._door = threading.Lock()
        self._open = True
        self._thread = threading.Thread(target=self._serve, name=name)
        self._thread.start()

    def put(self, turn: _Turn, job: _Job) -> bool:
        """False when the line is closed and the job will not run."""
        with self._door:
            if self._open:
                self._jobs.put((turn, next(self._number), job))
            return self._open

    def close(self) -> None:
        """Finish what the user asked for, cancel the slices, let no more in; `join` waits for the rest."""
        with self._door:
            self._open = False
            kept: list[tuple[int, int, _Job | None]] = []
            while not self._jobs.empty():
                turn, number, job = self._jobs.get_nowait()
                if isinstance(job, _Slice):
                    job.future.cancel()
                else:
                    kept.append((turn, number, job))
            for each in kept:
                self._jobs.put(each)
            self._jobs.put((_Turn.LEAVE, next(self._number), None))

    def join(self) -> None:
        self._thread.join()

    def _serve(self) -> None:
        while True:
            _, _, job = self._jobs.get()
            if job is None:
                return
            job()


class Work(QObject):
    """`do` for commands, `ask` for queries, `run` for the network.

    `changed` carries the `Changes` of every act and every page applied, once. `trouble` carries what kept
    something from happening and nobody else takes: `Errors` says it.
    """

    changed = Signal(object)
    trouble = Signal(object)
    _arrived = Signal(object)

    def __init__(self, act: Act, ask: Ask, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._act = act
        self._ask = ask
        self._serial = count()
        self._latest: dict[Hashable, int] = {}
        self._tickets: weakref.WeakSet[Ticket] = weakref.WeakSet()
        self._closed = False
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._writer = _Line("writer")
        self._reader = _Line("reader")
        self._pool = ThreadPoolExecutor(POOL, thread_name_prefix="pool")

    # what pages use

    def do(
        self,
        command: object,
        done: Callable[[Any], None] | None = None,
        refused: Callable[[Any], None] | None = None,
    ) -> None:
        """Carry out a command. `done(outcome)`, or `refused(error)` with whatever kept it from happening."""
        self._writer.put(_Turn.USER, partial(self._do, command, _Reply(done), _Reply(refused)))

    def ask(
        self,
        query: Query,
        done: Callable[[Any], None],
        slot: Hashable | None = None,
        failed: Callable[[Any], None] | None = None,
        *,
        after_writes: bool = False,
    ) -> None:
        """Ask a query; `done(rows)`. With a `slot`, a later question there makes earlier answers void.

        `after_writes`: see what the user did until now. Drafts tell no change, so nobody would ask again.
        """
        serial = next(self._serial)
        if slot is not None:
            self._latest[slot] = serial
        job = partial(self._read, query, _Reply(done), _Reply(failed), slot, serial)
        if after_writes:
            self._writer.put(_Turn.USER, partial(self._queue_read, job))
        else:
            self._queue_read(job)

    def _queue_read(self, job: _Job) -> None:
        self._reader.put(_Turn.USER, job)

    def forget(self, slot: Hashable) -> None:
        """Void what was asked at this slot: the field was emptied."""
        self._latest.pop(slot, None)

    def run(
        self,
        job: Callable[[], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Any], None] | None = None,
    ) -> None:
        """Run a job that neither reads nor writes the database itself: network, files, printing."""
        self._submit(job, _Reply(done), _Reply(failed))

    def run_long(
        self,
        job: Callable[[Ticket], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Any], None] | None = None,
        progress: Callable[[Any], None] | None = None,
    ) -> Ticket:
        """`run` for what takes longer: the job gets a ticket to report on and to be stopped by."""
        ticket = Ticket(self)
        if progress is not None:
            ticket.progress.connect(progress, Qt.ConnectionType.QueuedConnection)
        self._tickets.add(ticket)
        self._submit(partial(job, ticket), _Reply(done), _Reply(failed))
        return ticket

    # what a round of sync uses, on a thread of the pool

    def write_behind(self, job: Callable[[], Any]) -> Future[Any]:
        """Hand the writer a slice of at most 20 ms, to go after what the user does; `.changes` are told."""
        piece = _Slice(job, self._arrived.emit)
        if not self._writer.put(_Turn.BEHIND, piece):
            piece.future.cancel()
        return piece.future

    def write_and_wait(self, job: Callable[[], Any]) -> Any:
        """`write_behind`, and wait for it: what the job gives, or what it raises. Never on the screen's thread."""
        return self.write_behind(job).result()

    # leaving

    def close(self) -> None:
        """Finish what the user did, drop what may wait, and join the threads. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for ticket in list(self._tickets):
            ticket.cancel()
        self._latest.clear()
        self._writer.close()
        self._reader.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._writer.join()
        self._reader.join()

    # on the threads

    def _do(self, command: object, done: _Reply, refused: _Reply) -> None:
        try:
            outcome = self._act(command)
        except BaseException as error:
            self._arrived.emit(self._failure(error, refused))
        else:
            self._arrived.emit(_Arrival(done, outcome, changes=outcome.changes))

    def _read(self, query: Query, done: _Reply, failed: _Reply, slot: Hashable | None, serial: int) -> None:
        if self._closed or (slot is not None and self._latest.get(slot) != serial):
            return
        try:
            rows = self._ask(query)
        except BaseException as error:
            self._arrived.emit(self._failure(error, failed))
        else:
            self._arrived.emit(_Arrival(done, rows, slot=slot, serial=serial))

    def _submit(self, job: Callable[[], Any], done: _Reply, failed: _Reply) -> None:
        if not self._closed:
            self._pool.submit(self._apart, job, done, failed)

    def _apart(self, job: Callable[[], Any], done: _Reply, failed: _Reply) -> None:
        try:
            value = job()
        except BaseException as error:
            self._arrived.emit(self._failure(error, failed))
        else:
            self._arrived.emit(_Arrival(done, value))

    @staticmethod
    def _failure(error: BaseException, reply: _Reply) -> _Arrival:
        expected = isinstance(error, Refused | Environment)
        return _Arrival(reply, error, bug=None if expected else error)

    # on the screen's thread

    @Slot(object)
    def _take(self, arrival: _Arrival) -> None:
        if self._closed:
            return
        if arrival.bug is not None:
            sys.excepthook(type(arrival.bug), arrival.bug, arrival.bug.__traceback__)
        if arrival.slot is not None and self._latest.get(arrival.slot) != arrival.serial:
            return
        if arrival.reply.wanted:
            arrival.reply.give(arrival.value)
        elif isinstance(arrival.value, Refused | Environment):
            self.trouble.emit(arrival.value)
        if arrival.changes:
            self.changed.emit(arrival.changes)
