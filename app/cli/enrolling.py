"""What an enrolment file is, said before anything is made of it.

The file's page is applied to a database in memory by the very code that will make the point: what is shown is what
will be there. Nothing reaches the disk.
"""

from pathlib import Path

from app.base.clock import Clock
from app.base.errors import Refused
from app.cli.bootstrap import nodes_from_here
from app.desktop.first_run.facts import Candidate, FileFacts
from app.features.org.queries import NodeRow, staff_of
from app.features.registry import load_features
from app.store.durable import on_disk
from app.store.engine import open_plain, reading
from app.store.upgrade import upgrade
from app.sync.enrol import enrol
from app.sync.enrolment import read_enrolment

LARGEST = 64 * 1024 * 1024
"""Bytes; a file above it is some other file."""


def read_file(path: Path) -> bytes:
    """Raises `Refused`: "file_missing", "enrolment_unreadable"; `Environment` as disks do."""
    with on_disk():
        if not path.is_file():
            raise Refused("file_missing", "file")
        if path.stat().st_size > LARGEST:
            raise Refused("enrolment_unreadable", "file")
        return path.read_bytes()


def facts_in(content: bytes, clock: Clock) -> FileFacts:
    """Raises `Refused` as `read_enrolment`."""
    load_features()
    enrolment = read_enrolment(content)
    engine = open_plain(None)
    try:
        upgrade(engine, None)
        enrol(engine, enrolment, clock)
        with reading(engine) as conn:
            nodes = nodes_from_here(conn)
            candidates = [
                Candidate(who.code, who.name or who.code, who.role, node.name, here=place == 0)
                for place, node in enumerate(nodes)
                for who in staff_of(conn, node.id)
                if who.code
            ]
    finally:
        engine.dispose()
    if not nodes:  # signed by a city, but about no place
        raise Refused("enrolment_unreadable", "file")
    return FileFacts(
        content=content,
        city=enrolment.city_name,
        place=nodes[0].name,
        above=_above(nodes),
        made_at=enrolment.made_at,
        candidates=tuple(candidates),
    )


def _above(nodes: list[NodeRow]) -> tuple[str, ...]:
    """The names over the point, the highest first."""
    return tuple(node.name for node in reversed(nodes[1:]))
