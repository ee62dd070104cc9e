"""The city's own certificates: who is believed, what is said where somebody else answers, moving to the next."""

import base64
import socket
import ssl
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app.base.clock import DAY, wall_clock
from app.base.errors import Environment, Refused
from app.center import admin, tls
from app.center.tables import authority, server_certificate
from app.store.engine import reading, writing
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment
from app.sync.http import HttpTransport, transport_of
from app.sync.identity import new_identity
from app.sync.pins import digest_of, trusting
from app.sync.protocol import EXCHANGE_PATH, ExchangeResponse
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.state import enrolled
from tests.center.over_tls import HOST, answering, new_city, pins, port_of, town
from tests.sync.town import Laptop, Town

__all__ = ["town"]


def go(laptop: Laptop) -> RoundReport:
    """A round by the way this laptop knows of."""
    with reading(laptop.engine) as conn:
        way = transport_of(enrolled(conn), laptop.device, wall_clock)
    try:
        return sync_round(laptop.engine, way, clock=wall_clock)
    finally:
        way.close()


def trouble_of(url: str, pins: list[str]) -> str:
    way = HttpTransport(url, new_identity(), wall_clock, pins=pins, connect_s=3, idle_s=3)
    with pytest.raises(Environment) as trouble:
        way.call(EXCHANGE_PATH, "r1", b"x" * 100, ExchangeResponse)
    way.close()
    return trouble.value.code


def test_a_point_syncs_over_tls_with_what_its_enrolment_file_pins(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("张三")
    with answering(town.engine, port_of(town)):
        report = go(laptop)
    assert (report.error, report.unsent) == ("", 0)


@pytest.mark.parametrize("years", [-56, 73])
def test_a_clock_that_is_wrong_by_decades_does_not_lock_out(town: Town, years: int) -> None:
    """OpenSSL asks the system's clock; both ends of the certificate are moved instead, which is the same."""
    made = wall_clock() - years * 365 * DAY
    with writing(town.engine) as conn:
        conn.execute(authority.delete())
        conn.execute(server_certificate.delete())
        tls.make_authority(conn, max(made, 0))
    tls.ready_to_serve(town.engine, lambda: max(made, 0))
    shown = tls.server_context(town.engine)
    laptop = town.laptop("V1")
    listener = socket.create_server((HOST, port_of(town)))
    listener.settimeout(5)

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError, ssl.SSLError), shown.wrap_socket(connection, server_side=True) as spoken:
            spoken.recv(100)

    thread = threading.Thread(target=serve)
    thread.start()
    with reading(laptop.engine) as conn:
        believed = trusting(pins(town.engine))
        assert enrolled(conn).pins
    with socket.create_connection((HOST, port_of(town)), 5) as plain:
        believed.wrap_socket(plain, server_hostname=HOST).close()
    thread.join()
    listener.close()


