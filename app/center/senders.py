"""Whose request it is: the admitted device that signed it, and whether it is still in good standing. Not here: what it
may ask (`calls.py`, `files.py`)."""

from collections.abc import Mapping

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.center.hub import Declined, Hub
from app.center.tables import device
from app.store.bulk import Kept
from app.store.engine import reading
from app.sync.signing import signer, verify

_SIGN_KEY = Kept(sa.select(device.c.sign_key).where(device.c.id == sa.bindparam("of_device")))


def key_of(hub: Hub, device_id: str) -> Ed25519PublicKey | None:
    """The key of an admitted device, which never changes; None for any other."""
    with reading(hub.engine) as conn:
        key = _SIGN_KEY.scalar(conn, of_device=device_id)
    return None if key is None else Ed25519PublicKey.from_public_bytes(key)


def sender_of(hub: Hub, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> str:
    """The device that signed exactly this. `headers` by lower-case names. Raises `Declined` 401 bad_signature,
    not_admitted."""
    device_id = signer(headers)
    if device_id is None:
        raise Declined(401, "bad_signature")
    key = key_of(hub, device_id)
    if key is None:
        raise Declined(401, "not_admitted")
    if not verify(key, headers, method, path, body):
        raise Declined(401, "bad_signature")
    return device_id


def in_good_standing(conn: sa.Connection, device_id: str) -> sa.RowMapping:
    """The row of an admitted device that was not shut out. Raises `Declined` 401 not_admitted, revoked."""
    row = conn.execute(sa.select(device).where(device.c.id == device_id)).mappings().one_or_none()
    if row is None:
        raise Declined(401, "not_admitted")
    if row["status"] == "REVOKED":
        raise Declined(401, "revoked")
    return row
