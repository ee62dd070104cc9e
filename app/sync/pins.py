"""Whom to believe: exactly the city's own certificate authorities, and no store of this computer.

A pin is the certificate of one of them, DER as base64. They come with the enrolment file and with the center's answers.
The time in a certificate is not looked at: clocks at points are wrong by years, and the center would be out of reach
just when it could set them right; an authority ends by the center naming others. Not here: what is sent.
"""

import base64
import hashlib
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from app.base.errors import Environment

ORGANIZATION = "Aidpoint"
"""What every city's authority is called in its certificates."""
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which Python has no name for."""
_OTHER_NAME = frozenset({62, 64})
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH."""


def pin_of(certificate: bytes) -> str:
    return base64.b64encode(certificate).decode()


def digest_of(pins: Sequence[str]) -> str:
    """Which pins these are, in short; the same in any order."""
    return hashlib.sha256("\n".join(sorted(pins)).encode()).hexdigest()[:16]


def known_of(pins: Sequence[str], url: str) -> str:
    """What is known of the center, in short: whom it is vouched for by, and where TLS proves who answers, its address.
    A device that cannot be told an address says the same as one that knows none."""
    return digest_of([*pins, url] if speaks_tls(url) else pins)


def speaks_tls(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def are_pins(pins: Sequence[str]) -> bool:
    """Whether these can be believed in at all: at least one, and each a certificate."""
    try:
        for pin in pins:
            x509.load_der_x509_certificate(base64.b64decode(pin, validate=True))
    except ValueError:
        return False
    return bool(pins)


def trusting(pins: Sequence[str]) -> ssl.SSLContext:
    """What a connection to the center is checked by. Without a pin nobody is believed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= _NO_CHECK_TIME
    for pin in pins:
        context.load_verify_locations(cadata=base64.b64decode(pin))
    return context


def unbelieved(url: str, error: ssl.SSLCertVerificationError | None, timeout_s: float) -> Environment:
    """Why a handshake failed, told apart for a person; nothing was sent but the greeting.

    "certificate_name": our authority vouches for another name. "authority_unknown": a center like ours, of an authority
    this device was not told of. "intercepted": somebody else stands between. "certificate_bad": it cannot be said.
    """
    if error is not None and error.verify_code in _OTHER_NAME:
        return Environment("certificate_name")
    issuer = _issuer(url, timeout_s)
    if issuer is None:
        return Environment("certificate_bad", reason=f"verify {error.verify_code}" if error else "handshake")
    return Environment("authority_unknown" if issuer == ORGANIZATION else "intercepted")


def _issuer(url: str, timeout_s: float) -> str | None:
    """Who vouches for whoever answers there, as it says itself: looked at once more, for the words alone."""
    parts = urlsplit(url)
    looking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    looking.check_hostname = False
    looking.verify_mode = ssl.CERT_NONE
    host = parts.hostname or ""
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout_s) as plain,
            looking.wrap_socket(plain, server_hostname=host) as shown,
        ):
            certificate = x509.load_der_x509_certificate(shown.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError):
        return None
    names = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(names[0].value) if names else ""
