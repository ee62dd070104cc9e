"""The way to the center over HTTP: signed requests on one kept connection, no redirects, no surprises.

Whatever does not answer like our center (a portal's page, a redirect, another media type, no echo of the request's id)
is not our center. Not here: what is asked and what an answer changes.
"""

from collections.abc import Iterator

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.base.clock import SECOND, Clock
from app.base.errors import Environment
from app.sync.identity import Identity
from app.sync.protocol import (
    MAX_BODY,
    MEDIA_TYPE,
    BadBody,
    Problem,
    unpack,
)
from app.sync.signing import sign
from app.sync.transport import Declined, R

CONNECT_S = 10
IDLE_S = 30
_BLOCK = 4096
_DEFAULT_WAIT_S = 30
_MOST_WAIT_S = 3600
_UNREAD = frozenset({413, 429, 503})
"""Answers the center may give before it has read which request this is."""


class _Body:
    """Bytes sent in small blocks: the idle limit then holds per block, however slow the line is."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), _BLOCK):
            yield self._content[start : start + _BLOCK]


class HttpTransport:
    """`app.sync.transport.Transport` over HTTP(S). Used by one thread at a time; `close` may come from another."""

    def __init__(
        self, url: str, identity: Identity, clock: Clock, *, connect_s: float = CONNECT_S, idle_s: float = IDLE_S
    ) -> None:
        self._url = url.rstrip("/")
        self._device = identity.device
        self._key: Ed25519PrivateKey = identity.signer()
        self._clock = clock
        self._timeouts = (connect_s, idle_s)
        self._session = requests.Session()
        self._session.headers.clear()
        self._session.headers.update({"Accept": MEDIA_TYPE, "Accept-Encoding": "identity", "User-Agent": "aidpoint"})
        self._sent = 0
        self._received = 0
        self._is_kept = False

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        try:
            status, headers, content = self._post_again(path, body)
        except requests.exceptions.SSLError as error:
            raise Environment("certificate_bad", reason=type(error).__name__) from error
        except requests.exceptions.Timeout as error:
            raise Environment("time_out") from error
        except requests.exceptions.ConnectionError as error:
            # While a body is read, requests reports an idle timeout as a broken connection.
            raise Environment("time_out" if "timed out" in str(error) else "no_network") from error
        except requests.exceptions.ChunkedEncodingError as error:
            raise Environment("no_network") from error
        except requests.exceptions.RequestException as error:
            raise Environment("not_our_center", reason=type(error).__name__) from error
        return _answer(status, headers, content, request_id, expected)

    def traffic(self) -> tuple[int, int]:
        return self._sent, self._received

    def close(self) -> None:
        self._session.close()

    def _post_again(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """A kept connection may have been closed at the other end; asking twice changes nothing there."""
        kept = self._is_kept
        try:
            answer = self._post(path, body)
        except (requests.exceptions.Timeout, requests.exceptions.SSLError):
            raise
        except requests.exceptions.ConnectionError as error:
            if not kept or "timed out" in str(error):
                raise
            self._is_kept = False
            answer = self._post(path, body)
        self._is_kept = True
        return answer

    def _post(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {"Content-Type": MEDIA_TYPE}
        headers.update(sign(self._key, self._device, "POST", path, body, self._clock() // SECOND))
        with self._session.post(
            self._url + path,
            data=_Body(body),
            headers=headers,
            timeout=self._timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            self._sent += len(body)
            found = {name.lower(): value for name, value in response.headers.items()}
            content = self._read(response) if found.get("content-type") == MEDIA_TYPE else b""
            return response.status_code, found, content

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for block in response.iter_content(65536):
            content += block
            self._received += len(block)
            if len(content) > MAX_BODY:
                raise Environment("not_our_center", reason="size")
        return bytes(content)


def _answer(status: int, headers: dict[str, str], content: bytes, request_id: str, expected: type[R]) -> R:
    if status in (429, 503) and headers.get("retry-after", "").isdecimal():
        raise Environment("center_busy", wait_s=min(int(headers["retry-after"]), _MOST_WAIT_S))
    if headers.get("content-type") != MEDIA_TYPE:
        raise Environment("not_our_center", reason=f"status {status}")
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
    if problem.code == "busy":
        raise Environment("center_busy", wait_s=_DEFAULT_WAIT_S)
    raise Declined(problem.code, problem.facts)
