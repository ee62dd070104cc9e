"""A center's backup: every table in one file, sealed with a passphrase, the same from SQLite and from PostgreSQL.

    a line of JSON (format, cost and salt of the passphrase), then sealed frames of a zstd stream of JSON lines:
    what it is, then for each table its name and columns and a line for each row, then how many rows there were

It is read back whole before it takes its place, and only then do devices learn that what it holds is safe. Not here:
bytes of photos and snapshots, which stand in a folder of their own; what a put-back center says (`restore.py`).
"""

import base64
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.hub import Hub, standing_city
from app.center.tables import counter, device_epoch
from app.store.durable import move_durably, on_disk, part_of, reach_disk, remove
from app.store.engine import reading, writing
from app.store.schema import metadata
from app.store.sealing import Cost, NotOpened, lock, password_key, unlock
from app.store.upgrade import revision_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORMAT = 1
_ABOUT = b"aidpoint center backup 1"
_CHUNK = 1 << 20
"""Bytes in one sealed frame."""
_SEAL = 64
"""The most a frame is longer than what is in it."""
_MOST_LINE = 64 << 20
_MOST_COST = Cost(1 << 20, 16, 16)
_AT_ONCE = 1_000
ELSEWHERE = frozenset({"segment"})
"""Tables that speak of bytes in the folder beside, made again on demand."""


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    aidpoint: str
    format: int
    cost: Cost
    salt: bytes


class About(msgspec.Struct):
    """What a backup is of. `made_at`: µs UTC; `revision`: of the tables; `seq`: the last number given."""

    city: str
    made_at: int
    revision: str
    hub_epoch: str
    seq: int


class _Table(msgspec.Struct):
    table: str
    columns: list[str]


class _End(msgspec.Struct):
    rows: int


@dataclass(frozen=True, slots=True)
class Backup:
    about: About
    rows: int


def back_up(hub: Hub, target: Path, passphrase: str, *, cost: Cost | None = None) -> Backup:
    """Write everything into `target`, read it back, and let devices know that it is safe.

    Raises `Refused("missing", "passphrase")`, `Environment` where the disk does not do.
    """
    if not passphrase:
        raise Refused("missing", "passphrase")
    part = part_of(target)
    try:
        with on_disk(), part.open("wb") as file, reading(hub.engine) as conn:
            part.chmod(0o600)
            held = {(e["device"], e["epoch"]): e["acked_n"] for e in conn.execute(sa.select(device_epoch)).mappings()}
            _write(conn, file, passphrase, cost or Cost(), _about(hub, conn))
        reach_disk(part)
        made = verify(part, passphrase)
        move_durably(part, target)
    finally:
        remove(part)
    say_safe(hub.engine, held)
    return made


def verify(source: Path, passphrase: str) -> Backup:
    """Read a backup to its end. Raises `Refused` under field "source": "backup_missing", "backup_wrong_key",
    "backup_damaged", "file_is_newer"."""
    about, rows = None, 0
    for line in read_lines(source, passphrase):
        if isinstance(line, About):
            about = line
        elif isinstance(line, list):
            rows += 1
    if about is None:
        raise Refused("backup_damaged", "source")
    return Backup(about, rows)


def read_lines(source: Path, passphrase: str) -> Iterator[About | sa.Table | list[Any]]:
    """What stands in a backup: what it is, then each table followed by its rows as `rows_into` takes them.

    Raises as `verify`, at the latest at the end: what was given before then counts only if it does not.
    """
    if not source.is_file():
        raise Refused("backup_missing", "source")
    rows, ended, columns = 0, False, 0
    with on_disk(), source.open("rb") as file:
        for number, raw in enumerate(_plain_lines(file, passphrase)):
            line = _line(raw, number)
            if ended or (isinstance(line, list) and len(line) != columns):
                raise Refused("backup_damaged", "source")
            if isinstance(line, _End):
                ended = line.rows == rows
            elif isinstance(line, _Table):
                columns = len(line.columns)
                yield _known_table(line.table, tuple(line.columns))
            else:
                rows += isinstance(line, list)
                yield line
    if not ended:
        raise Refused("backup_damaged", "source")


def rows_into(table: sa.Table, rows: list[list[Any]]) -> list[dict[str, Any]]:
    """Rows as they stand in a backup, as the database takes them."""
    binary = [at for at, column in enumerate(table.columns) if isinstance(column.type, sa.LargeBinary)]
    for row in rows:
        for at in binary:
            row[at] = None if row[at] is None else base64.b64decode(row[at], validate=True)
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _about(hub: Hub, conn: sa.Connection) -> About:
    row = standing_city(conn)
    seq = conn.execute(sa.select(counter.c.v)).scalar_one()
    return About(row["name"], hub.clock(), revision_of(hub.engine) or "", row["hub_epoch"], seq)


def say_safe(engine: sa.Engine, held: Mapping[tuple[str, str], int]) -> None:
    """From now on devices are told that this much is in a backup: (device, epoch) → up to which commit."""
    e = device_epoch.c
    where = (e.device == sa.bindparam("d"), e.epoch == sa.bindparam("e"), e.safe_n < sa.bindparam("n"))
    given = [{"d": device, "e": epoch, "n": n} for (device, epoch), n in held.items()]
    if given:
        with writing(engine) as conn:
            conn.execute(device_epoch.update().where(*where).values(safe_n=sa.bindparam("n")), given)


