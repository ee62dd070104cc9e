"""A door on the way to the center: every connection that comes is carried by a thread of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.02


@contextmanager
def listening(carry: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Gives the port. `carry` takes one connection until it ends, or everything is over; all end with the `with`."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(_LOOK_S)
    over = threading.Event()
    carrying: list[threading.Thread] = []

    def accept() -> None:
        while not over.is_set():
            try:
                connection = listener.accept()[0]
            except TimeoutError:
                continue
            carrying.append(threading.Thread(target=carry, args=(connection, over)))
            carrying[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        accepting.join()
        for thread in carrying:
            thread.join()
        listener.close()
