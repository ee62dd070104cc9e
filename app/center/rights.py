"""Who may write what, asked again at the center for every op.

A device may write records of its own node and of the nodes below. Kinds that every node holds (the org tree, the
catalogue) are the city's to write; a lot is one by its meaning (item, batch, expiry), so any point may create it. The
actor must be somebody of the device's own line: of its node, of a node above, of a node below.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.ids import is_meaning_id
from app.features.org.tables import staff
from app.journal.entities import Entity, Scope
from app.journal.heads import heads_of
from app.journal.load import chunks, load_commits
from app.journal.ops import Op
from app.journal.streams import Tree

CITY_TIER = "CITY"

COMMON_KINDS: Mapping[str, frozenset[str]] = {"lot": frozenset({"create"})}
"""Kinds of scope `all` that devices of every tier may write, with the ops they may use. Ids must be of meaning."""

CITY_KINDS = frozenset({"campaign"})
"""Kinds of other scopes that only the city and its districts start."""
_CAMPAIGN_TIERS = frozenset({"CITY", "COUNTY"})


def may_write(tree: Tree, device_node: str, op: Op, entity: Entity, node: str) -> bool:
    """Whether a device at `device_node` may write this op of a record that belongs to `node`."""
    tier = tree.tier.get(device_node, "")
    if entity.scope is Scope.ALL:
        common = op.name in COMMON_KINDS.get(entity.kind, ()) and is_meaning_id(op.id)
        return common or tier == CITY_TIER
    if entity.kind in CITY_KINDS and tier not in _CAMPAIGN_TIERS:
        return False
    concerned = [tree.within(each, device_node) for each in node.split(" ")]
    return any(concerned) if entity.scope is Scope.BOTH else all(concerned)


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
