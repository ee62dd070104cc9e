"""Servers that answer as a test says, connection by connection, and a way to them: real sockets."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.base.clock import wall_clock
from app.base.errors import Environment
from app.sync.http import HttpTransport
from app.sync.identity import new_identity
from app.sync.protocol import (
    EXCHANGE_PATH,
    MEDIA_TYPE,
    Ack,
    Directives,
    ExchangeResponse,
    Page,
    pack,
)

Serve = Callable[[socket.socket], None]
BODY = bytes(range(256)) * 40


def good(request_id: str = "r1") -> bytes:
    response = ExchangeResponse(
        request_id, 1, "f" * 16, Ack(0, 0, []), Page([], [], "", False, 0), Directives(60, 65536, 1, 1)
    )
    return pack(response, 3)


def http(status: int, body: bytes, *headers: str, media_type: str = MEDIA_TYPE) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def read_request(connection: socket.socket) -> tuple[dict[str, str], bytes]:
    """Headers by lower-case name, and the body; both empty where the other end closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return {}, b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode().split("\r\n")[1:]:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return headers, body


@contextmanager
def answering(*serve: Serve, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that treats its first connection by the first function, and so on; gives its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    over = threading.Event()

    def accepted() -> socket.socket | None:
        while not over.is_set():
            try:
                return listener.accept()[0]
            except TimeoutError:
                continue
        return None

    def work() -> None:
        for each in serve:
            connection = accepted()
            if connection is None:
                return
            connection.settimeout(10)
            with connection:
                try:
                    each(context.wrap_socket(connection, server_side=True) if context else connection)
                except (OSError, ssl.SSLError):
                    continue

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        listener.close()


def always(answer: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        while read_request(connection)[0]:
            connection.sendall(answer)

    return serve


def once(answer: bytes) -> Serve:
    """Answers one request, then closes."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)

    return serve


@contextmanager
def way_to(url: str, *, idle_s: float = 5) -> Iterator[HttpTransport]:
    way = HttpTransport(url, new_identity(), wall_clock, connect_s=5, idle_s=idle_s)
    try:
        yield way
    finally:
        way.close()


def trouble_of(url: str, *, idle_s: float = 5) -> Environment:
    with way_to(url, idle_s=idle_s) as way, pytest.raises(Environment) as trouble:
        way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
    return trouble.value
