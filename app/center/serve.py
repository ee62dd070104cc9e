"""Serves the center with uvicorn: one process, or several workers on one socket."""

import errno
import gc
import json
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from app.base.errors import Environment
from app.center.app import create_center_app
from app.center.hub import FILES_VARIABLE, Hub, standing_city
from app.center.tls import server_context
from app.center.workers import own_load, threads_of, told
from app.features.registry import load_features
from app.store.engine import open_center, reading
from app.sync.pins import speaks_tls

DATABASE_VARIABLE = "AIDPOINT_DATABASE"
"""How the parent tells its workers where the database is; a URL on the command line would be seen by everybody."""
PHOTO_SPACE_VARIABLE = "AIDPOINT_PHOTO_GIB"
"""How many GiB all photos may have together; unset: as long as the disk has room."""
_KEEP_ALIVE_S = 75
_BACKLOG = 2048
_YOUNG = 50_000
"""So many objects more than were let go of since the last time are looked through for rings."""


def make_app() -> Starlette:
    """The application of one worker."""
    load_features()
    # A push makes many objects, hardly any of them in rings: looking for those after every few hundred costs a tenth.
    gc.set_threshold(_YOUNG)
    load = own_load()
    engine = open_center(os.environ[DATABASE_VARIABLE], load.threads)
    space = os.environ.get(PHOTO_SPACE_VARIABLE, "")
    most = int(space) << 30 if space.isdecimal() else None
    return create_center_app(engine, hub=Hub(engine, load=load, most_photo_bytes=most))


def tls_context(_config: uvicorn.Config, _default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """What one worker answers TLS with; it stands in the database, so that every worker shows the same."""
    engine = open_center(os.environ[DATABASE_VARIABLE])
    try:
        return server_context(engine)
    finally:
        engine.dispose()


def _is_tls(database: str) -> bool:
    engine = open_center(database)
    try:
        with reading(engine) as conn:
            return speaks_tls(standing_city(conn)["url"])
    finally:
        engine.dispose()


def serve(
    database: str, host: str, port: int, workers: int, tell: Callable[[str], None], files: Path | None = None
) -> None:
    """Serve until told to stop, over TLS where the city's URL says https; `tls.ready_to_serve` comes before.

    `tell` gets one JSON line {ready, url} once connections are taken.
    """
    os.environ[DATABASE_VARIABLE] = database
    threads = threads_of(database, workers)
    tls = _is_tls(database)
    if files is not None:
        os.environ[FILES_VARIABLE] = str(files)
    config = uvicorn.Config(
        "app.center.serve:make_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        backlog=_BACKLOG,
        ssl_context_factory=tls_context if tls else None,
    )
    bound = _bound_socket(host, port)
    url = f"{'https' if tls else 'http'}://{host}:{bound.getsockname()[1]}"
    # From here on the system queues connections, so nobody is turned away while the workers start.
    bound.listen(_BACKLOG)
    tell(json.dumps({"ready": True, "url": url}))
    with told(threads, workers):
        if workers > 1:
            Multiprocess(config, [bound]).run()
        else:
            uvicorn.Server(config).run(sockets=[bound])


def _bound_socket(host: str, port: int) -> socket.socket:
    # Named as TCP, so that asyncio switches off the pause before small answers (40 ms each on a kept connection).
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, UnicodeError) as error:  # a name that no resolver takes is the latter
        bound.close()
        raise _why_not(error, host, port) from error
    return bound


def _why_not(error: OSError | UnicodeError, host: str, port: int) -> Environment:
    number = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
    if number == errno.EADDRINUSE:
        return Environment("port_in_use", port=port)
    if number in (errno.EACCES, errno.EPERM):
        return Environment("port_not_allowed", port=port)
    return Environment("host_not_here", host=host)
