"""Who is new in a city: a laptop before it is admitted, and somebody whom the center engages."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.ids import meaning_id, random_hex
from app.center.admission import Enrolled
from app.center.hub import Hub, center_actor
from app.features.org.commands import EngageStaff
from app.journal.act import Actor
from app.store.engine import reading
from app.sync.protocol import AdmitRequest


class Newcomer:
    """A fresh installation: an id and two keys."""

    def __init__(self) -> None:
        self.device, self.epoch = random_hex(16), random_hex(8)
        self.sign_key, self.seal_key = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()

    def request(self, enrolled: Enrolled, code: str | None = None) -> AdmitRequest:
        keys = (self.sign_key.public_key(), self.seal_key.public_key())
        sign_key, seal_key = (base64.b64encode(key.public_bytes_raw()).decode() for key in keys)
        code = enrolled.code if code is None else code
        return AdmitRequest(1, "r", code, enrolled.id, self.device, self.epoch, 1, sign_key, seal_key)


def engaged(hub: Hub, code: str, role: str, at: str) -> Actor:
    """Somebody whom the center engages."""
    with reading(hub.engine) as conn:
        center = center_actor(conn)
    command = EngageStaff(code=code, name="赵六", role=role, node=meaning_id("node", at))
    return Actor(hub.runner().do(command, center).made[0][1], role, meaning_id("node", at))
