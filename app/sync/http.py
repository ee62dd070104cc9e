"""The way to the center over HTTP: signed requests on one kept connection, no redirects, no surprises.

Over TLS nobody but the city's own center is spoken to (`pins.py`). Whatever does not answer like our center is not our
center, and why stands in `line.py`. Not here: what is asked and what an answer changes.
"""

import socket
import ssl
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from app.base.clock import SECOND, Clock
from app.base.errors import Environment
from app.sync.identity import Identity
from app.sync.line import is_portal, trouble_of
from app.sync.pins import speaks_tls, trusting
from app.sync.protocol import (
    MAX_BODY,
    MEDIA_TYPE,
    BadBody,
    Problem,
    unpack,
)
from app.sync.signing import sign
from app.sync.state import SyncState
from app.sync.transport import BUSY, Declined, R, busy, check_not_busy

CONNECT_S = 10
IDLE_S = 30
HEALTH_PATH = "/health"
_BLOCK = 4096
_UNREAD = frozenset({413, 429, 503})
"""Answers the center may give before it has read which request this is."""
_BROKEN_PROXY = frozenset({500, 502, 503, 504})


class _Body:
    """Bytes sent in small blocks: the idle limit then holds per block, however slow the line is, and no block is begun
    once the line is `hung_up`. (One that was just being made did not feel it.)"""

    def __init__(self, content: bytes, hung_up: threading.Event) -> None:
        self._content, self._hung_up = content, hung_up

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), _BLOCK):
            if self._hung_up.is_set():
                raise Environment("cancelled")
            yield self._content[start : start + _BLOCK]


class _Adapter(HTTPAdapter):
    """Speaks TLS with what `trusting` gives, whatever the environment names as its own authorities. `lines`: the
    connections made, so that one can be hung up while it is waited for."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self.lines: list[weakref.ref[Any]] = []
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=self._context)
        pools = self.poolmanager.pool_classes_by_scheme
        self.poolmanager.pool_classes_by_scheme = {name: _remembering(pool, self.lines) for name, pool in pools.items()}

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return super().proxy_manager_for(proxy, **more, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """The library would add its own list of authorities here."""
        conn.cert_reqs = "CERT_REQUIRED"


def _remembering(pool: Any, lines: "list[weakref.ref[Any]]") -> type[Any]:
    """This class of the library's pools, noting each connection it makes."""

    def _new_conn(self: Any) -> Any:
        made = pool._new_conn(self)
        lines.append(weakref.ref(made))
        return made

    return type(f"Remembering{pool.__name__}", (pool,), {"_new_conn": _new_conn})


