"""Who makes once more what is there, for another node or with others let in, decides who has it.

The greater creation says where a record is, and each lets in whom it names: such a one is judged like the new home and
the grants that it comes to, so that nobody gives away by making what they may not give. An honest program whose history
parted (a file put back, a disk copied, a center restored) makes the same again, for the node it was first made for,
wherever the record was taken since: that decides nothing. Nor do ids of meaning: those two may make rightly, each for
their own node. Not here: what is allowed (`intake.py`).
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.base.ids import is_meaning_id
from app.center.arrivals import Arrival
from app.journal.entities import Entity, Scope
from app.journal.load import load_commits
from app.journal.ops import HOME, CommitId, Key, Op, WriteId, decode_op, kept_parts, write_id
from app.journal.record import CREATES
from app.journal.tables import head
from app.store.bulk import rows_among

_BORN = ("id", "born_device", "born_epoch", "born_n", "born_op")


class Homes:
    """Who was to have the records that the commits of one push make once more."""

    def __init__(self, conn: sa.Connection, arrivals: Sequence[Arrival], nodes: Mapping[Key, str]) -> None:
        """`nodes`: (kind, id) → node of the records that exist. Asks the database nothing while each of the commits
        makes what is new."""
        self._conn, self._arrivals, self._nodes = conn, arrivals, nodes
        self._made: dict[Key, list[Op]] | None = None

    def given_by(self, entity: Entity, op: Op, node: str) -> list[Op]:
        """The new home and the grants that a creation comes to; nearly always none. `node`: where the record is, or
        where the push first put it."""
        if op.name != "create" or entity.scope is not Scope.OWN or is_meaning_id(op.id):
            return []
        there = op.key in self._nodes
        if not there and op.node == node:
            return []
        made = self._made_before(op.key) if there else []
        given = []
        if op.node not in ({one.node for one in made} if there else {node}):
            given.append(Op("rehome", op.kind, op.id, node, {"node": op.node}, {}, HOME))
        let_in = set(_let_in(entity, op)).difference(*(_let_in(entity, one) for one in made))
        return given + [Op("add", op.kind, op.id, node, {}, {}, entity.granted, one) for one in sorted(let_in)]

    def _made_before(self, key: Key) -> list[Op]:
        """The creations of this record that are known here."""
        if self._made is None:
            again: dict[Entity, set[str]] = {}
            for arrival in self._arrivals:
                for entity, op in arrival.known:
                    if op.name == "create" and entity.scope is Scope.OWN and op.key in self._nodes:
                        again.setdefault(entity, set()).add(op.id)
            self._made = _creations(self._conn, again)
        return self._made.get(key, [])


def _let_in(entity: Entity, creation: Op) -> list[str]:
    return creation.elements.get(entity.granted, [])


def _creations(conn: sa.Connection, wanted: Mapping[Entity, set[str]]) -> dict[Key, list[Op]]:
    """All creations of these records that are known here."""
    places: dict[CommitId, set[int]] = {}
    for entity, ids in wanted.items():
        births = [WriteId(*born) for _, *born in rows_among(conn, entity.table, _BORN, "id", ids)]
        same = {"kind": entity.kind, "grp": CREATES}
        births += [write_id(text) for (text,) in rows_among(conn, head, ("write",), "record", ids, same)]
        for write in births:
            places.setdefault(write.commit, set()).add(write.op)
    found: dict[Key, list[Op]] = {}
    for id_, row in load_commits(conn, places).items():
        for part in kept_parts(row["payload"]):
            if part.at in places[id_]:
                op = decode_op(part.raw, id_.device, id_.epoch, row["schema"])
                found.setdefault(op.key, []).append(op)
    return found
