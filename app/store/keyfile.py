"""`keys.json` and `device.secret`: what is written in them and how they survive damage. No key is opened here."""

import hmac
import secrets
from pathlib import Path

import msgspec

from app.base.errors import Environment, Refused
from app.store import sealing
from app.store.durable import on_disk, write_durably

FORMAT = 1
NAME = "keys.json"
SPARE = "keys.json.bak"
SECRET = "device.secret"  # noqa: S105  a file name


class Slot(msgspec.Struct, forbid_unknown_fields=True):
    """One person's way to the data key."""

    cost: sealing.Cost
    salt: bytes
    public: bytes
    private: bytes  # locked under the password and the device's secret
    copies: dict[str, bytes]  # data keys sealed to `public`, by key name
    lease_until: int | None = None


class Recovery(msgspec.Struct, forbid_unknown_fields=True):
    """The city's way to the data key."""

    public: bytes
    copies: dict[str, bytes]


class Tries(msgspec.Struct, forbid_unknown_fields=True):
    """Passwords tried in a row for one user code, and when the last was."""

    count: int
    since: int


class Keys(msgspec.Struct, forbid_unknown_fields=True):
    """The content of the file. Two data keys stand here while a rotation is under way, otherwise one."""

    data_keys: list[str]
    slots: dict[str, Slot]
    recovery: Recovery | None = None
    tries: dict[str, Tries] = {}  # by a code over the user code: people type passwords into the wrong field


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    mark: bytes  # over `keys`, by the device's secret: finds damage and edits alike
    keys: msgspec.Raw


class _Damaged(Exception):
    pass


def exists(folder: Path) -> bool:
    return (folder / NAME).exists() or (folder / SPARE).exists()


def read(folder: Path) -> Keys:
    """The keys as last written, from the spare where the file is missing or damaged.

    Raises `Environment` "keys_missing" or "keys_damaged", `Refused("file_is_newer")`.
    """
    if not exists(folder):
        raise Environment("keys_missing")
    secret = device_secret(folder)
    for name in (NAME, SPARE):
        try:
            written = _parsed(folder / name)
            if not hmac.compare_digest(written.mark, _mark(secret, bytes(written.keys))):
                continue
            return _decoded(written)
        except _Damaged:
            continue
    raise Environment("keys_damaged")


def read_unmarked(folder: Path) -> Keys:
    """As `read`, where the device's secret is lost and the mark cannot be checked: for recovery only."""
    for name in (NAME, SPARE):
        try:
            return _decoded(_parsed(folder / name))
        except _Damaged:
            continue
    raise Environment("keys_damaged" if exists(folder) else "keys_missing")


def write(folder: Path, keys: Keys) -> None:
    """The file first, then its spare: a slot that was removed must not live on in the spare."""
    body = msgspec.json.encode(keys)
    written = _Written(FORMAT, _mark(device_secret(folder), body), msgspec.Raw(body))
    content = msgspec.json.encode(written)
    write_durably(folder / NAME, content)
    write_durably(folder / SPARE, content)


def device_secret(folder: Path) -> bytes:
    """Raises `Environment("keys_damaged")` when it is missing or not whole."""
    secret = _content(folder / SECRET)
    if len(secret) != sealing.KEY_SIZE:
        raise Environment("keys_damaged", part=SECRET)
    return secret


def make_device_secret(folder: Path) -> None:
    write_durably(folder / SECRET, secrets.token_bytes(sealing.KEY_SIZE))


def _content(path: Path) -> bytes:
    """Empty for a file that is not there."""
    with on_disk():
        return path.read_bytes() if path.exists() else b""


def _parsed(path: Path) -> _Written:
    content = _content(path)
    try:
        written = msgspec.json.decode(content, type=_Written)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Damaged from None
    if written.format > FORMAT:
        raise Refused("file_is_newer", format=written.format)
    return written


def _decoded(written: _Written) -> Keys:
    try:
        return msgspec.json.decode(written.keys, type=Keys)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Damaged from None


def _mark(secret: bytes, body: bytes) -> bytes:
    return sealing.mark(secret, body, b"aidpoint key file 1")
