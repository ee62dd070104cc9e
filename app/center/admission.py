"""How a device comes in: an enrolment with a one-time code, burned at the first use; and how it is sent away."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.clock import DAY
from app.base.errors import Refused
from app.base.ids import meaning_id, new_id
from app.center.feed import public_page
from app.center.hub import Declined, Hub, standing_city
from app.center.intake import is_epoch, new_epoch
from app.center.locks import pass_gate
from app.center.revoked import is_written_off, keep_revoked, keep_used
from app.center.tables import device, device_epoch, enrolment
from app.center.tls import make_authority, pins_of
from app.journal.here import standing
from app.journal.streams import Tree, streams_read
from app.store.engine import reading, writing
from app.sync.enrolment import VERSION, Enrolment, write_enrolment
from app.sync.protocol import AdmitRequest, AdmitResponse, Page

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters nobody takes for another."""
CODE_LENGTH = 10
VALID_US = 30 * DAY
MOST_TRIES = 10
"""Wrong codes after which an enrolment is spent."""
CODE_COST = 1 << 14
"""How slow it is to guess a code from what is kept of it: `n` of scrypt."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What is handed out: the file, and the code that travels apart from it."""

    id: str
    letter: str
    file: bytes
    code: str


def enroll_node(hub: Hub, node_code: str) -> Enrolled:
    """Make an enrolment for one new device of a node. Raises `Refused("no_such_node", "node")`."""
    node = meaning_id("node", node_code)
    id_, code, now = new_id(), new_code(), hub.clock()
    with writing(hub.engine) as conn:
        pass_gate(conn, alone=True)  # two letters given at once would be the same
        tree = hub.trees.tree(conn)
        if node not in tree.tier:
            raise Refused("no_such_node", "node", node=node_code)
        taken = conn.execute(sa.select(sa.func.count()).where(enrolment.c.node == node)).scalar_one()
        letter = letters(taken)
        make_authority(conn, now)
        conn.execute(
            enrolment.insert(),
            {
                "id": id_,
                "node": node,
                "letter": letter,
                "code_hash": _hash(code, id_),
                "tries": 0,
                "made_at": now,
                "expires_at": now + VALID_US,
            },
        )
    with reading(hub.engine) as conn:
        city = standing_city(conn)
        sign_key = Ed25519PrivateKey.from_private_bytes(city["sign_key"])
        seal_key = X25519PrivateKey.from_private_bytes(city["seal_key"])
        file = Enrolment(
            version=VERSION,
            id=id_,
            city=city["id"],
            city_name=city["name"],
            url=city["url"],
            node=node,
            letter=letter,
            made_at=now,
            sign_key=base64.b64encode(sign_key.public_key().public_bytes_raw()).decode(),
            seal_key=base64.b64encode(seal_key.public_key().public_bytes_raw()).decode(),
            pins=pins_of(conn),
            hub_epoch=city["hub_epoch"],
            page=_first_page(conn, hub.trees.tree(conn), node, city["hub_epoch"]),
        )
    return Enrolled(id_, letter, write_enrolment(file, sign_key), code)


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def letters(index: int) -> str:
    """A, B, … Z, AA, AB, …: tells the devices of one node apart."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, len(_LETTERS))
        text = _LETTERS[rest] + text
    return text


def _first_page(conn: sa.Connection, tree: Tree, node: str, hub_epoch: str) -> Page:
    """The org tree, staff and catalogue: what a device may hold before it was admitted. The file is not sealed, so
    records about people stay out."""
    streams = streams_read(tree, node)
    public = [stream for stream in streams if stream == "all" or stream.startswith("down:")]
    return public_page(conn, tree, streams, public, hub_epoch)


def admit(hub: Hub, request: AdmitRequest) -> AdmitResponse:
    """Admit a device whose request is signed by the very key it offers. Raises `Declined` 403 code_…"""
    now = hub.clock()
    sign_key, seal_key = _key(request.sign_key), _key(request.seal_key)
    if not is_epoch(request.epoch, request.serial) or "\x00" in request.enrolment:
        raise Declined(400, "bad_request", what="epoch")
    e = enrolment.c
    with reading(hub.engine) as conn:  # hashing costs much: only for a code that may be right
        known = conn.execute(sa.select(enrolment).where(e.id == request.enrolment)).mappings().one_or_none()
    if (hopeless := _spent(known, request.device, now)) is not None:
        raise hopeless
    given = _hash(request.code, request.enrolment)
    with writing(hub.engine) as conn:
        query = sa.select(enrolment).where(e.id == request.enrolment).with_for_update()
        row = conn.execute(query).mappings().one_or_none()
        declined = _fault(row, request.device, given, now)
        if row is not None and declined is None:
            if is_written_off(hub, request.device):  # a database that was put back may not know it at all
                raise Declined(401, "revoked")
            _let_in(conn, row, request, sign_key, seal_key, now)
        elif row is not None and declined is not None and declined.code == "code_wrong":
            conn.execute(enrolment.update().where(e.id == row["id"]).values(tries=e.tries + 1))
        hub_epoch = standing_city(conn)["hub_epoch"]
    if declined is not None:
        raise declined
    keep_used(hub)
    return AdmitResponse(request.request_id, now, hub_epoch)


def revoke(hub: Hub, device_id: str) -> None:
    """Shut a device out: it pulls nothing more, and what it pushes is set aside. Raises `Refused`."""
    with writing(hub.engine) as conn:
        changed = conn.execute(
            device.update()
            .where(device.c.id == device_id, device.c.status != "REVOKED")
            .values(status="REVOKED", revoked_at=hub.clock())
        )
        if not changed.rowcount and not conn.execute(sa.select(device.c.id).where(device.c.id == device_id)).first():
            raise Refused("no_such_device", "device", device=device_id)
    keep_revoked(hub)


def _fault(row: sa.RowMapping | None, device_id: str, given: bytes, now: int) -> Declined | None:
    """Why this enrolment does not admit this device; None where it does."""
    spent = _spent(row, device_id, now)
    if spent is None and row is not None and not hmac.compare_digest(row["code_hash"], given):
        return Declined(403, "code_wrong")
    return spent


def _spent(row: sa.RowMapping | None, device_id: str, now: int) -> Declined | None:
    """Why this enrolment admits this device with no code; None where a code may."""
    if row is None:
        return Declined(403, "code_wrong")
    if row["used_by"] not in (None, device_id):
        return Declined(403, "code_used")
    if row["used_by"] is None and (row["expires_at"] < now or row["tries"] >= MOST_TRIES):
        return Declined(403, "code_expired")
    return None


def _let_in(
    conn: sa.Connection, row: sa.RowMapping, request: AdmitRequest, sign_key: bytes, seal_key: bytes, now: int
) -> None:
    """Write the device down. The same device asking again changes nothing; other keys under its id are refused."""
    known = conn.execute(sa.select(device).where(device.c.id == request.device)).mappings().one_or_none()
    # The center writes under an id of its own, which every reader knows: whoever took it would be given all it wrote.
    if request.device == standing(conn).device or (known is not None and known["sign_key"] != sign_key):
        raise Declined(403, "code_used")
    if known is not None and known["status"] == "REVOKED":
        raise Declined(401, "revoked")
    place = {"node": row["node"], "letter": row["letter"], "sign_key": sign_key, "seal_key": seal_key}
    if known is None:
        made = {"id": request.device, "status": "ACTIVE", "epoch": request.epoch, "app": "", "admitted_at": now}
        conn.execute(device.insert(), {**made, **place, "last_contact": now})
        conn.execute(device_epoch.insert(), new_epoch(request.device, request.epoch, request.serial, now))
    elif row["used_by"] is None:
        conn.execute(device.update().where(device.c.id == request.device).values(**place))
    used = {"used_by": request.device, "used_at": row["used_at"] or now}
    conn.execute(enrolment.update().where(enrolment.c.id == row["id"]).values(**used))


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise Declined(400, "bad_request", what="key")
    return key


def _hash(code: str, enrolment_id: str) -> bytes:
    """What is kept of a code. It is short, so guessing it from a stolen database must be slow."""
    plain = "".join(code.upper().split()).replace("-", "").encode()
    return hashlib.scrypt(plain, salt=enrolment_id.encode(), n=CODE_COST, r=8, p=1, dklen=32)
