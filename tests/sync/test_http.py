"""The way to the center when something else answers, nothing answers, or the answer breaks off: real sockets."""

import errno
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.base.clock import wall_clock
from app.base.errors import Environment
from app.store.engine import reading
from app.sync.exchange import build_request
from app.sync.http import HttpTransport
from app.sync.identity import new_identity
from app.sync.outbox import Pace
from app.sync.protocol import (
    EXCHANGE_PATH,
    MEDIA_TYPE,
    ExchangeResponse,
    Problem,
    pack,
)
from app.sync.signing import verify
from app.sync.transport import Declined
from tests.sync.answering import BODY, Serve, always, answering, good, http, once, read_request, trouble_of, way_to
from tests.sync.town import Town


def test_a_request_is_signed_and_whole() -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    def serve(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(http(200, good()))

    identity = new_identity()
    with answering(serve) as url:
        way = HttpTransport(url, identity, wall_clock)
        assert way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse).hub_epoch == "f" * 16
        assert way.traffic() == (len(BODY), len(good()))
        way.close()
    ((headers, body),) = seen
    assert body == BODY
    assert headers["content-type"] == MEDIA_TYPE
    assert identity.device in headers["signature-input"]
    assert verify(identity.signer().public_key(), headers, "POST", EXCHANGE_PATH, body)
    assert headers["user-agent"] == "aidpoint"


@pytest.mark.parametrize(
    "answer",
    [
        http(200, b"<html>Welcome to the Wi-Fi, please sign in</html>"),
        http(200, good("another"), media_type=MEDIA_TYPE),
        http(200, good(), media_type="application/json"),
        http(200, good()[:-3]),
        http(404, b"not found", media_type="text/plain"),
        http(502, b"<html>bad gateway</html>", media_type="text/html"),
        http(409, pack(Problem("another", "fork", 1), 3)),
        http(200, pack(Problem("r1", "fork", 1), 3)),
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=[
        "portal as ours", "other echo", "other type", "cut body", "404",
        "gateway", "other echo of a no", "a no that says yes", "no HTTP",
    ],
)  # fmt: skip
def test_what_does_not_answer_like_our_center_is_not_our_center(answer: bytes) -> None:
    with answering(once(answer), once(answer)) as url:
        code = trouble_of(url).code
    assert code == "not_our_center"


@pytest.mark.parametrize(
    "answer",
    [
        http(200, b"<html>Welcome to the Wi-Fi, please sign in</html>", media_type="text/html"),
        http(404, b"<html>Welcome to the Wi-Fi, please sign in</html>", media_type="text/html; charset=utf-8"),
        http(302, b"", "Location: http://127.0.0.1:1/login", media_type="text/html"),
        http(302, b"", "Location: http://127.0.0.1:1/login"),
        http(511, b"sign in", media_type="text/plain"),
    ],
    ids=["page", "page for everything", "redirect", "redirect as ours", "511"],
)
def test_a_network_that_wants_to_be_signed_in_to_is_told_as_such(answer: bytes) -> None:
    with answering(once(answer)) as url:
        assert trouble_of(url).code == "portal"


def test_nothing_is_sent_to_a_portal_twice() -> None:
    """The second time the way asks who is there, unsigned, and sends only once a center has shown itself."""
    seen: list[tuple[dict[str, str], bytes]] = []
    portal = http(200, b"<html>sign in</html>", media_type="text/html")
    health = http(200, b'{"ok": true}', media_type="application/json")

    def serve(answer: bytes) -> Serve:
        def noted(connection: socket.socket) -> None:
            seen.append(read_request(connection))
            connection.sendall(answer)

        return noted

    with answering(serve(portal), serve(portal), serve(health), serve(http(200, good()))) as url, way_to(url) as way:
        for _ in range(2):
            with pytest.raises(Environment) as trouble:
                way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
            assert trouble.value.code == "portal"
        assert way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse).request_id == "r1"
    assert [len(body) for _, body in seen] == [len(BODY), 0, 0, len(BODY)]
    assert ["signature" in headers for headers, _ in seen] == [True, False, False, True]


def test_a_way_that_met_a_portal_last_time_is_wary_from_the_start() -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(read_request(connection)[1])
        connection.sendall(http(302, b"", "Location: http://127.0.0.1:1/login"))

    with answering(serve) as url:
        way = HttpTransport(url, new_identity(), wall_clock, wary=True)
        with pytest.raises(Environment) as trouble:
            way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
        way.close()
    assert (trouble.value.code, seen) == ("portal", [b""])


def test_a_busy_center_says_when_to_come_again() -> None:
    for answer, wait_s in (
        (http(503, pack(Problem("", "busy", 1), 3), "Retry-After: 17"), 17),
        (http(429, b"slow down", "Retry-After: 99999", media_type="text/plain"), 3600),
        (http(429, b"slow down", f"Retry-After: {'9' * 5000}", media_type="text/plain"), 3600),
        (http(503, pack(Problem("r1", "busy", 1), 3)), 30),
    ):
        with answering(once(answer)) as url:
            trouble = trouble_of(url)
        assert (trouble.code, trouble.facts) == ("center_busy", {"wait_s": wait_s})


def test_a_no_of_the_center_comes_with_its_facts() -> None:
    answer = http(409, pack(Problem("r1", "fork", 1, {"acked_n": 7}), 3))
    with answering(once(answer)) as url, way_to(url) as way, pytest.raises(Declined) as declined:
        way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
    assert (declined.value.code, declined.value.facts) == ("fork", {"acked_n": 7})