def test_nobody_else_is_believed_whatever_the_environment_says(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list that the library brings, and the one an administrator named, are not used."""
    other = new_city(tmp_path / "other.db", town.url)
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(ssl.DER_cert_to_PEM_cert(base64.b64decode(pins(other)[0])))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    with answering(other, port_of(town)):
        assert trouble_of(town.url, pins(town.engine)) == "authority_unknown"
        assert trouble_of(town.url, []) == "authority_unknown"
        assert requests.get(f"{town.url}/health", timeout=5).ok  # the control: what the environment says works
    other.dispose()


def test_a_context_holds_the_pins_and_nothing_else(town: Town) -> None:
    held = trusting(pins(town.engine))
    assert len(held.get_ca_certs()) == 1
    way = HttpTransport(town.url, new_identity(), wall_clock, pins=pins(town.engine), idle_s=1)
    with answering(town.engine, port_of(town)), suppress(Exception):
        way.call(EXCHANGE_PATH, "r1", b"x", ExchangeResponse)
    adapter = way._session.get_adapter(town.url)
    assert len(adapter._context.get_ca_certs()) == 1  # type: ignore[attr-defined]
    way.close()


def test_who_answers_instead_is_told_apart_and_nothing_is_sent(town: Town, tmp_path: Path) -> None:
    """Another city's center, somebody who poses as ours, ours under another name."""
    mine = pins(town.engine)
    other = new_city(tmp_path / "other.db", town.url)
    with answering(other, port_of(town)):
        assert trouble_of(town.url, mine) == "authority_unknown"
    other.dispose()
    named = new_city(tmp_path / "named.db", f"https://center.example:{port_of(town)}")
    with answering(named, port_of(town)):
        assert trouble_of(town.url, pins(named)) == "certificate_name"
    named.dispose()


def test_whoever_hangs_up_while_the_line_is_being_made_sends_nothing_over_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = town.laptop("V1")
    with reading(laptop.engine) as conn:
        way = transport_of(enrolled(conn), laptop.device, wall_clock)
    real = ssl.SSLSocket.do_handshake

    def hangs_up(line: ssl.SSLSocket, block: bool = False) -> None:
        way.hang_up()  # as from another thread: the line is not yet known by this socket
        real(line, block)

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", hangs_up)
    with closing(way), answering(town.engine, port_of(town)):
        with pytest.raises(Environment) as trouble:
            way.call(EXCHANGE_PATH, "r1", b"x" * 100_000, ExchangeResponse)
        assert (trouble.value.code, way.traffic()) == ("cancelled", (0, 0))


def test_the_certificate_is_made_anew_near_its_end_and_for_another_host(town: Town) -> None:
    def shown() -> tuple[str, bytes]:
        with reading(town.engine) as conn:
            row = conn.execute(sa.select(server_certificate)).mappings().one()
        return row["host"], row["certificate"]

    tls.ready_to_serve(town.engine, wall_clock)
    first = shown()
    assert first[0] == HOST
    tls.ready_to_serve(town.engine, wall_clock)
    assert shown() == first
    tls.ready_to_serve(town.engine, lambda: wall_clock() + (tls.SERVER_DAYS - tls.RENEW_DAYS + 1) * DAY)
    second = shown()
    assert second != first
    tls.move_to(town.engine, "https://center.example/")
    tls.ready_to_serve(town.engine, wall_clock)
    assert shown()[0] == "center.example"


def test_moving_to_the_next_authority_shuts_nobody_out_who_was_told(town: Town) -> None:
    told, away = town.laptop("V1"), town.laptop("V2")
    with answering(town.engine, port_of(town)):
        assert [go(told).error, go(away).error] == ["", ""]
        with pytest.raises(Refused) as refused:
            tls.switch(town.engine)
        assert refused.value.code == "no_next_authority"
        standing = tls.prepare_next(town.engine, wall_clock)
        assert (standing.devices, standing.told) == (2, 0)
        assert tls.prepare_next(town.engine, wall_clock).next == standing.next
        go(told)  # learns
        go(told)  # says so
    with pytest.raises(Refused) as refused:
        tls.switch(town.engine)
    assert (refused.value.code, refused.value.facts) == ("authority_not_known", {"count": 1})
    moved = tls.switch(town.engine, anyway=True)
    assert (moved.now, moved.next) == (standing.next, None)
    with answering(town.engine, port_of(town)):
        assert go(told).error == ""
        away.register("李四")
        assert go(away).error == "authority_unknown"
        file, _ = town.enrolment("V2")
        enrol(away.engine, read_enrolment(file), wall_clock)
        assert (go(away).error, go(away).unsent) == ("", 0)
        go(told)
    assert tls.authorities(town.engine).past is None
    with reading(told.engine) as conn:
        assert enrolled(conn).pins == '["' + pins(town.engine)[0] + '"]'


@pytest.mark.parametrize(
    "url",
    ["", "https://", "center.example:8750", "ftp://center.example", "https://a..b", f"https://{'x' * 70}.cn",
     "https://center.example:port", "https://[::1", "https://center .example"],
)  # fmt: skip
def test_an_address_that_nobody_can_call_is_refused_in_words(town: Town, url: str) -> None:
    with pytest.raises(Refused, match="bad_center_url"):
        tls.move_to(town.engine, url)
    tls.ready_to_serve(town.engine, wall_clock)
    for good in ("https://救助.example:8750", "https://[::1]:8750", "https://127.0.0.1", "http://center.example/"):
        tls.move_to(town.engine, good, anyway=True)
        tls.ready_to_serve(town.engine, wall_clock)


def test_an_older_file_sets_back_neither_address_nor_pins(town: Town) -> None:
    old, code = town.enrolment("V1")
    laptop = town.laptop_from(old, code, "u-V1")
    tls.prepare_next(town.engine, wall_clock)
    tls.move_to(town.engine, f"https://{HOST}:1")
    new, _ = town.enrolment("V1")
    enrol(laptop.engine, read_enrolment(new), wall_clock)
    enrol(laptop.engine, read_enrolment(old), wall_clock)
    with reading(laptop.engine) as conn:
        state = enrolled(conn)
    assert (state.url, digest_of([*pins(town.engine)])) == (f"https://{HOST}:1", digest_of(_held(state.pins)))
    assert len(_held(state.pins)) == 2


def test_a_city_founded_by_an_earlier_program_gets_its_authority_at_the_next_start(tmp_path: Path) -> None:
    engine = new_city(tmp_path / "center.db", f"https://{HOST}:1")
    with writing(engine) as conn:
        conn.execute(authority.delete())
    with pytest.raises(Refused) as refused:
        tls.authorities(engine)
    assert refused.value.code == "no_authority"
    tls.ready_to_serve(engine, wall_clock)
    assert len(pins(engine)) == 1
    file, _ = admin.enroll(engine, "V1")
    assert read_enrolment(file).pins == pins(engine)
    engine.dispose()


def _held(text: str) -> list[str]:
    import json

    found: list[str] = json.loads(text)
    return found
