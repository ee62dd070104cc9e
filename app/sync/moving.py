"""A center that moves: a device that was told follows once the new address answers, and calls the former until then.

Told only by an answer that TLS proves, or a file that the city signed, and only of an address that TLS proves. Not
here: what a new enrolment file says (`enrol.py`).
"""

from contextlib import closing
from functools import partial

import sqlalchemy as sa

from app.base.clock import Clock
from app.base.errors import Environment
from app.journal.here import standing
from app.store.engine import reading, writing
from app.sync.http import transport_of
from app.sync.state import change_state, enrolled
from app.sync.writing import Write, inline

LOOK_S = 5.0
"""How long the new address may take to answer; the round waits for it."""


def follow_center(engine: sa.Engine, clock: Clock, write: Write = inline) -> None:
    """Before a round: go over to the address that was told, if the city's center answers there by now."""
    with reading(engine) as conn:
        state, here = enrolled(conn), standing(conn)
    if not state.next_url:
        return
    with closing(transport_of(state, here.device, clock, url=state.next_url, most_s=LOOK_S)) as way:
        try:
            way.look_who_is_there()
        except Environment:
            return
    write(partial(_go_over, engine, state.next_url))


def _go_over(engine: sa.Engine, url: str) -> None:
    with writing(engine) as conn:
        if enrolled(conn).next_url == url:
            change_state(conn, url=url, next_url="")
