"""HTTP message signatures (RFC 9421) in the one profile we use: Ed25519 over method, path and content digest.

The digest (RFC 9530) is of the bytes as sent, so a body is checked before it is decompressed.
"""

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_COVERED = '("@method" "@path" "content-digest")'
_INPUT = re.compile(
    r'sig=(\("@method" "@path" "content-digest"\);created=(\d{1,12});keyid="([0-9a-f]{32})";alg="ed25519")'
)
_SIGNATURE = re.compile(r"sig=:([A-Za-z0-9+/=]{1,128}):")


def content_digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign(key: Ed25519PrivateKey, device: str, method: str, path: str, body: bytes, created: int) -> dict[str, str]:
    """The headers that sign this request. `created`: seconds since 1970."""
    digest = content_digest(body)
    parameters = f'{_COVERED};created={created};keyid="{device}";alg="ed25519"'
    signature = key.sign(_base(method, path, digest, parameters))
    return {
        "Content-Digest": digest,
        "Signature-Input": f"sig={parameters}",
        "Signature": f"sig=:{base64.b64encode(signature).decode()}:",
    }


def signer(headers: Mapping[str, str]) -> str | None:
    """The device that says it signed this request; None where it is not signed in our profile."""
    match = _INPUT.fullmatch(headers.get("signature-input", ""))
    return match[3] if match else None


def verify(key: Ed25519PublicKey, headers: Mapping[str, str], method: str, path: str, body: bytes) -> bool:
    """Whether this key signed exactly this request. `headers` by lower-case names.

    The signature's age is not judged: clocks at points are wrong, and a request sent twice changes nothing.
    """
    return headers.get("content-digest") == content_digest(body) and is_signed(key, headers, method, path)


def is_signed(key: Ed25519PublicKey, headers: Mapping[str, str], method: str, path: str) -> bool:
    """Whether this key signed these headers, which name the body by its digest: known before the body has come."""
    stated = _INPUT.fullmatch(headers.get("signature-input", ""))
    given = _SIGNATURE.fullmatch(headers.get("signature", ""))
    digest = headers.get("content-digest", "")
    if stated is None or given is None:
        return False
    try:
        key.verify(base64.b64decode(given[1]), _base(method, path, digest, stated[1]))
    except (InvalidSignature, ValueError):
        return False
    return True


def _base(method: str, path: str, digest: str, parameters: str) -> bytes:
    lines = (
        f'"@method": {method.upper()}',
        f'"@path": {path}',
        f'"content-digest": {digest}',
        f'"@signature-params": {parameters}',
    )
    return "\n".join(lines).encode()
