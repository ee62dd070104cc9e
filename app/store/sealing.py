"""The ciphers of the key slots, in one place so that another set can take over: what keeps a key, and for whom.

Only here are cipher names written. Nothing here reads or writes files.
"""

import secrets
import unicodedata

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
_NONCE_SIZE = 12
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class NotOpened(Exception):
    """The seal does not answer to this key, or is damaged."""


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one guess at a password costs (Argon2id, the second choice of RFC 9106: a quarter of a second)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


def password_key(password: str, salt: bytes, cost: Cost, device_secret: bytes) -> bytes:
    """The key a password stands for on this device; a stolen slot is worth nothing without the device's secret."""
    # Input methods write the same character in several ways.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    stretched = hash_secret_raw(text, salt, cost.passes, cost.memory_kib, cost.lanes, hash_len=KEY_SIZE, type=Type.ID)
    return _derived(stretched + device_secret, salt, b"aidpoint password 1")


def lock(key: bytes, content: bytes, about: bytes) -> bytes:
    """Encrypt under a key; opens only together with the same `about`."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, content, about)


def unlock(key: bytes, locked: bytes, about: bytes) -> bytes:
    """Raises `NotOpened`."""
    try:
        return AESGCM(key).decrypt(locked[:_NONCE_SIZE], locked[_NONCE_SIZE:], about)
    except (InvalidTag, ValueError):
        raise NotOpened from None


def new_pair() -> tuple[bytes, bytes]:
    """A private key and its public key, to which anything can be sealed without anybody present."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal(public: bytes, content: bytes, about: bytes) -> bytes:
    """Encrypt for the holder of the private key (HPKE base mode, RFC 9180)."""
    return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(public), about)


def unseal(private: bytes, sealed: bytes, about: bytes) -> bytes:
    """Raises `NotOpened`."""
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), about)
    except (InvalidTag, ValueError):
        raise NotOpened from None


def mark(secret: bytes, content: bytes, purpose: bytes) -> bytes:
    """A code over the content that only a holder of the secret can make (32 bytes)."""
    made = hmac.HMAC(_derived(secret, None, purpose), hashes.SHA256())
    made.update(content)
    return made.finalize()


def _derived(secret: bytes, salt: bytes | None, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt, purpose).derive(secret)
