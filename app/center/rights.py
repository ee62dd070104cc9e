"""Who may act at a device and in which role, asked again at the center. What a device may write is said in
`app.journal.rights`, what a role may do beside each kind of record.

The actor must be somebody of the device's own line: of its node, of a node above, of a node below. Whoever is not known
yet may be engaged by a commit on its way: what they did waits in the quarantine and comes out with it (`rerun.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.center.arrivals import Arrival
from app.features.org.history import history_of
from app.features.org.tables import staff
from app.journal.entities import Entity, Scope
from app.journal.heads import heads_of
from app.journal.here import load_here
from app.journal.load import chunks, load_commits
from app.journal.ops import Op
from app.journal.rights import may_use
from app.journal.streams import Tree
from app.journal.tables import head

UNKNOWN = "actor_unknown"
"""The code of what waits for its author to be known; its detail is who that is."""
_CENTER_ROLE = "SYS_ADMIN"


@dataclass(slots=True)
class Standing:
    """Somebody as the center knows them. `gone_at`: the effective time of their dismissal, None while active."""

    node: str
    roles: list[tuple[int, str]]
    """Since when (effective time, µs) which role, the earliest first."""
    gone_at: int | None

    @property
    def role(self) -> str:
        return self.roles[-1][1]

    def role_at(self, eff: int) -> str:
        """What they were then; before the first that is known, that one."""
        return next((role for since, role in reversed(self.roles) if since <= eff), self.roles[0][1])


class People:
    """Who acts in one push, as the center knows them; what the push itself says of them counts from there on."""

    def __init__(
        self, conn: sa.Connection, sender_device: str, arrivals: Sequence[Arrival], *, vouched: bool = False
    ) -> None:
        """`vouched`: these are others' commits that a reader brought back; its own line stands in for an actor who is
        lost, for records that concern nobody below."""
        self.vouched = vouched
        actors = {arrival.pushed.actor for arrival in arrivals if not arrival.code}
        written = {op.id for arrival in arrivals for entity, op in arrival.known if entity is staff}
        self._known = standings(conn, actors | written)
        if sender_device in actors and sender_device not in self._known:
            here = load_here(conn)
            if here is not None and here.device == sender_device:  # the center's own acts, brought back
                self._known[sender_device] = Standing(here.node, [(0, _CENTER_ROLE)], None)

    def check_actor(self, tree: Tree, device_node: str, arrival: Arrival) -> None:
        """Put aside what its actor may not do at this device, and what has none that is known."""
        standing = self._known.get(arrival.pushed.actor)
        if standing is None:
            if not self.vouched:
                arrival.put_aside(UNKNOWN, arrival.pushed.actor)
        elif not may_act(tree, device_node, standing, arrival.eff):
            arrival.put_aside("not_allowed", "actor")

    def check_role(self, tree: Tree, device_node: str, arrival: Arrival, entity: Entity, op: Op) -> None:
        """Put aside what the actor's role at that time does not include."""
        standing = self._known.get(arrival.pushed.actor)
        if standing is None:
            allowed = self.vouched and entity.scope not in (Scope.ALL, Scope.DOWN)
        else:
            stood = self._known[op.id].role if entity is staff and op.id in self._known else None
            tier = tree.tier.get(device_node, "")
            allowed = may_use(entity, standing.role_at(arrival.eff), tier, op, stood)
        if not allowed:
            arrival.put_aside("not_allowed", f"role {op.name} {op.kind}")

    def note(self, arrival: Arrival) -> None:
        """A commit that will stand: whom it engages, or gives a role, may act so later in the same push."""
        for entity, op in arrival.known:
            if entity is not staff:
                continue
            standing = self._known.get(op.id)
            if op.name == "create" and standing is None:
                self._known[op.id] = Standing(op.node, [(arrival.eff, _text(op.values.get("role")))], None)
            elif op.name == "set" and standing is not None:
                if op.group == "role":
                    standing.roles.append((arrival.eff, _text(op.values.get("role"))))
                elif op.group == "active":
                    standing.gone_at = arrival.eff if op.values.get("active") is False else None


def standings(conn: sa.Connection, ids: Iterable[str]) -> dict[str, Standing]:
    """Those of these people that the center knows."""
    c, h = staff.c, head.c
    has_changed = sa.exists().where(h.record == c.id, h.kind == staff.kind, h.grp == "role")
    query = sa.select(c.id, c.node, c.active, c.role, c.born_at, has_changed.label("has_changed"))
    found: dict[str, Standing] = {}
    for chunk in chunks(sorted(set(ids))):
        for row in conn.execute(query.where(c.id.in_(chunk))).all():
            gone_at = _gone_at(conn, row.id, row.born_at) if row.active is False else None
            now = _text(row.role)
            roles = _roles_of(conn, row.id, now) if row.has_changed else [(row.born_at, now)]
            found[row.id] = Standing(row.node, roles, gone_at)
    return found


def may_act(tree: Tree, device_node: str, standing: Standing, eff: int) -> bool:
    """Whether somebody may act at this device at that time."""
    in_line = tree.within(standing.node, device_node) or tree.within(device_node, standing.node)
    return in_line and (standing.gone_at is None or eff < standing.gone_at)


def _gone_at(conn: sa.Connection, id_: str, born_at: int) -> int:
    commits = load_commits(conn, {write.commit for write in heads_of(conn, staff.kind, id_).of("active")})
    return max((int(row["eff"]) for row in commits.values()), default=born_at)


def _roles_of(conn: sa.Connection, id_: str, now: str) -> list[tuple[int, str]]:
    """The roles of somebody whose role was changed."""
    events = history_of(conn, staff.kind, id_)
    found = [(each.at, _text(each.after.get("role"))) for each in events if _says_role(each.what, each.group)]
    return found or [(0, now)]


def _says_role(what: str, group: str) -> bool:
    return what == "created" or (what == "changed" and group == "role")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
