"""A center served from this process: on loopback, by a thread that ends with whoever started it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import uvicorn

from app.base.errors import Environment
from app.center.app import create_center_app
from app.center.hub import Hub

LOOPBACK = "127.0.0.1"
_START_S = 15.0
_LOOK_S = 0.005


def free_port(wanted: int = 0) -> int:
    """The wanted port of loopback if nobody has it, else another one."""
    for port in (wanted, 0):
        with socket.socket() as tried:
            # As the server itself will: a port that was in use a moment ago is free again.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    raise Environment("port_in_use", port=wanted)


def url_of(port: int) -> str:
    return f"http://{LOOPBACK}:{port}"


@contextmanager
def served(engine: sa.Engine, port: int, hub: Hub | None = None) -> Iterator[None]:
    """Answers for the center in `engine` at `url_of(port)` until left; then every connection is closed.

    `hub`: where its settings are others than a center's own.
    """
    config = uvicorn.Config(
        create_center_app(engine, hub=hub),
        host=LOOPBACK,
        port=port,
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_run, args=(server,), name="demo center")
    thread.start()
    try:
        _wait_for(server, thread, port)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _run(server: uvicorn.Server) -> None:
    try:
        server.run()
    except SystemExit:
        # How uvicorn says that the port was taken; `_wait_for` sees the thread end and says it properly.
        return


def _wait_for(server: uvicorn.Server, thread: threading.Thread, port: int) -> None:
    until = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise Environment("port_in_use", port=port)
        time.sleep(_LOOK_S)
