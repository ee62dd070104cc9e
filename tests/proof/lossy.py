"""A way to the center on which answers get lost: the request arrives and is carried out, its answer never comes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.proof.listening import listening

_LOOK_S = 0.05
_PATIENCE_S = 20.0


@dataclass
class Way:
    """`lost`: whether the answer to the n-th request (from 1) gets lost. Counts what went through."""

    port: int
    lost: Callable[[int], bool]
    requests: int = 0
    answers_lost: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def loses_this(self) -> bool:
        with self._counting:
            self.requests += 1
            loses = self.lost(self.requests)
            self.answers_lost += loses
            return loses


@contextmanager
def lossy_way(to_port: int, lost: Callable[[int], bool]) -> Iterator[Way]:
    """Takes connections, each in a thread that ends with the `with`."""
    way = Way(0, lost)
    with listening(lambda connection, over: _carry(connection, to_port, way, over)) as way.port:
        yield way


def _carry(connection: socket.socket, to_port: int, way: Way, over: threading.Event) -> None:
    """One connection: request after request, each on a connection of its own to the center."""
    with connection:
        while not over.is_set():
            try:
                request = _message(connection, over)
                if not request:
                    return
                with socket.create_connection(("127.0.0.1", to_port), _PATIENCE_S) as center:
                    center.sendall(request)
                    answer = _message(center, over)
                if way.loses_this():
                    return
                connection.sendall(answer)
            except OSError:
                return


def _message(end: socket.socket, over: threading.Event) -> bytes:
    """One whole message, empty where the other end closed or everything ends."""
    end.settimeout(_LOOK_S)
    data, size = b"", None
    while size is None or len(data) < size:
        try:
            more = end.recv(65536)
        except TimeoutError:
            if over.is_set():
                return b""
            continue
        if not more:
            return b""
        data += more
        head, found, _ = data.partition(b"\r\n\r\n")
        if size is None and found:
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            size = len(head) + 4 + (int(lengths[0].partition(b":")[2]) if lengths else 0)
    return data
