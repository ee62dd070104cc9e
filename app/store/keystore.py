"""Who can open the encrypted file on this device: password slots, leases, tries, recovery, rotation.

The file's data key is random. Each slot holds a key pair whose private half is locked under the password and the
device's secret, and the data key sealed to the public half; so nobody need be present to change the data key, and
no hash of a password exists. What the key opens is in `engine`; the files of the keys are in `keyfile`.
"""

import hashlib
import secrets
import unicodedata
from pathlib import Path

from app.base.clock import SECOND, Clock, wall_clock
from app.base.errors import Environment, Refused
from app.store import backup, engine, keyfile, sealing
from app.store.keyfile import Keys, Recovery, Slot, Tries
from app.store.sealing import Cost, NotOpened

LEAST_PASSWORD = 8
FREE_TRIES = 5
FIRST_PAUSE_S = 30
LONGEST_PAUSE_S = 3_600
STRANGERS_KEPT = 200
_USUAL = Cost()


def create(
    folder: Path,
    user_code: str,
    password: str,
    recovery_key: bytes | None,
    *,
    data_key: bytes | None = None,
    cost: Cost = _USUAL,
) -> bytes:
    """Make the keys of a new device with one user; returns the new data key.

    `recovery_key` is the city's X25519 public key (32 bytes). With `data_key`, one that was recovered, the lost
    keys in the folder are replaced; otherwise existing ones are `Refused("keys_exist")`.
    """
    _check_new_password(password)
    if data_key is None and keyfile.exists(folder):
        raise Refused("keys_exist")
    made = data_key or secrets.token_bytes(sealing.KEY_SIZE)
    keyfile.make_device_secret(folder)
    keys = Keys(data_keys=[_name(made)], slots={})
    if recovery_key is not None:
        keys.recovery = Recovery(recovery_key, {_name(made): _sealed_for_city(recovery_key, made)})
    code = _plain(user_code)
    keys.slots[code] = _new_slot(folder, code, password, [made], cost)
    keyfile.write(folder, keys)
    return made


def unlock(
    folder: Path, user_code: str, password: str, *, file: Path | None = None, clock: Clock = wall_clock
) -> bytes:
    """The data key, for the right password.

    `Refused` under "password": "wrong_password" (`tries_left`; also for an unknown user, at the same cost),
    "too_many_tries" (`wait_s`); and "lease_over". `file` is the encrypted file, asked which key it answers to where
    a rotation was cut short; without it that is `Environment("rotation_unfinished")`.
    """
    now = clock()
    code = _plain(user_code)
    keys, opened = _opened(folder, code, password, now)
    lease = keys.slots[code].lease_until
    if lease is not None and now > lease:
        raise Refused("lease_over", lease_until=lease)
    if len(opened) == 1:
        return opened[0]
    if file is None:
        raise Environment("rotation_unfinished")
    for key in opened:
        if engine.opens(file, key):
            _settle(folder, key)
            return key
    raise Environment("wrong_key")


def add_user(folder: Path, data_key: bytes, user_code: str, password: str, *, cost: Cost = _USUAL) -> None:
    """Give another person a slot, by somebody who has the data key. `Refused("user_exists")`."""
    _check_new_password(password)
    keys = keyfile.read(folder)
    code = _plain(user_code)
    if code in keys.slots:
        raise Refused("user_exists", field="user_code")
    if keys.data_keys != [_name(data_key)]:
        raise ValueError("not the data key of this device")
    keys.slots[code] = _new_slot(folder, code, password, [data_key], cost)
    keys.tries.pop(_tries_name(folder, code), None)
    keyfile.write(folder, keys)


def change_password(
    folder: Path, user_code: str, old: str, new: str, *, clock: Clock = wall_clock, cost: Cost = _USUAL
) -> None:
    """A new slot with a new key pair in place of the old, which no longer opens. Refused as `unlock`."""
    _check_new_password(new, field="new_password")
    code = _plain(user_code)
    keys, opened = _opened(folder, code, old, clock())
    lease = keys.slots[code].lease_until
    keys.slots[code] = _new_slot(folder, code, new, opened, cost)
    keys.slots[code].lease_until = lease
    keyfile.write(folder, keys)


def remove_user(folder: Path, user_code: str) -> None:
    """`Refused` under "user_code": "no_such_user", and "last_user", after whom nobody could open the file."""
    keys = keyfile.read(folder)
    _slot_of(keys, user_code)
    if len(keys.slots) == 1:
        raise Refused("last_user", field="user_code")
    del keys.slots[_plain(user_code)]
    keyfile.write(folder, keys)


def users(folder: Path) -> list[str]:
    return sorted(keyfile.read(folder).slots)


def lease_of(folder: Path, user_code: str) -> int | None:
    """Until when the user may sign in without hearing from the center (µs); None is for ever."""
    return _slot_of(keyfile.read(folder), user_code).lease_until


def extend_lease(folder: Path, user_code: str, lease_until: int | None) -> None:
    """Set until when the user may sign in without hearing from the center (µs); None is for ever."""
    keys = keyfile.read(folder)
    _slot_of(keys, user_code).lease_until = lease_until
    keyfile.write(folder, keys)


