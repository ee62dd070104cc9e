"""The network as screens, rights and the center read it: the tree, points, staff, what is announced and in force."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from app.features.org.tables import campaign, node, notice, partner, place, staff
from app.journal.elements import decode_elements
from app.journal.entities import Entity
from app.journal.streams import Tree, register_tree


@dataclass(frozen=True, slots=True)
class NodeRow:
    id: str
    code: str
    name: str
    tier: str
    parent: str | None
    point_type: str | None
    status: str | None
    opened_on: str | None
    address: str | None
    division_code: str | None
    geo: str | None
    phone: str | None
    hotline: str | None
    hours: str | None
    host_unit: str | None
    sign_ok: bool | None
    risk_level: str | None
    circle: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffRow:
    id: str
    node: str
    code: str
    name: str
    role: str
    unit: str | None
    phone: str | None
    trained_on: str | None
    cert_until: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class CampaignRow:
    id: str
    node: str
    type: str
    name: str
    mode: str | None
    starts_on: str
    ends_on: str | None
    plan: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: str
    node: str
    title: str
    text: str | None
    expires_at: int | None
    born_at: int


@dataclass(frozen=True, slots=True)
class PartnerRow:
    id: str
    node: str
    name: str
    partner_type: str | None
    contact: str | None
    phone: str | None
    agreement: str | None
    active: bool


@dataclass(frozen=True, slots=True)
class PlaceRow:
    id: str
    node: str
    code: str | None
    name: str
    place_type: str | None
    key_times: str | None
    risk_level: str | None
    division_code: str | None
    geo: str | None
    description: str | None
    circle: tuple[str, ...]
    active: bool


Row = TypeVar("Row", NodeRow, StaffRow, CampaignRow, NoticeRow, PartnerRow, PlaceRow)


@register_tree(node.kind)
def load_tree(conn: sa.Connection) -> Tree:
    """The whole org tree."""
    c = node.c
    rows = conn.execute(sa.select(c.id, c.parent, c.tier).where(~c.hidden)).all()
    return Tree({row.id: row.parent for row in rows}, {row.id: row.tier or "" for row in rows})


def node_row(conn: sa.Connection, id_: str) -> NodeRow | None:
    return next(iter(_rows(conn, NodeRow, node, node.c.id == id_)), None)


def node_rows(conn: sa.Connection, under: str | None = None) -> list[NodeRow]:
    """The nodes right below `under`, or all, by code."""
    where = [] if under is None else [node.c.parent == under]
    return _rows(conn, NodeRow, node, *where, order=node.c.code)


def staff_of(conn: sa.Connection, node_id: str, *, also_gone: bool = False) -> list[StaffRow]:
    """The people of one node, by code."""
    where = [staff.c.node == node_id] + ([] if also_gone else [_in_use(staff)])
    return _rows(conn, StaffRow, staff, *where, order=staff.c.code)


def staff_row(conn: sa.Connection, id_: str) -> StaffRow | None:
    return next(iter(_rows(conn, StaffRow, staff, staff.c.id == id_)), None)


def staff_by_code(conn: sa.Connection, code: str) -> StaffRow | None:
    """Who signs in with this code and is still with us."""
    return next(iter(_rows(conn, StaffRow, staff, staff.c.code == code, _in_use(staff), order=staff.c.id)), None)


def campaigns_in_force(conn: sa.Connection, node_id: str, day: date) -> list[CampaignRow]:
    """Campaigns of this node and those above it that run on that day, the latest begun first."""
    c, today = campaign.c, day.isoformat()
    where = (
        c.node.in_(_self_and_above(conn, node_id)),
        _in_use(campaign),
        c.starts_on <= today,
        sa.or_(c.ends_on.is_(None), c.ends_on >= today),
    )
    return _rows(conn, CampaignRow, campaign, *where, order=c.starts_on.desc())


def campaign_rows(conn: sa.Connection) -> list[CampaignRow]:
    return _rows(conn, CampaignRow, campaign, order=campaign.c.starts_on.desc())


def notices_for(conn: sa.Connection, node_id: str, now: int) -> list[NoticeRow]:
    """Announcements that hold at this node now, the newest first."""
    c = notice.c
    where = (
        c.node.in_(_self_and_above(conn, node_id)),
        _in_use(notice),
        sa.or_(c.expires_at.is_(None), c.expires_at > now),
    )
    return _rows(conn, NoticeRow, notice, *where, order=c.born_at.desc())


def partner_rows(conn: sa.Connection) -> list[PartnerRow]:
    return _rows(conn, PartnerRow, partner, _in_use(partner), order=partner.c.name)


def place_rows(conn: sa.Connection, node_id: str | None = None) -> list[PlaceRow]:
    """Key areas of this node and those above it, or all that are known."""
    where = [_in_use(place)]
    if node_id is not None:
        where.append(place.c.node.in_(_self_and_above(conn, node_id)))
    return _rows(conn, PlaceRow, place, *where, order=place.c.code)


def _self_and_above(conn: sa.Connection, node_id: str) -> list[str]:
    found = [node_id]
    while True:
        parent = conn.execute(sa.select(node.c.parent).where(node.c.id == found[-1])).scalar()
        if parent is None or parent in found:
            return found
        found.append(parent)


def _in_use(entity: Entity) -> sa.ColumnElement[bool]:
    active: sa.ColumnElement[bool] = entity.c.active
    return sa.or_(active.is_(None), active)


def _rows(
    conn: sa.Connection, row: type[Row], entity: Entity, *where: Any, order: sa.ColumnElement[Any] | None = None
) -> list[Row]:
    names = list(row.__dataclass_fields__)
    found = conn.execute(sa.select(*(entity.c[name] for name in names)).where(~entity.c.hidden, *where).order_by(order))
    return [row(**{name: _read(entity, name, value) for name, value in each._mapping.items()}) for each in found]


def _read(entity: Entity, name: str, value: Any) -> Any:
    if name in entity.sets:
        return tuple(decode_elements(value))
    if name == "active":
        return value is None or bool(value)
    if name in ("name", "code", "role", "tier", "title", "type", "starts_on"):
        return value or ""
    return value
