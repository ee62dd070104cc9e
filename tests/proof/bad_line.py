"""A line as bad as wanted between a point and its center: slow, far, breaking off. Counts every byte that goes through.

An asyncio proxy on loopback, in a thread of its own. What it reads it passes on at the line's rate and after its delay;
where a connection is to break, both ends see it reset.
"""

import asyncio
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

_PIECE = 512
_RESET = struct.pack("ii", 1, 0)
Cut = Callable[[int], int | None]
"""The number of a request (from 1) → after how many more bytes, both ways together, the line breaks; None: it holds."""


def holds(_request: int) -> int | None:
    return None


@dataclass
class Line:
    """`rate`: bytes a second each way, 0 for any; `delay_s`: there and back. `up`, `down`: bytes that went through;
    `wasted_up`, `wasted_down`: those of requests that broke off before their answer was through, and of these answers,
    which have to go again."""

    port: int
    rate: float
    delay_s: float
    cut: Cut
    up: int = 0
    down: int = 0
    requests: int = 0
    resets: int = 0
    wasted_up: int = 0
    wasted_down: int = 0
    connections: Iterator[int] = field(default_factory=itertools.count)
    _left: dict[int, int] = field(default_factory=dict)
    _asked: dict[int, int] = field(default_factory=dict)
    _answered: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def begins(self, connection: int) -> None:
        """The point begins to speak on this connection."""
        self.requests += 1
        self._asked[connection] = self._answered[connection] = 0
        after = self.cut(self.requests)
        if after is not None:
            self._left[connection] = after

    def passed(self, connection: int, way: str, count: int) -> None:
        if way == "up":
            self.up += count
            self._asked[connection] += count
        else:
            self.down += count
            self._answered[connection] += count

    def broke(self, connection: int) -> None:
        """Before all of the request, or all of its answer, was through."""
        self.resets += 1
        self.wasted_up += self._asked[connection]
        self.wasted_down += self._answered[connection]

    def room(self, connection: int, wanted: int) -> int:
        """How much of this still passes before the connection breaks."""
        left = self._left.get(connection)
        if left is None:
            return wanted
        self._left[connection] = left - min(left, wanted)
        return min(left, wanted)


@contextmanager
def bad_line(to_port: int, *, rate: float = 0, delay_s: float = 0, cut: Cut = holds) -> Iterator[Line]:
    ready, over = threading.Event(), asyncio.Event()
    made: list[Line] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _connection(r, w, to_port, made[0]), "127.0.0.1", 0)
        made.append(Line(server.sockets[0].getsockname()[1], rate, delay_s, cut))
        loops.append(asyncio.get_running_loop())
        ready.set()
        await over.wait()
        server.close()
        # Those in their last lines are not cancelled again: they close what they opened.
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="bad line")
    thread.start()
    ready.wait()
    try:
        yield made[0]
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


async def _connection(near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter, to_port: int, line: Line) -> None:
    ends, both = [near_out], []
    try:
        far_in, far_out = await asyncio.open_connection("127.0.0.1", to_port)
        ends.append(far_out)
        this, spoke = next(line.connections), [""]
        both = [
            asyncio.create_task(_carry(near_in, far_out, line, this, spoke, "up")),
            asyncio.create_task(_carry(far_in, near_out, line, this, spoke, "down")),
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    except (asyncio.CancelledError, OSError):
        return
    finally:
        for task in both:
            task.cancel()
        for writer in ends:
            _reset(writer)


async def _carry(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, line: Line, this: int, spoke: list[str], way: str
) -> None:
    """One direction. What was read is on its way while more is read, as on a real line."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    free = 0.0

    async def read() -> None:
        nonlocal free
        while True:
            piece = await source.read(_PIECE)
            if piece and way == "up" and spoke[0] != "up":
                line.begins(this)
            spoke[0] = way if piece else spoke[0]
            free = max(free, loop.time()) + (len(piece) / line.rate if line.rate else 0)
            await queue.put((free + line.delay_s / 2, piece))
            if line.rate:  # no more is taken than the line carries, so that the sender feels it
                await asyncio.sleep(max(0.0, free - loop.time()))
            if not piece:
                return

    reading = asyncio.create_task(read())
    try:
        while True:
            at, piece = await queue.get()
            await asyncio.sleep(max(0.0, at - loop.time()))
            passes = line.room(this, len(piece))
            target.write(piece[:passes])
            with suppress(ConnectionError):
                await target.drain()
            line.passed(this, way, passes)
            if passes < len(piece):
                line.broke(this)
                return
            if not piece:
                return
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break off: what was not passed on is gone, and the end hears of it."""
    held = writer.get_extra_info("socket")
    with suppress(OSError):
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


def resets(chance: float, seed: int, most: int = 40_000) -> Cut:
    """Breaks this share of the requests, somewhere within the first `most` bytes of it and its answer."""
    rng = Random(seed)

    def cut(_request: int) -> int | None:
        return rng.randrange(most) if rng.random() < chance else None

    return cut
