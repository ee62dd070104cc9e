"""The center over HTTP: raw bodies in, signatures checked before anything is unpacked, typed answers out.

The event loop only moves bytes; each request's work runs on one thread of a small pool. What a request does stands in
the modules that `calls.py` names by path, in `admission.py`, and for photos and segments in `files.py`. The log names
devices, counts and codes, never what a commit says.
"""

import asyncio
import base64
import binascii
import gc
import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.base.clock import Clock, wall_clock
from app.base.errors import Environment, Refused
from app.center.admission import admit
from app.center.bodies import request_id_of, unpacked
from app.center.calls import CALLS
from app.center.files import Told, answer_bytes
from app.center.hub import Declined, Hub, standing_city
from app.center.load import Busy, Load
from app.center.metrics import MEDIA_TYPE as FIGURES
from app.center.metrics import Metrics
from app.center.senders import key_of, sender_of
from app.store.engine import reading
from app.sync.bytes import BLOB_PATH, OFFSET_HEADER, PROBLEM_HEADER, REQUEST_HEADER
from app.sync.protocol import (
    ADMIT_PATH,
    HUB_LEVEL,
    HUB_LEVEL_PRESSED,
    MEDIA_TYPE,
    AdmitRequest,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    pack,
)
from app.sync.signing import is_signed, signer, verify

log = logging.getLogger(__name__)
R = TypeVar("R")

MOST_SENT = 4 * 1024 * 1024
"""The most a request's body may have as sent, in bytes."""
MOST_ASKED = 64 * 1024
"""The most of a request for admission, which may come from anybody."""
_LEAST_KEPT = 4 * 1024
"""What is kept of the body of a stranger: enough to say no to."""
IDLE_S = 30.0
"""A body of which nothing came for so long is given up."""
_LOOK_S = 3.0
"""How long the database may take to answer for the center's health."""

METHOD = ":method"
"""The request's method stands among its headers under a name that no header has."""
Work = Callable[[Hub, str, bytes, dict[str, str], int], msgspec.Struct | Told]
"""(hub, path, body, headers, time of receipt) → the answer."""


