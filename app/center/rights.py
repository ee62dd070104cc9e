"""Who may act at a device, asked again at the center. What a device may write is said in `app.journal.rights`.

The actor must be somebody of the device's own line: of its node, of a node above, of a node below.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.features.org.tables import staff
from app.journal.heads import heads_of
from app.journal.load import chunks, load_commits
from app.journal.streams import Tree


@dataclass(frozen=True, slots=True)
class Standing:
    """An actor as the center knows them. `gone_at`: the effective time of their dismissal, None while active."""

    node: str
    gone_at: int | None


def standings(conn: sa.Connection, actors: Iterable[str]) -> dict[str, Standing]:
    """Those of these actors that the center knows."""
    c = staff.c
    found: dict[str, Standing] = {}
    for chunk in chunks(sorted(set(actors))):
        rows = conn.execute(sa.select(c.id, c.node, c.active, c.born_at).where(c.id.in_(chunk))).all()
        for row in rows:
            gone_at = _gone_at(conn, row.id, row.born_at) if row.active is False else None
            found[row.id] = Standing(row.node, gone_at)
    return found


def may_act(tree: Tree, device_node: str, standing: Standing | None, eff: int) -> bool:
    """Whether somebody may act at this device at that time; nobody is refused for not being known yet."""
    if standing is None:
        return True
    in_line = tree.within(standing.node, device_node) or tree.within(device_node, standing.node)
    return in_line and (standing.gone_at is None or eff < standing.gone_at)


def _gone_at(conn: sa.Connection, id_: str, born_at: int) -> int:
    commits = load_commits(conn, {write.commit for write in heads_of(conn, "staff", id_).of("active")})
    return max((int(row["eff"]) for row in commits.values()), default=born_at)
