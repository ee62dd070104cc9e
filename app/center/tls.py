"""The city's own certificate authority, and what the center shows to who calls it.

An authority is made with the city and stands in its database; a next one may be made beside it, devices are told of it
by answers and enrolment files, and once they know it the center moves over. The certificate the center shows is made
anew by itself at a start when it nears its end, when the address changed, or after a move. Not here: who is believed at
a point (`app.sync.pins`).
"""

import ipaddress
import secrets
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.base.clock import DAY, SECOND, Clock
from app.base.errors import Refused
from app.center.hub import standing_city
from app.center.locks import pass_gate
from app.center.tables import SELF, authority, city, device, server_certificate
from app.store.engine import reading, writing
from app.sync.pins import ORGANIZATION, digest_of, known_of, pin_of, speaks_tls

AUTHORITY_DAYS = 20 * 365
SERVER_DAYS = 800
RENEW_DAYS = 270
"""Before its end the center's certificate is made anew at the next start."""
_MOST_NAMES = 4
_PLACES = ("now", "next", "past")


@dataclass(frozen=True, slots=True)
class Authorities:
    """How it stands. `now`, `next`, `past`: fingerprints (SHA-256, hex), None where there is none. `ends_at`: of the
    present one, µs. `devices`: those in good standing; `told`: how many of them know all of these."""

    now: str
    next: str | None
    past: str | None
    ends_at: int
    devices: int
    told: int


def make_authority(conn: sa.Connection, now: int) -> None:
    """Give the city an authority where it has none: one founded by an earlier program had not."""
    if conn.execute(sa.select(authority.c.place)).first() is None:
        _insert(conn, "now", now)
        _note_trusts(conn)


def pins_of(conn: sa.Connection) -> list[str]:
    """What devices are to believe, the present authority first."""
    a = authority.c
    held = {row.place: row.certificate for row in conn.execute(sa.select(a.place, a.certificate))}
    return [pin_of(held[place]) for place in _PLACES if place in held]


def pins_to_tell(conn: sa.Connection, town: Mapping[str, Any], trusts: str) -> list[str]:
    """What a device that knows `trusts` has to be told; empty where it knows, or could not be told."""
    if trusts in ("", town["trusts"]):
        return []
    pins = pins_of(conn)
    return [] if trusts == digest_of(pins) else pins


def address_to_tell(town: Mapping[str, Any], trusts: str) -> str:
    """Where a device that knows `trusts` will find the center; empty where it knows, or could not believe it."""
    return "" if trusts in ("", town["trusts"]) or not speaks_tls(town["url"]) else str(town["url"])


def note_trusts(engine: sa.Engine, row: Mapping[str, Any], trusts: str) -> None:
    """Write down what a device knows, where it says something else than last time."""
    if trusts and row["trusts"] != trusts and len(trusts) <= 16:
        with writing(engine) as conn:
            conn.execute(device.update().where(device.c.id == row["id"]).values(trusts=trusts))


def prepare_next(engine: sa.Engine, clock: Clock) -> Authorities:
    """Make the next authority, which devices are told of from now on. Run again it changes nothing."""
    with writing(engine) as conn:
        pass_gate(conn, alone=True)
        make_authority(conn, clock())
        if _held(conn, "next") is None:
            _insert(conn, "next", clock())
            _note_trusts(conn)
    return authorities(engine)


def switch(engine: sa.Engine, *, anyway: bool = False) -> Authorities:
    """Move to the next authority; the center shows a certificate of it from its next start.

    Raises `Refused`: "no_next_authority"; "authority_not_known" where devices would be shut out, unless `anyway`.
    """
    standing = authorities(engine)
    if standing.next is None:
        raise Refused("no_next_authority", "authority")
    if standing.told < standing.devices and not anyway:
        raise Refused("authority_not_known", "authority", count=standing.devices - standing.told)
    with writing(engine) as conn:
        pass_gate(conn, alone=True)
        a = authority.c
        if _held(conn, "next") is not None:
            conn.execute(authority.delete().where(a.place == "past"))
            for before, after in (("now", "past"), ("next", "now")):
                conn.execute(authority.update().where(a.place == before).values(place=after))
            _note_trusts(conn)
    return authorities(engine)


def authorities(engine: sa.Engine) -> Authorities:
    with reading(engine) as conn:
        town = standing_city(conn)
        held = {place: _held(conn, place) for place in _PLACES}
        now = held["now"]
        if now is None:
            raise Refused("no_authority", "authority")
        active = sa.select(device.c.trusts).where(device.c.status == "ACTIVE")
        enough = (town["trusts"], digest_of(pins_of(conn)))
        known = [trusts in enough for trusts in conn.execute(active).scalars()]
    prints = {place: one.fingerprint(hashes.SHA256()).hex() if one else None for place, one in held.items()}
    ends_at = int(now.not_valid_after_utc.timestamp()) * SECOND
    return Authorities(str(prints["now"]), prints["next"], prints["past"], ends_at, len(known), sum(known))


@dataclass(frozen=True, slots=True)
class Address:
    """Where the center is found. `devices`: those in good standing; `told`: how many of them know it. Without TLS no
    device can be told: `told` is None, and each of them needs a new enrolment file after a move."""

    url: str
    devices: int
    told: int | None


def address(engine: sa.Engine) -> Address:
    with reading(engine) as conn:
        town = standing_city(conn)
        active = sa.select(device.c.trusts).where(device.c.status == "ACTIVE")
        known = [trusts == town["trusts"] for trusts in conn.execute(active).scalars()]
    return Address(town["url"], len(known), sum(known) if speaks_tls(town["url"]) else None)