def create_center_app(engine: sa.Engine, *, clock: Clock = wall_clock, hub: Hub | None = None) -> Starlette:
    """The ASGI application of a center whose database was brought up by `admin.init_center`."""
    door = _Door(hub or Hub(engine, clock))
    routes = [
        *(Route(path, door.call, methods=["POST"]) for path in CALLS),
        Route(ADMIT_PATH, door.admit, methods=["POST"]),
        Route(BLOB_PATH + "{name}", door.carry, methods=["HEAD", "PATCH", "GET"]),
        Route("/health", door.health, methods=["GET"]),
        Route("/metrics", door.figures, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=door.open)


class _Door:
    """One worker's threads and what is being worked on."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._load = hub.load
        self._metrics = Metrics()
        self._threads: ThreadPoolExecutor | None = None
        self._aside: ThreadPoolExecutor | None = None
        """Answers for health and figures, also while all places are taken."""
        self._looks: dict[str, asyncio.Future[Any]] = {}
        """What is being read there: whoever asks meanwhile waits for the same answer."""
        self._known: dict[str, Ed25519PublicKey] = {}
        """Devices that were found in the database, and their keys; none is ever taken out of it."""
        self._found: dict[str, asyncio.Future[Ed25519PublicKey | None]] = {}
        """Who is being looked up there: many lines of one device take one place."""
        self._ends = False

    @asynccontextmanager
    async def open(self, _app: Starlette) -> AsyncIterator[None]:
        with (
            ThreadPoolExecutor(self._load.threads, "center") as self._threads,
            ThreadPoolExecutor(1, "center aside") as self._aside,
        ):
            # What is loaded by now stays until the end: no collection need walk it again.
            gc.collect()
            gc.freeze()
            yield
            self._ends = True
        self._metrics.ended()

    async def call(self, request: Request) -> Response:
        return await self._answer(request, self._called)

    async def admit(self, request: Request) -> Response:
        return await self._answer(request, _admit)

    async def carry(self, request: Request) -> Response:
        """Bytes. What is wrong stands in headers too: the answer to a HEAD has no body."""
        response = await self._answer(request, _carried)
        response.headers[REQUEST_HEADER] = request.headers.get(REQUEST_HEADER, "")[:64]
        return response

    async def health(self, _request: Request) -> Response:
        """200 where requests are taken; 503, and why, where the database is away, or there is no place."""
        try:
            city = await self._apart("health", _city_name)
        except (Environment, Refused) as error:
            return JSONResponse({"ok": False, "ready": False, "code": error.code}, 503)
        ready = not (self._ends or self._load.is_full)
        return JSONResponse({"ok": True, "ready": ready, "city": city}, 200 if ready else 503)

    async def figures(self, _request: Request) -> Response:
        """What the center counts, as Prometheus reads it. Where the database is away: 503."""
        self._metrics.stands(self._load.inside, self._load.held)
        try:
            page = await self._apart("figures", self._metrics.page)
        except Environment as error:
            return JSONResponse({"code": error.code}, 503)
        return Response(page, media_type=FIGURES)

    async def _apart(self, what: str, read: Callable[[sa.Connection], R]) -> R:
        """Read beside the requests; one such reading waits for the database, however many ask. Raises `Environment`."""

        def reads() -> R:
            with reading(self._hub.engine) as conn:
                return read(conn)

        asked = self._looks.get(what)
        if asked is None or asked.done():
            asked = self._looks[what] = asyncio.get_running_loop().run_in_executor(self._aside, reads)
            asked.add_done_callback(_heard)
        try:
            found: R = await asyncio.wait_for(asyncio.shield(asked), _LOOK_S)
        except TimeoutError:
            raise Environment("time_out") from None
        return found

    async def _sender(self, request: Request) -> str:
        """The admitted device that signed the request's headers; empty for anybody else, whatever name they give, for a
        device's room is its own. Raises `Busy`, `Environment`."""
        device_id = signer(request.headers) or ""
        if not device_id:
            return ""
        key = self._known.get(device_id)
        if key is None:
            asked = self._found.get(device_id)
            if asked is None:
                asked = self._found[device_id] = asyncio.ensure_future(self._look_up(device_id))
                asked.add_done_callback(partial(self._looked_up, device_id))
            key = await asyncio.shield(asked)
            if key is None:
                return ""
            self._known[device_id] = key
        return device_id if is_signed(key, request.headers, request.method, request.url.path) else ""

    def _looked_up(self, device_id: str, done: asyncio.Future[Ed25519PublicKey | None]) -> None:
        del self._found[device_id]
        _heard(done)

    async def _look_up(self, device_id: str) -> Ed25519PublicKey | None:
        with self._load.place():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, key_of, self._hub, device_id)

    async def _answer(self, request: Request, work: Work) -> Response:
        begun, path = time.monotonic(), request.url.path
        told = BLOB_PATH if path.startswith(BLOB_PATH) else path
        code, came, response = "", 0, Response(status_code=400)
        start = b""
        try:
            if request.method == "POST" and request.headers.get("content-type") != MEDIA_TYPE:
                raise Declined(415, "bad_request", what="content-type")
            async with self._body(request) as body:
                came, start = len(body), body
                with self._load.place():
                    receipt = self._hub.clock()
                    loop = asyncio.get_running_loop()
                    headers = {**request.headers, METHOD: request.method}
                    response = await loop.run_in_executor(
                        self._threads, _worked, self._hub, work, path, body, headers, receipt
                    )
            code = "ok"
        except ClientDisconnect:
            code = "gone"
        except Busy:
            code, response = "busy", self._problem(Declined(503, "busy"), start)
        except Environment as error:
            log.warning("%s: %s", told, error.code)
            code, response = error.code, self._problem(Declined(503, "busy"), start)
        except Declined as declined:
            log.info("%s: %s after %.0f ms", told, declined, (time.monotonic() - begun) * 1e3)
            code, response = declined.code, self._problem(declined, start)
        except Exception as error:
            # The message of a driver's error may quote what a record says: only where it came from is told.
            log.error("%s: %s at %s", told, type(error).__name__, _place(error))
            code, response = "center_failed", self._problem(Declined(500, "center_failed"), start)
        self._metrics.answered(told, code, time.monotonic() - begun, came, len(response.body))
        return response

    @asynccontextmanager
    async def _body(self, request: Request) -> AsyncIterator[bytes]:
        """The request's body; of a stranger's its beginning, unless it asks for admission."""
        sender, trouble = "", None
        try:
            sender = await self._sender(request)
        except (Busy, Environment) as error:
            trouble = error  # told once the body is in: whoever is still sending would not hear it
        asks = request.url.path == ADMIT_PATH
        keep = MOST_SENT if sender else _LEAST_KEPT
        most, keep = (MOST_ASKED, MOST_ASKED) if asks else (MOST_SENT, keep)
        async with body_of(request, self._load, most, of=sender, keep=keep) as body:
            if trouble is not None and not asks:
                raise trouble
            yield body

    def _problem(self, declined: Declined, body: bytes) -> Response:
        problem = Problem(request_id_of(body), declined.code, self._hub.clock(), declined.facts)
        headers = {PROBLEM_HEADER: declined.code}
        if "at" in declined.facts:
            headers[OFFSET_HEADER] = str(declined.facts["at"])
        if declined.status == 503:
            wait = declined.retry_after
            headers["Retry-After"] = str(self._load.retry_after_s(self._hub.random) if wait is None else wait)
        return Response(pack(problem, HUB_LEVEL), declined.status, headers, MEDIA_TYPE)

    def _called(self, hub: Hub, path: str, body: bytes, headers: dict[str, str], receipt: int) -> msgspec.Struct:
        request, response = _called(hub, path, body, headers, receipt)
        if isinstance(request, ExchangeRequest) and isinstance(response, ExchangeResponse):
            self._metrics.exchanged(request, response)
        return response