def rotate(folder: Path, file: Path, data_key: bytes) -> bytes:
    """Put the encrypted file, which nobody may have open, and every slot under a new data key; returns it.

    Cut short anywhere, both keys are kept until the next `unlock` sees which one the file answers to.
    """
    _settle(folder, data_key)
    new = secrets.token_bytes(sealing.KEY_SIZE)
    keys = keyfile.read(folder)
    keys.data_keys.append(_name(new))
    for code, slot in keys.slots.items():
        slot.copies[_name(new)] = sealing.seal(slot.public, new, _about(code))
    if keys.recovery is not None:
        keys.recovery.copies[_name(new)] = _sealed_for_city(keys.recovery.public, new)
    keyfile.write(folder, keys)
    try:
        backup.rekey(file, data_key, new)
    except Environment:
        _settle(folder, data_key)
        raise
    _settle(folder, new)
    return new


def recover(folder: Path, recovery_private: bytes) -> list[bytes]:
    """The data keys by the city's private key, newest last; more than one only after a rotation cut short.

    Works without the device's secret. `Refused("no_recovery")` where no copy answers to the key.
    """
    keys = keyfile.read_unmarked(folder)
    copies = keys.recovery.copies if keys.recovery is not None else {}
    try:
        found = [sealing.unseal(recovery_private, copies[name], b"recovery") for name in keys.data_keys]
    except (NotOpened, KeyError):
        raise Refused("no_recovery") from None
    return found


def _opened(folder: Path, code: str, password: str, now: int) -> tuple[Keys, list[bytes]]:
    """The keys and the data keys among them, for the right password; counts the try before it is made."""
    keys = keyfile.read(folder)
    tried = _count_try(folder, keys, code, now)
    # An unknown user meets somebody's slot, which costs as much and does not open under another name.
    slot = keys.slots.get(code) or next(iter(keys.slots.values()))
    key = sealing.password_key(password, slot.salt, slot.cost, keyfile.device_secret(folder))
    try:
        private = sealing.unlock(key, slot.private, _about(code))
    except NotOpened:
        left = max(0, FREE_TRIES - tried)
        raise Refused("wrong_password", field="password", tries_left=left, wait_s=_pause_s(tried)) from None
    del keys.tries[_tries_name(folder, code)]
    keyfile.write(folder, keys)
    try:
        return keys, [sealing.unseal(private, slot.copies[name], _about(code)) for name in keys.data_keys]
    except (NotOpened, KeyError):
        raise Environment("keys_damaged") from None


def _count_try(folder: Path, keys: Keys, code: str, now: int) -> int:
    name = _tries_name(folder, code)
    before = keys.tries.get(name, Tries(0, now))
    if now < before.since:  # the clock was set back: the pause starts again rather than lasting for years
        before = keys.tries[name] = Tries(before.count, now)
        keyfile.write(folder, keys)
    wait = before.since + _pause_s(before.count) * SECOND - now
    if wait > 0:
        raise Refused("too_many_tries", field="password", wait_s=-(-wait // SECOND))
    keys.tries[name] = Tries(before.count + 1, now)
    _forget_old_tries(folder, keys)
    keyfile.write(folder, keys)
    return before.count + 1


def _forget_old_tries(folder: Path, keys: Keys) -> None:
    """Codes of nobody fill the file no further than this."""
    known = {_tries_name(folder, code) for code in keys.slots}
    strangers = sorted((name for name in keys.tries if name not in known), key=lambda n: keys.tries[n].since)
    for name in strangers[: max(0, len(strangers) - STRANGERS_KEPT)]:
        del keys.tries[name]


def _pause_s(tried: int) -> int:
    if tried < FREE_TRIES:
        return 0
    return min(FIRST_PAUSE_S << min(tried - FREE_TRIES, 20), LONGEST_PAUSE_S)


def _settle(folder: Path, key: bytes) -> None:
    """Forget every data key but this one."""
    keys = keyfile.read(folder)
    name = _name(key)
    if name not in keys.data_keys:
        raise ValueError("not the data key of this device")
    if keys.data_keys == [name]:
        return
    keys.data_keys = [name]
    for slot in keys.slots.values():
        slot.copies = {name: slot.copies[name]}
    if keys.recovery is not None:
        keys.recovery.copies = {name: keys.recovery.copies[name]}
    keyfile.write(folder, keys)


def _new_slot(folder: Path, code: str, password: str, data_keys: list[bytes], cost: Cost) -> Slot:
    salt = secrets.token_bytes(16)
    private, public = sealing.new_pair()
    key = sealing.password_key(password, salt, cost, keyfile.device_secret(folder))
    copies = {_name(data_key): sealing.seal(public, data_key, _about(code)) for data_key in data_keys}
    return Slot(cost, salt, public, sealing.lock(key, private, _about(code)), copies)


def _check_new_password(password: str, field: str = "password") -> None:
    if len(unicodedata.normalize("NFC", password)) < LEAST_PASSWORD:
        raise Refused("password_too_short", field=field, least=LEAST_PASSWORD)


def _slot_of(keys: Keys, user_code: str) -> Slot:
    slot = keys.slots.get(_plain(user_code))
    if slot is None:
        raise Refused("no_such_user", field="user_code")
    return slot


def _plain(user_code: str) -> str:
    return unicodedata.normalize("NFC", user_code)


def _about(code: str) -> bytes:
    return b"slot\x00" + code.encode("utf-8", "surrogatepass")


def _sealed_for_city(public: bytes, data_key: bytes) -> bytes:
    return sealing.seal(public, data_key, b"recovery")


def _name(data_key: bytes) -> str:
    """What a data key is called where it must not stand itself."""
    return hashlib.sha256(b"aidpoint data key\x00" + data_key).hexdigest()[:16]


def _tries_name(folder: Path, code: str) -> str:
    return sealing.mark(keyfile.device_secret(folder), _about(code), b"aidpoint tries 1").hex()[:16]