def test_nobody_at_the_address_and_no_such_address_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert trouble_of(f"http://127.0.0.1:{port}").code == "center_away"
    # Where no name server is to be had at all, the system says "try again": there is no network.
    assert trouble_of("http://no-such-host.invalid").code in ("name_unknown", "no_network")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "name_unknown"),
        (socket.gaierror(socket.EAI_AGAIN, "no server"), "no_network"),
        (OSError(errno.ENETUNREACH, "no route"), "no_network"),
        (OSError(errno.EHOSTUNREACH, "no route"), "no_network"),
        (TimeoutError("timed out"), "time_out"),
    ],
)
def test_what_the_system_says_of_the_network_is_told(
    monkeypatch: pytest.MonkeyPatch, raised: OSError, code: str
) -> None:
    def connect(*_args: object, **_more: object) -> socket.socket:
        raise raised

    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    assert trouble_of("http://center.example").code == code


def test_silence_is_a_time_out_before_and_within_the_answer() -> None:
    stop = threading.Event()

    def mute(connection: socket.socket) -> None:
        read_request(connection)
        stop.wait(10)

    def half(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(http(200, good())[:-5])
        stop.wait(10)

    for serve in (mute, half):
        stop.clear()
        with answering(serve) as url:
            assert trouble_of(url, idle_s=0.3).code == "time_out"
            stop.set()


@pytest.mark.parametrize("kept", [False, True])
def test_whoever_waits_for_an_answer_may_be_called_away(kept: bool) -> None:
    asked, stop = threading.Event(), threading.Event()

    def mute(connection: socket.socket) -> None:
        if kept:
            read_request(connection)
            connection.sendall(http(200, good()))
        read_request(connection)
        asked.set()
        stop.wait(10)

    with answering(mute, mute) as url, way_to(url, idle_s=20) as way:
        if kept:
            way.call(EXCHANGE_PATH, "r1", BODY[:100], ExchangeResponse)

        def hang_up() -> None:
            asked.wait(10)
            way.hang_up()

        other = threading.Thread(target=hang_up)
        other.start()
        began = time.monotonic()
        with pytest.raises(Environment) as trouble:
            way.call(EXCHANGE_PATH, "r1", BODY[:100], ExchangeResponse)
        assert (trouble.value.code, time.monotonic() - began < 5) == ("cancelled", True)
        other.join()
        stop.set()
        with pytest.raises(Environment) as trouble:
            way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
        assert trouble.value.code == "cancelled"


@pytest.mark.parametrize(("begun", "asked"), [(b"", 2), (http(200, good())[:-5], 1)])
def test_on_a_kept_line_only_what_was_not_answered_at_all_is_asked_again(begun: bytes, asked: int) -> None:
    """An answer that broke off midway was too much for the line: the same would break off again."""
    requests: list[int] = []

    def breaks_off(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(http(200, good()))
        read_request(connection)
        requests.append(1)
        connection.sendall(begun)

    def answers(connection: socket.socket) -> None:
        read_request(connection)
        requests.append(1)
        connection.sendall(http(200, good()))

    with answering(breaks_off, answers) as url, way_to(url) as way:
        way.call(EXCHANGE_PATH, "r1", BODY[:100], ExchangeResponse)
        told = ""
        try:
            way.call(EXCHANGE_PATH, "r1", BODY[:100], ExchangeResponse)
        except Environment as trouble:
            told = trouble.code
        assert (told, len(requests)) == ("" if asked == 2 else "line_broken", asked)


def test_a_slow_answer_that_keeps_coming_is_waited_for() -> None:
    def drip(connection: socket.socket) -> None:
        read_request(connection)
        for byte in http(200, good()):
            connection.sendall(bytes([byte]))
            threading.Event().wait(0.004)

    with answering(drip) as url, way_to(url, idle_s=0.5) as way:
        assert way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse).request_id == "r1"


def test_a_connection_that_breaks_off_is_a_broken_line() -> None:
    def cut(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(http(200, good())[:-5])

    def nothing(connection: socket.socket) -> None:
        read_request(connection)

    for serve in (cut, nothing):
        with answering(serve) as url:
            assert trouble_of(url).code == "line_broken"


def test_one_connection_serves_many_requests_and_a_closed_one_is_replaced() -> None:
    with answering(always(http(200, good()))) as url, way_to(url) as way:
        for _ in range(3):
            way.call(EXCHANGE_PATH, "r1", BODY, ExchangeResponse)
    little = BODY[:256]  # more is not sent again unless it was seen to be closed before
    with answering(once(http(200, good())), once(http(200, good()))) as url, way_to(url) as way:
        way.call(EXCHANGE_PATH, "r1", little, ExchangeResponse)
        way.call(EXCHANGE_PATH, "r1", little, ExchangeResponse)


def test_a_certificate_nobody_vouches_for_stops_everything_before_it_is_sent(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(read_request(connection)[1])

    with answering(serve, context=_own_certificate(tmp_path)) as url:
        assert trouble_of(url).code == "certificate_bad"  # and it did not stay to be looked at
    assert seen == []


def test_a_real_center_says_who_is_not_admitted(town: Town) -> None:
    laptop = town.laptop("V1")
    with reading(laptop.engine) as conn:
        outgoing = build_request(conn, Pace(1024), wall=wall_clock(), request_id="r1")
    with pytest.raises(Declined) as declined:
        laptop.transport.call(EXCHANGE_PATH, "r1", outgoing.body, ExchangeResponse)
    assert declined.value.code == "not_admitted"


def _own_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
