"""A city that is served over TLS, by certificates of its own."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn

from app.base.clock import Clock, wall_clock
from app.center import tls
from app.center.app import create_center_app
from app.store.engine import open_plain, reading
from app.store.upgrade import upgrade
from tests.sync.town import Town, found_city

HOST = "127.0.0.1"


def new_city(file: Path, url: str, clock: Clock = wall_clock) -> sa.Engine:
    engine = open_plain(file)
    upgrade(engine, None)
    found_city(engine, url, clock)
    return engine


@contextmanager
def answering(engine: sa.Engine, port: int = 0) -> Iterator[int]:
    """The center over TLS, as `center serve` does it; gives its port."""
    tls.ready_to_serve(engine, wall_clock)

    def context(_config: uvicorn.Config, _default: object) -> ssl.SSLContext:
        return tls.server_context(engine)

    config = uvicorn.Config(
        create_center_app(engine), host=HOST, port=port, log_level="warning", ssl_context_factory=context
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            threading.Event().wait(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A city at an https URL; nobody answers yet."""
    with socket.create_server((HOST, 0)) as taken:
        url = f"https://{HOST}:{taken.getsockname()[1]}"
    town = Town(new_city(tmp_path / "center.db", url), url, wall_clock, tmp_path)
    yield town
    town.close()
    town.engine.dispose()


def port_of(town: Town) -> int:
    return int(town.url.rsplit(":", 1)[1])


def pins(engine: sa.Engine) -> list[str]:
    with reading(engine) as conn:
        return tls.pins_of(conn)