def _heard(done: asyncio.Future[Any]) -> None:
    """What nobody waits for any more is no news."""
    if not done.cancelled():
        done.exception()


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _worked(hub: Hub, work: Work, path: str, body: bytes, headers: dict[str, str], receipt: int) -> Response:
    answer = work(hub, path, body, headers, receipt)
    if isinstance(answer, Told):
        return Response(answer.content, answer.status, answer.headers)
    return Response(pack(answer, HUB_LEVEL_PRESSED if hub.load.is_pressed() else HUB_LEVEL), media_type=MEDIA_TYPE)


def _carried(hub: Hub, path: str, body: bytes, headers: dict[str, str], receipt: int) -> Told:
    return answer_bytes(hub, headers[METHOD], path, body, headers, receipt)


def _called(
    hub: Hub, path: str, body: bytes, headers: dict[str, str], receipt: int
) -> tuple[msgspec.Struct, msgspec.Struct]:
    """One of `CALLS`, asked by an admitted device and signed by it: what was asked, what is answered."""
    device_id = sender_of(hub, "POST", path, body, headers)
    call = CALLS[path]
    request = unpacked(body, call.request)
    if getattr(request, "device", "") != device_id:
        raise Declined(401, "bad_signature")
    if wait := hub.load.wait_s(path, device_id):
        raise Declined(503, "busy", retry_after=wait)
    begun = time.monotonic()
    response = call.answer(hub, request, receipt)
    told = call.told(request, response)
    log.info("device %s: %s%s, %.0f ms", device_id[:8], path, told, (time.monotonic() - begun) * 1e3)
    return request, response


def _admit(hub: Hub, _path: str, body: bytes, headers: dict[str, str], receipt: int) -> msgspec.Struct:
    request = unpacked(body, AdmitRequest)
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(request.sign_key, validate=True))
    except (binascii.Error, ValueError):
        raise Declined(400, "bad_request", what="key") from None
    if signer(headers) != request.device or not verify(key, headers, "POST", ADMIT_PATH, body):
        raise Declined(401, "bad_signature")
    response = admit(hub, request)
    log.info("device %s admitted", request.device[:8])
    return response


def _city_name(conn: sa.Connection) -> str:
    return str(standing_city(conn)["name"])


@asynccontextmanager
async def body_of(
    request: Request, load: Load, most: int = MOST_SENT, *, of: str = "", keep: int = MOST_SENT
) -> AsyncIterator[bytes]:
    """A request's body, held while in use as that of this device, at most so many bytes. A slow one costs its bytes and
    no place. What is more than `keep` is read and forgotten.

    Raises `Declined` 413 too_large, 408 for one that stands still, and `Busy`.
    """
    stated = request.headers.get("content-length", "0")
    if stated.isdecimal() and int(stated) > most:
        raise Declined(413, "too_large", most=most)
    body, came = bytearray(), 0
    chunks = request.stream()
    try:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise Declined(408, "bad_request", what="body") from None
            came += len(chunk)
            if came > most:
                raise Declined(413, "too_large", most=most)
            kept = chunk[: keep - len(body)]
            load.hold(len(kept), of)
            body += kept
        yield bytes(body)
    finally:
        load.let_go(len(body), of)