class HttpTransport:
    """`app.sync.transport.Transport` over HTTP(S). Used by one thread at a time; `close` may come from another.

    `pins`: whom to believe over TLS. `wary`: somebody else answered last time, so first ask who is there without
    sending anything of ours.
    """

    def __init__(
        self,
        url: str,
        identity: Identity,
        clock: Clock,
        *,
        pins: Sequence[str] = (),
        wary: bool = False,
        connect_s: float = CONNECT_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._url = url.rstrip("/")
        self._device = identity.device
        self._key: Ed25519PrivateKey = identity.signer()
        self._clock = clock
        self._timeouts = (connect_s, idle_s)
        self._is_tls = speaks_tls(url)
        self._session = requests.Session()
        # The environment says how to get out of the house, never whom to believe or who we are.
        self._session.trust_env = False
        self._session.proxies.update(get_environ_proxies(self._url))
        self._session.headers.clear()
        self._session.headers.update({"Accept": MEDIA_TYPE, "Accept-Encoding": "identity", "User-Agent": "aidpoint"})
        self._adapter = _Adapter(trusting(pins))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)
        self._sent = 0
        self._received = 0
        self._is_kept = False
        self._has_begun = False
        self._wary = wary
        self._hung_up = threading.Event()

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        if self._wary:
            self.look_who_is_there()
        try:
            signed = self._signed("POST", path, body, {"Content-Type": MEDIA_TYPE})
            status, headers, content = self._again("POST", path, body, signed)
            return self._answer(status, headers, content, request_id, expected)
        except Environment as trouble:
            self._wary = trouble.code in WARY_AFTER
            raise

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """A signed request for bytes: status, headers by lower-case name, and content of at most `MAX_BODY`.

        Raises `Environment` where nobody answered or a portal did; what the status means is the caller's matter.
        """
        if self._wary:
            self.look_who_is_there()
        status, found, content = self._again(method, path, body, self._signed(method, path, body, headers))
        if not self._is_tls and is_portal(status, found):
            self._wary = True
            raise Environment("portal")
        return status, found, content

    def look_who_is_there(self) -> None:
        """Ask without sending anything of ours. Raises `Environment` where it is no center."""
        status, headers, _ = self._again("GET", HEALTH_PATH, b"", {})
        if is_portal(status, headers):
            raise Environment("portal")
        if not headers.get("content-type", "").startswith("application/json"):
            raise Environment("not_our_center", reason=f"status {status}")
        self._wary = False

    def traffic(self) -> tuple[int, int]:
        return self._sent, self._received

    def close(self) -> None:
        self._session.close()

    def hang_up(self) -> None:
        """Whoever waits for an answer gets `Environment("cancelled")` now. From another thread; for good."""
        self._hung_up.set()
        for line in tuple(self._adapter.lines):
            held = getattr(line(), "sock", None)
            if held is not None:
                with suppress(OSError):
                    # Not its own `shutdown`: a TLS socket forgets there that it is one, and what another thread is just
                    # sending would go out readable.
                    socket.socket.shutdown(held, socket.SHUT_RDWR)

    def _signed(self, method: str, path: str, body: bytes, more: Mapping[str, str]) -> dict[str, str]:
        return {**more, **sign(self._key, self._device, method, path, body, self._clock() // SECOND)}

    def _again(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """A kept connection may have been closed at the other end; asking twice changes nothing there. Where an answer
        broke off midway it was not: whoever asked is told, and asks for less."""
        kept, self._is_kept, self._has_begun = self._is_kept, False, False
        try:
            answer = self._send(method, path, body, headers)
        except requests.exceptions.RequestException as error:
            if self._hung_up.is_set():
                raise Environment("cancelled") from error
            trouble = trouble_of(error, self._url, self._timeouts[0])
            # More is not sent twice on a guess: a round first asks how much of it arrived.
            if not kept or self._has_begun or trouble.code != "line_broken" or len(body) > _BLOCK:
                raise trouble from error
            try:
                answer = self._send(method, path, body, headers)
            except requests.exceptions.RequestException as error:
                raise trouble_of(error, self._url, self._timeouts[0]) from error
        self._is_kept = True
        return answer

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        if self._hung_up.is_set():
            raise Environment("cancelled")
        with self._session.request(
            method,
            self._url + path,
            data=_Body(body, self._hung_up) if body else None,
            headers=headers,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            self._sent += len(body)
            self._has_begun = True
            found = {name.lower(): value for name, value in response.headers.items()}
            # What a portal tells is not read; it may be without end.
            content = b"" if method == "HEAD" or is_portal(response.status_code, found) else self._read(response)
            return response.status_code, found, content

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for block in response.iter_content(65536):
            content += block
            self._received += len(block)
            if len(content) > MAX_BODY:
                raise Environment("not_our_center", reason="size")
        return bytes(content)

    def _answer(self, status: int, headers: dict[str, str], content: bytes, request_id: str, expected: type[R]) -> R:
        check_not_busy(status, headers)
        if not self._is_tls and is_portal(status, headers):
            raise Environment("portal")
        if headers.get("content-type") != MEDIA_TYPE:
            # Over TLS it is the city's own house that answers so: the center behind its door is down.
            code = "center_failed" if self._is_tls and status in _BROKEN_PROXY else "not_our_center"
            raise Environment(code, reason=f"status {status}")
        return _read_answer(status, content, request_id, expected)


WARY_AFTER = frozenset({"portal", "not_our_center"})
"""After these the next request of ours waits until a center has shown itself."""


def transport_of(
    state: SyncState, device: str, clock: Clock, url: str = "", most_s: float | None = None
) -> HttpTransport:
    """The way to the center as this device knows it; the caller closes it. `url`: where else to look for it; `most_s`:
    how long it may take to answer."""
    wary = state.last_error in WARY_AFTER
    identity = state.identity(device)
    return HttpTransport(
        url or state.url,
        identity,
        clock,
        pins=msgspec.json.decode(state.pins),
        wary=wary,
        connect_s=most_s or CONNECT_S,
        idle_s=most_s or IDLE_S,
    )


def _read_answer(status: int, content: bytes, request_id: str, expected: type[R]) -> R:
    try:
        if status == 200:
            answer: R = unpack(content, expected)
            if getattr(answer, "request_id", None) == request_id:
                return answer
            raise Environment("not_our_center", reason="echo")
        problem = unpack(content, Problem)
    except BadBody as error:
        raise Environment("not_our_center", reason="body") from error
    if problem.request_id != request_id and not (status in _UNREAD and problem.request_id == ""):
        raise Environment("not_our_center", reason="echo")
    if problem.code == BUSY:
        raise busy()
    raise Declined(problem.code, problem.facts)
