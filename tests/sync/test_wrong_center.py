"""A center that is not the right one, or speaks over a line that proves nothing: what it says leaves nothing behind."""

import datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.base.clock import wall_clock
from app.center.tables import device
from app.store.engine import reading, writing
from app.sync.pins import pin_of
from app.sync.state import change_state, enrolled, hear_pins, take_pins
from tests.sync.town import Laptop, Town


def test_who_was_taken_in_once_goes_on_where_a_center_did_not_know_it_for_a_while(either_town: Town) -> None:
    """As where an old backup was put back by mistake and replaced an hour later, or at another city's center."""
    town = either_town
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    laptop.register("乙")
    with writing(town.engine) as conn:
        row = dict(conn.execute(device.select()).mappings().one())
        conn.execute(device.delete())
    for _ in range(2):
        assert laptop.try_sync().error == "not_admitted"
    with writing(town.engine) as conn:
        conn.execute(device.insert(), row)
    assert laptop.sync().unsent == 0
    with reading(laptop.engine) as conn:
        assert enrolled(conn).admitted_at is not None


def test_who_was_never_taken_in_asks_nobody_without_a_code(town: Town) -> None:
    laptop = town.laptop("V1")
    with writing(laptop.engine) as conn:
        change_state(conn, code="")
    report = laptop.try_sync()
    assert (report.error, report.bytes_out) == ("not_admitted", 0)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://center.example"])
def test_only_tls_proves_who_says_whom_to_believe(town: Town, url: str) -> None:
    laptop = town.laptop("V1")
    said, later = [pin_of(_certificate())], wall_clock() + 10**9
    with writing(laptop.engine) as conn:
        change_state(conn, url=url)
        hear_pins(conn, said, later)
    believed = _pins(laptop) == said
    assert believed == url.startswith("https")
    with writing(laptop.engine) as conn:
        take_pins(conn, said, later + 1)
    assert _pins(laptop) == said, "a file that the city signed says so itself"


def _pins(laptop: Laptop) -> list[str]:
    with reading(laptop.engine) as conn:
        found: list[str] = msgspec.json.decode(enrolled(conn).pins)
    return found


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "center")])
    since = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(since).not_valid_after(since + datetime.timedelta(days=9_999))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
