"""Who this installation is: its id and its two key pairs, made at first run, before any network."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.ids import random_hex


@dataclass(frozen=True, slots=True)
class Identity:
    """`device`: 128 random bits as hex. Keys are private, 32 raw bytes: Ed25519 signs requests, X25519 opens files."""

    device: str
    sign_key: bytes = field(repr=False)
    seal_key: bytes = field(repr=False)

    def signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.sign_key)

    def public_sign_key(self) -> bytes:
        return self.signer().public_key().public_bytes_raw()

    def public_seal_key(self) -> bytes:
        return X25519PrivateKey.from_private_bytes(self.seal_key).public_key().public_bytes_raw()


def new_identity() -> Identity:
    return Identity(
        random_hex(16),
        Ed25519PrivateKey.generate().private_bytes_raw(),
        X25519PrivateKey.generate().private_bytes_raw(),
    )