def move_to(engine: sa.Engine, url: str, *, anyway: bool = False) -> Address:
    """The center is found at another address from now on: enrolment files made after this say so, and where TLS proves
    both addresses, devices are told by answers. Raises `Refused`: "bad_center_url"; "address_unsafe" where nobody could
    prove any more that it is the center, unless `anyway`."""
    with writing(engine) as conn:
        was, url = standing_city(conn)["url"], checked_url(url)
        if speaks_tls(was) and not speaks_tls(url) and not anyway:
            raise Refused("address_unsafe", "url")
        conn.execute(city.update().values(url=url))
        _note_trusts(conn)
    return address(engine)


def checked_url(url: str) -> str:
    """The address as it is kept. Raises `Refused("bad_center_url", "url")` where no device could call it, and no
    certificate be made for it."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
        _alternative(host)
    except ValueError:
        raise Refused("bad_center_url", "url") from None
    if parts.scheme not in ("http", "https") or not host or any(map(str.isspace, host)):
        raise Refused("bad_center_url", "url")
    return url.rstrip("/")


def ready_to_serve(engine: sa.Engine, clock: Clock) -> None:
    """Bring the center's certificate to what it has to be; called once before workers start."""
    with writing(engine) as conn:
        pass_gate(conn, alone=True)
        make_authority(conn, clock())
        _note_trusts(conn)  # an earlier program noted less
        town = standing_city(conn)
        if not speaks_tls(town["url"]):
            return
        host = urlsplit(town["url"]).hostname or ""
        shown = conn.execute(sa.select(server_certificate)).mappings().one_or_none()
        vouching = _held(conn, "now")
        if vouching is None:
            raise Refused("no_authority", "authority")
        if shown is None or not _fits(shown, host, vouching, clock()):
            made = _issue(conn, vouching, _names(host, shown), clock())
            conn.execute(server_certificate.delete())
            conn.execute(server_certificate.insert(), {"one": SELF, "host": host, **made})
        # From here on nothing answers under the one before.
        if conn.execute(authority.delete().where(authority.c.place == "past")).rowcount:
            _note_trusts(conn)


def server_context(engine: sa.Engine) -> ssl.SSLContext:
    """What a worker answers TLS with, after `ready_to_serve`."""
    with reading(engine) as conn:
        row = conn.execute(sa.select(server_certificate)).mappings().one()
    certificate = x509.load_der_x509_certificate(row["certificate"])
    password = secrets.token_bytes(32).hex()
    key = _key_of(row["key"]).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.TemporaryDirectory(prefix="aidpoint-") as folder:  # the library reads files only; it is sealed there
        file = Path(folder) / "shown.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + key)
        context.load_cert_chain(file, password=password)
    return context


def _fits(shown: sa.RowMapping, host: str, vouching: x509.Certificate, now: int) -> bool:
    """Whether this certificate can be shown for a while yet."""
    if shown["host"] != host or shown["ends_at"] - now < RENEW_DAYS * DAY:
        return False
    held = x509.load_der_x509_certificate(shown["certificate"])
    return held.issuer == vouching.subject


def _names(host: str, shown: sa.RowMapping | None) -> list[x509.GeneralName]:
    """Whom the certificate is for: the present host, and the former ones, where devices call that were not told yet."""
    names = [_alternative(host)]
    if shown is not None:
        held = x509.load_der_x509_certificate(shown["certificate"])
        before = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += [name for name in before if name not in names]
    return names[:_MOST_NAMES]


def _issue(
    conn: sa.Connection, vouching: x509.Certificate, names: list[x509.GeneralName], now: int
) -> dict[str, object]:
    key = ec.generate_private_key(ec.SECP256R1())
    signing = _key_of(conn.execute(sa.select(authority.c.key).where(authority.c.place == "now")).scalar_one())
    begun, ends = _times(now, SERVER_DAYS)
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(str(names[0].value)))
        .issuer_name(vouching.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    ends_at = int(ends.timestamp()) * SECOND
    return {"certificate": _der(made), "key": _private(key), "ends_at": ends_at}


def _insert(conn: sa.Connection, place: str, now: int) -> None:
    """Make an authority and put it in its place."""
    key = ec.generate_private_key(ec.SECP256R1())
    begun, ends = _times(now, AUTHORITY_DAYS)
    name = _name(f"{secrets.token_hex(8)}")  # each its own: a certificate names who signed it
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    values = {"place": place, "certificate": _der(made), "key": _private(key), "made_at": now}
    conn.execute(authority.insert(), values)


def _held(conn: sa.Connection, place: str) -> x509.Certificate | None:
    found = conn.execute(sa.select(authority.c.certificate).where(authority.c.place == place)).scalar()
    return None if found is None else x509.load_der_x509_certificate(found)


def _note_trusts(conn: sa.Connection) -> None:
    conn.execute(city.update().values(trusts=known_of(pins_of(conn), standing_city(conn)["url"])))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())


def _times(now: int, days: int) -> tuple[datetime, datetime]:
    """From a day before, in whole seconds; what is after 2050 is written in another form by itself."""
    at = datetime.fromtimestamp(now // SECOND, UTC)
    return at - timedelta(days=1), at + timedelta(days=days)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _key_of(der: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_der_private_key(der, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(type(key).__name__)
    return key
