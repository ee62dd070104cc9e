"""A center that moves: devices are told by its answers, keep the former address until the new one answers."""

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from cryptography import x509

from app.base.clock import DAY, wall_clock
from app.base.errors import Refused
from app.center import tls
from app.center.tables import city, device, server_certificate
from app.store.engine import reading, writing
from app.sync.http import transport_of
from app.sync.moving import follow_center
from app.sync.pins import digest_of
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from app.sync.state import SyncState, change_state, enrolled, hear_address
from tests.center.over_tls import HOST, answering, pins, port_of, town
from tests.sync.town import Laptop, Town

__all__ = ["town"]


def state_of(laptop: Laptop) -> SyncState:
    with reading(laptop.engine) as conn:
        return enrolled(conn)


def go(laptop: Laptop) -> RoundReport:
    """As a point does it: look whether the center has moved, then a round."""
    follow_center(laptop.engine, wall_clock)
    with closing(transport_of(state_of(laptop), laptop.device, wall_clock)) as way:
        return sync_round(laptop.engine, way, clock=wall_clock)


def free_port(besides: int) -> int:
    with socket.create_server((HOST, 0)) as taken:
        port = int(taken.getsockname()[1])
    return port if port != besides else free_port(besides)


def test_a_device_that_was_told_follows_once_the_new_address_answers(town: Town) -> None:
    told, away = town.laptop("V1"), town.laptop("V2")
    moved = f"https://localhost:{free_port(port_of(town))}"
    with answering(town.engine, port_of(town)):
        assert [go(told).error, go(away).error] == ["", ""]
        standing = tls.move_to(town.engine, moved)
        assert (standing.url, standing.devices, standing.told) == (moved, 2, 0)
        told.register("甲")
        assert go(told).error == ""
        assert (state_of(told).url, state_of(told).next_url) == (town.url, moved)
        assert (go(told).error, state_of(told).url) == ("", town.url), "nobody answers there yet"
        assert tls.address(town.engine).told == 1
    with answering(town.engine, urlsplit(moved).port or 0):
        told.register("乙")
        report = go(told)
        assert (report.error, report.unsent) == ("", 0)
        assert (state_of(told).url, state_of(told).next_url) == (moved, "")
        assert go(away).error == "center_away"


def test_the_certificate_vouches_for_the_former_address_too(town: Town) -> None:
    """Who was not told yet still reaches the center where it was, though it was started anew."""
    late, moved = town.laptop("V1"), f"https://center.example:{port_of(town)}"
    tls.ready_to_serve(town.engine, wall_clock)
    tls.move_to(town.engine, moved)
    with answering(town.engine, port_of(town)):
        late.register("甲")
        report = go(late)
    assert (report.error, report.unsent) == ("", 0)
    assert state_of(late).next_url == moved
    with reading(town.engine) as conn:
        row = conn.execute(sa.select(server_certificate)).mappings().one()
    names = x509.load_der_x509_certificate(row["certificate"]).extensions
    assert len(list(names.get_extension_for_class(x509.SubjectAlternativeName).value)) == 2


def test_only_tls_proves_who_says_where_the_center_is(town: Town) -> None:
    laptop = town.laptop("V1")
    later = wall_clock() + 10**9
    for was, said, taken in (
        (town.url, "http://127.0.0.1:1", ""),
        (town.url, "", ""),
        ("http://127.0.0.1:1", "https://center.example", ""),
        (town.url, "https://center.example", "https://center.example"),
        (town.url, town.url, ""),
    ):
        later += 1
        with writing(laptop.engine) as conn:
            change_state(conn, url=was)
            hear_address(conn, said, later)
        assert (state_of(laptop).url, state_of(laptop).next_url) == (was, taken)
    with writing(laptop.engine) as conn:
        hear_address(conn, "https://older.example", later - 10)
    assert state_of(laptop).next_url == "", "what was said before is old"


def test_what_a_center_in_2099_said_is_not_its_last_word(town: Town) -> None:
    laptop, moved = town.laptop("V1"), f"https://localhost:{free_port(port_of(town))}"
    with writing(laptop.engine) as conn:
        change_state(conn, url_at=wall_clock() + 70 * 365 * DAY)
    with answering(town.engine, port_of(town)):
        tls.move_to(town.engine, moved)
        assert go(laptop).error == ""
    assert state_of(laptop).next_url == moved


def test_without_tls_nobody_is_told_and_the_command_says_so(town: Town) -> None:
    laptop = town.laptop("V1")
    with answering(town.engine, port_of(town)):
        assert go(laptop).error == ""
    with pytest.raises(Refused) as refused:
        tls.move_to(town.engine, "http://127.0.0.1:1")
    assert refused.value.code == "address_unsafe"
    assert tls.address(town.engine).url == town.url
    plain = tls.move_to(town.engine, "http://127.0.0.1:1", anyway=True)
    assert (plain.devices, plain.told) == (1, None)
    assert tls.address_to_tell({"trusts": "now", "url": plain.url}, "other") == ""


def test_a_program_that_cannot_be_told_addresses_counts_for_authorities(town: Town) -> None:
    laptop = town.laptop("V1")
    with answering(town.engine, port_of(town)):
        go(laptop)
    with writing(town.engine) as conn:
        conn.execute(device.update().values(trusts=digest_of(pins(town.engine))))
        row = conn.execute(sa.select(city)).mappings().one()
        assert tls.pins_to_tell(conn, dict(row), digest_of(pins(town.engine))) == []
    assert tls.authorities(town.engine).told == 1
    assert tls.address(town.engine).told == 0
