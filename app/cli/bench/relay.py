"""Counts what goes over a connection, headers and all. Never on the way while time is measured."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Counted:
    """`url`: the way through the relay. `out`, `back`: bytes from and to whoever came that way."""

    url: str
    out: int = 0
    back: int = 0


@contextmanager
def counted(url: str) -> Iterator[Counted]:
    """One connection to `url`, counted, until left."""
    there = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        count = Counted(f"http://127.0.0.1:{listening.getsockname()[1]}")

        def carry() -> None:
            here, _ = listening.accept()
            with here, socket.create_connection((there.hostname or "", there.port or 80)) as center:

                def back() -> None:
                    while data := center.recv(65536):
                        count.back += len(data)
                        here.sendall(data)

                answering = threading.Thread(target=back)
                answering.start()
                while data := here.recv(65536):
                    count.out += len(data)
                    center.sendall(data)
                center.shutdown(socket.SHUT_WR)
                answering.join()

        carrying = threading.Thread(target=carry)
        carrying.start()
        try:
            yield count
        finally:
            carrying.join(timeout=10)
