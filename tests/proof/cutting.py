"""A way to the center on which every connection is cut after so many bytes, in the middle of whatever they say."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.proof.listening import listening

_LOOK_S = 0.005
_BLOCK = 4096


@dataclass
class Way:
    """`after`: bytes a connection carries, both ways together, until it is cut; 0 cuts none."""

    port: int
    after: int
    bodies: int = 0
    """Bytes of bodies that went up: what is around them is not counted."""
    cuts: int = 0
    _counting: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def cutting_way(to_port: int, after: int) -> Iterator[Way]:
    """Takes connections, each in a thread that ends with the `with`."""
    way = Way(0, after)
    with listening(lambda connection, over: _carry(connection, to_port, way, over)) as way.port:
        yield way


def _carry(near: socket.socket, to_port: int, way: Way, over: threading.Event) -> None:
    """One connection, until it has carried what it may, or an end closes it."""
    with near, socket.create_connection(("127.0.0.1", to_port)) as far:
        left, heads = way.after, _Heads(way)
        for end in (near, far):
            end.settimeout(_LOOK_S)
        while not over.is_set():
            for one, other in ((near, far), (far, near)):
                try:
                    data = one.recv(min(_BLOCK, left) if way.after else _BLOCK)
                except TimeoutError:
                    continue
                except OSError:
                    return
                if not data:
                    return
                try:
                    other.sendall(data)
                except OSError:
                    return
                left -= len(data)
                if one is near:
                    heads.take(data)
                if way.after and left <= 0:
                    with way._counting:
                        way.cuts += 1
                    _cut(near)
                    _cut(far)
                    return


@dataclass
class _Heads:
    """Tells the heads of requests from their bodies."""

    way: Way
    held: bytes = b""
    body: int = 0
    """Bytes of the present body that are still to come."""

    def take(self, data: bytes) -> None:
        while data:
            if self.body:
                here = min(self.body, len(data))
                self.body -= here
                with self.way._counting:
                    self.way.bodies += here
                data = data[here:]
                continue
            self.held += data
            head, found, data = self.held.partition(b"\r\n\r\n")
            if not found:
                return
            self.held = b""
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            self.body = int(lengths[0].partition(b":")[2]) if lengths else 0


def _cut(end: socket.socket) -> None:
    """Hard: whatever is under way is lost."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