def _write(conn: sa.Connection, file: BinaryIO, passphrase: str, cost: Cost, about: About) -> None:
    salt = secrets.token_bytes(16)
    sealing = _Sealing(file, password_key(passphrase, salt, cost, b""))
    file.write(msgspec.json.encode(_Head("center backup", FORMAT, cost, salt)) + b"\n")
    encoder, rows = msgspec.json.Encoder(), 0
    sealing.add(encoder.encode(about) + b"\n")
    for table in metadata.sorted_tables:
        if table.name in ELSEWHERE:
            continue
        sealing.add(encoder.encode(_Table(str(table.name), [str(column.name) for column in table.columns])) + b"\n")
        found = conn.execution_options(stream_results=True).execute(sa.select(table))
        for some in found.partitions(_AT_ONCE):
            sealing.add(encoder.encode_lines([list(row) for row in some]))
            rows += len(some)
    sealing.add(encoder.encode(_End(rows)) + b"\n")
    sealing.end()


class _Sealing:
    """Compresses what is added and writes it in sealed frames; the last one says that it is the last."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._key = file, key
        self._zip = zstd.ZstdCompressor(6)
        self._waiting = bytearray()
        self._number = 0

    def add(self, plain: bytes) -> None:
        self._waiting += self._zip.compress(plain)
        while len(self._waiting) > _CHUNK:
            self._frame(bytes(self._waiting[:_CHUNK]), is_last=False)
            del self._waiting[:_CHUNK]

    def end(self) -> None:
        self._waiting += self._zip.flush()
        while len(self._waiting) > _CHUNK:
            self._frame(bytes(self._waiting[:_CHUNK]), is_last=False)
            del self._waiting[:_CHUNK]
        self._frame(bytes(self._waiting), is_last=True)

    def _frame(self, content: bytes, *, is_last: bool) -> None:
        sealed = lock(self._key, content, _about_frame(self._number, is_last=is_last))
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def _about_frame(number: int, *, is_last: bool) -> bytes:
    return _ABOUT + number.to_bytes(8, "big") + (b"end" if is_last else b"")


def _plain_lines(file: BufferedReader, passphrase: str) -> Iterator[bytes]:
    unzip, waiting = zstd.ZstdDecompressor(), bytearray()
    for content in _frames(file, passphrase):
        given = content
        while True:
            try:
                waiting += unzip.decompress(given, _CHUNK)
            except (zstd.ZstdError, EOFError) as error:
                raise Refused("backup_damaged", "source") from error
            *lines, rest = bytes(waiting).split(b"\n")
            yield from lines
            waiting = bytearray(rest)
            if len(waiting) > _MOST_LINE:
                raise Refused("backup_damaged", "source")
            if unzip.eof or unzip.needs_input:
                break
            given = b""
    if waiting or not unzip.eof:
        raise Refused("backup_damaged", "source")


def _frames(file: BufferedReader, passphrase: str) -> Iterator[bytes]:
    key = _key(file.readline(4096), passphrase)
    number, is_last = 0, False
    while not is_last:
        size = int.from_bytes(file.read(4), "big")
        sealed = file.read(size) if 0 < size <= _CHUNK + _SEAL else b""
        is_last = not file.peek(1)
        try:
            if len(sealed) != size or not size:
                raise NotOpened
            content = unlock(key, sealed, _about_frame(number, is_last=is_last))
        except NotOpened:
            raise Refused("backup_damaged" if number else "backup_wrong_key", "source") from None
        yield content
        number += 1


def _key(line: bytes, passphrase: str) -> bytes:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("backup_damaged", "source") from None
    if head.format > FORMAT:
        raise Refused("file_is_newer", "source")
    asked = (head.cost.memory_kib, head.cost.passes, head.cost.lanes)
    most = (_MOST_COST.memory_kib, _MOST_COST.passes, _MOST_COST.lanes)
    if any(not 1 <= one <= limit for one, limit in zip(asked, most, strict=True)) or len(head.salt) != 16:
        raise Refused("backup_damaged", "source")
    return password_key(passphrase, head.salt, head.cost, b"")


def _line(raw: bytes, number: int) -> About | _Table | _End | list[Any]:
    try:
        if number == 0:
            return msgspec.json.decode(raw, type=About)
        if raw.startswith(b"["):
            row: list[Any] = msgspec.json.decode(raw)
            return row
        if raw.startswith(b'{"table"'):
            return msgspec.json.decode(raw, type=_Table)
        return msgspec.json.decode(raw, type=_End)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused("backup_damaged", "source") from None


@cache
def _known_table(name: str, columns: tuple[str, ...]) -> sa.Table:
    """The table with the columns of the backup alone, in their order; later columns take their defaults."""
    table = metadata.tables.get(name)
    if table is None or not set(columns) <= set(table.columns.keys()):
        raise Refused("file_is_newer", "source")
    made = sa.Table(name, sa.MetaData())
    for each in columns:
        column = table.columns[each]
        made.append_column(sa.Column(each, column.type, primary_key=column.primary_key, autoincrement=False))
    return made
