"""The center over HTTP: raw bodies in, signatures checked before anything is unpacked, typed answers out.

The event loop only moves bytes; each request's work runs on one thread of a small pool. What a request does stands in
`exchange.py` and `admission.py`. The log names devices, counts and codes, never what a commit says.
"""

import asyncio
import base64
import binascii
import logging
import time
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

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
from app.center.hub import Declined, Hub, standing_city
from app.center.tables import device
from app.store.engine import reading
from app.sync.protocol import ADMIT_PATH, HUB_LEVEL, MEDIA_TYPE, AdmitRequest, Problem, pack
from app.sync.signing import signer, verify

log = logging.getLogger(__name__)

MOST_SENT = 4 * 1024 * 1024
"""The most a request's body may have as sent, in bytes."""
THREADS = 6
MOST_WAITING = 60
"""Requests waiting for a thread; more are asked to come back."""

Work = Callable[[Hub, str, bytes, dict[str, str], int], msgspec.Struct]
"""(hub, path, body, headers, time of receipt) → the answer."""


def create_center_app(engine: sa.Engine, *, clock: Clock = wall_clock, hub: Hub | None = None) -> Starlette:
    """The ASGI application of a center whose database was brought up by `admin.init_center`."""
    door = _Door(hub or Hub(engine, clock))
    routes = [
        *(Route(path, door.call, methods=["POST"]) for path in CALLS),
        Route(ADMIT_PATH, door.admit, methods=["POST"]),
        Route("/health", door.health, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=door.open)


class _Door:
    """One worker's threads and what is being worked on."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._threads: ThreadPoolExecutor | None = None
        self._inside = 0

    @asynccontextmanager
    async def open(self, _app: Starlette) -> AsyncIterator[None]:
        with ThreadPoolExecutor(THREADS, "center") as self._threads:
            yield

    async def call(self, request: Request) -> Response:
        return await self._answer(request, _called)

    async def admit(self, request: Request) -> Response:
        return await self._answer(request, _admit)

    async def health(self, _request: Request) -> Response:
        try:
            facts = await asyncio.get_running_loop().run_in_executor(self._threads, _health, self._hub)
        except (Environment, Refused) as error:
            return JSONResponse({"ok": False, "code": error.code}, 503)
        return JSONResponse({"ok": True, **facts})

    async def _answer(self, request: Request, work: Work) -> Response:
        begun = time.monotonic()
        body = b""
        self._inside += 1
        try:
            if self._inside > THREADS + MOST_WAITING:
                raise Declined(503, "busy", retry_after=self._retry_after())
            if request.headers.get("content-type") != MEDIA_TYPE:
                raise Declined(415, "bad_request", what="content-type")
            body = await _body_of(request)
            receipt = self._hub.clock()
            loop = asyncio.get_running_loop()
            packed = await loop.run_in_executor(
                self._threads, _worked, self._hub, work, request.url.path, body, dict(request.headers), receipt
            )
            return Response(packed, media_type=MEDIA_TYPE)
        except ClientDisconnect:
            return Response(status_code=400)
        except Environment as error:
            log.warning("%s: %s", request.url.path, error.code)
            return self._problem(Declined(503, "busy", retry_after=self._retry_after()), body)
        except Declined as declined:
            log.info("%s: %s after %.0f ms", request.url.path, declined, (time.monotonic() - begun) * 1e3)
            return self._problem(declined, body)
        except Exception as error:
            # The message of a driver's error may quote what a record says: only where it came from is told.
            log.error("%s: %s at %s", request.url.path, type(error).__name__, _place(error))
            return self._problem(Declined(500, "center_failed"), body)
        finally:
            self._inside -= 1

    def _problem(self, declined: Declined, body: bytes) -> Response:
        problem = Problem(request_id_of(body), declined.code, self._hub.clock(), declined.facts)
        headers = {} if declined.retry_after is None else {"Retry-After": str(declined.retry_after)}
        return Response(pack(problem, HUB_LEVEL), declined.status, headers, MEDIA_TYPE)

    def _retry_after(self) -> int:
        """Seconds, spread so that those who were turned away do not come back together."""
        return 5 + int(self._hub.random.random() * 25)


def _place(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _worked(hub: Hub, work: Work, path: str, body: bytes, headers: dict[str, str], receipt: int) -> bytes:
    return pack(work(hub, path, body, headers, receipt), HUB_LEVEL)


def _called(hub: Hub, path: str, body: bytes, headers: dict[str, str], receipt: int) -> msgspec.Struct:
    """One of `CALLS`, asked by an admitted device and signed by it."""
    device_id = signer(headers)
    if device_id is None:
        raise Declined(401, "bad_signature")
    with reading(hub.engine) as conn:
        key = conn.execute(sa.select(device.c.sign_key).where(device.c.id == device_id)).scalar()
    if key is None:
        raise Declined(401, "not_admitted")
    if not verify(Ed25519PublicKey.from_public_bytes(key), headers, "POST", path, body):
        raise Declined(401, "bad_signature")
    call = CALLS[path]
    request = unpacked(body, call.request)
    if getattr(request, "device", "") != device_id:
        raise Declined(401, "bad_signature")
    begun = time.monotonic()
    response = call.answer(hub, request, receipt)
    told = call.told(request, response)
    log.info("device %s: %s%s, %.0f ms", device_id[:8], path, told, (time.monotonic() - begun) * 1e3)
    return response


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


def _health(hub: Hub) -> dict[str, object]:
    with reading(hub.engine) as conn:
        return {"city": standing_city(conn)["name"]}


async def _body_of(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_SENT:
            raise Declined(413, "too_large", most=MOST_SENT)
    return bytes(body)
