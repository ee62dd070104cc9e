"""The floors: bare SQLite for saving, and bare posts to a bare ASGI app for syncing. They never refuse and never merge.

Run as a module it serves the receiving end: `python -m app.cli.bench.floor DATABASE`.
"""

import http.client
import json
import socket
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from app.cli.bench.record import FIELDS, SETS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BATCH = 1_000
LEVEL = 3
_INSERT = f"INSERT INTO record VALUES ({', '.join('?' * len(FIELDS))})"  # noqa: S608  (question marks alone)


def open_floor(path: Path) -> sqlite3.Connection:
    """A bare table in a file: WAL, every commit on disk before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = full")
    columns = ", ".join(f'"{name}"' for name in FIELDS[1:])
    connection.execute(f'CREATE TABLE IF NOT EXISTS record ("{FIELDS[0]}" TEXT PRIMARY KEY, {columns})')
    return connection


def rows_of(records: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        tuple(msgspec.json.encode(record[name]).decode() if name in SETS else record[name] for name in FIELDS)
        for record in records
    ]


def save_one(connection: sqlite3.Connection, row: Sequence[Any]) -> None:
    connection.execute(_INSERT, row)


def save_many(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_INSERT, rows)
    connection.execute("COMMIT")


def push(connection: sqlite3.Connection, host: str, port: int) -> int:
    """Read every record, send it in batches over one connection; gives the bytes of the bodies."""
    wire = http.client.HTTPConnection(host, port)
    sent, last = 0, 0
    while True:
        rows = connection.execute("SELECT rowid, * FROM record WHERE rowid > ? LIMIT ?", (last, BATCH)).fetchall()
        if not rows:
            break
        last = rows[-1][0]
        body = zstd.compress(msgspec.json.encode([dict(zip(FIELDS, row[1:], strict=True)) for row in rows]), LEVEL)
        wire.request("POST", "/", body)
        answer = wire.getresponse()
        answer.read()
        if answer.status != 204:
            raise RuntimeError(f"the floor answers {answer.status}")
        sent += len(body)
    wire.close()
    return sent


def receiver(path: Path) -> Callable[..., Any]:
    """The bare ASGI app that inserts what is posted."""
    connection = open_floor(path)

    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        records = msgspec.json.decode(zstd.decompress(body))
        save_many(connection, [tuple(record[name] for name in FIELDS) for record in records])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def main(database: str) -> None:
    import uvicorn

    config = uvicorn.Config(receiver(Path(database)), log_level="warning", access_log=False)
    # Listening before it is told: whoever comes early waits instead of being turned away.
    listening = socket.create_server(("127.0.0.1", 0))
    print(json.dumps({"url": f"http://127.0.0.1:{listening.getsockname()[1]}"}), flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
