"""What is wrong with the line, told apart as far as a person can do something different about it.

Not here: the words (`resources/text`), and what a handshake over TLS says (`pins.py`).
"""

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping

import requests

from app.base.errors import Environment
from app.sync.pins import unbelieved

_OFFLINE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTDOWN}) | {
    10050,
    10051,
    10065,
}
"""The computer has no way out; the last three are Windows' own."""
_MEDIA_OF_PORTALS = ("text/html", "application/xhtml")
_ASKS_FOR_SIGN_IN = 511


def is_portal(status: int, headers: Mapping[str, str]) -> bool:
    """Whether this is how a network answers that wants to be signed in to first. `headers` by lower-case names."""
    if 300 <= status < 400 or status == _ASKS_FOR_SIGN_IN:
        return True
    return status < 500 and headers.get("content-type", "").lower().startswith(_MEDIA_OF_PORTALS)


def trouble_of(error: requests.exceptions.RequestException, url: str, timeout_s: float) -> Environment:
    """Why there was no answer.

    "time_out", "no_network", "name_unknown", "center_away" (the computer is there, the center is not), "line_broken",
    "not_our_center", and those of `pins.unbelieved`. `timeout_s`: for looking who it was that was not believed.
    """
    found = list(_causes(error))
    unproven = next((each for each in found if isinstance(each, ssl.SSLCertVerificationError)), None)
    if unproven is not None:
        return unbelieved(url, unproven, timeout_s)
    # While a body is read, the library reports an idle timeout as a broken connection.
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(error):
        return Environment("time_out")
    for each in found:
        code = _code(each)
        if code:
            return Environment(code)
    if isinstance(error, requests.exceptions.SSLError):
        return unbelieved(url, None, timeout_s)
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return Environment("line_broken")
    return Environment("not_our_center", reason=type(error).__name__)


def _code(error: BaseException) -> str:
    if isinstance(error, socket.gaierror):
        return "no_network" if error.errno == socket.EAI_AGAIN else "name_unknown"
    if isinstance(error, ConnectionRefusedError):
        return "center_away"
    if isinstance(error, ConnectionResetError | ConnectionAbortedError | BrokenPipeError | ssl.SSLEOFError):
        return "line_broken"
    if isinstance(error, http.client.BadStatusLine | http.client.LineTooLong):
        return "not_our_center"
    if isinstance(error, OSError) and error.errno in _OFFLINE:
        return "no_network"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made of, in whatever way the libraries wrapped it."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [part for part in (*each.args, getattr(each, "reason", None)) if isinstance(part, BaseException)]
        waiting += [each.__cause__, each.__context__]
