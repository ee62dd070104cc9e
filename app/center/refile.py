"""Who sees what after something moved: a case closed or opened again, granted, given to another point; a node put under
another.

A stream that loses a record gets a line that it leaves, one that gains a record that was there before a line that it
enters (`app.center.moves` reads them back). After a node was put under another, what is filed is also filed anew, so
that who reads from the start gets what is theirs now.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.center.past import lost_after, was_put_back
from app.center.tables import device, feed, moved
from app.journal.entities import Entity, Scope, by_entity, entities, find_entity
from app.journal.load import chunks, with_heads, with_voids
from app.journal.ops import Key, Op, decode_head, kept_parts
from app.journal.presence import Presence, may_shift, with_followers
from app.journal.runner import Standings
from app.journal.streams import Tree, streams_of
from app.journal.tables import journal
from app.store.bulk import Kept, delete_among, insert_rows, rows_among

Row = dict[str, object]
_MOVE = ("stream", "seq", "record", "kind", "enters")
NOTHING = "[]"
"""The places of a line of the feed that is there for its moves alone."""


def standings_before(
    conn: sa.Connection, tree: Tree, ops: Iterable[Op], there: Collection[Key] | None = None
) -> Standings:
    """Where the records are now that these ops may take elsewhere; nearly always none, and then nothing is asked.

    `there`: those of their records that are there, where that is known: the others are nowhere.
    """
    wanted: dict[Entity, set[str]] = {}
    made: dict[Entity, set[str]] = {}
    for op in ops:
        entity = find_entity(op.kind)
        if entity is None:
            continue
        if may_shift(op, entity) and (there is None or op.key in there):
            wanted.setdefault(entity, set()).add(op.id)
        if op.name == "create" and (there is None or op.key not in there):
            made.setdefault(entity, set()).add(op.id)
    late = _came_late(conn, tree, made) if made and was_put_back(conn) else {}
    if not wanted:
        return late
    return {**late, **_standings(Presence(conn, tree), with_followers(conn, wanted))}


def _came_late(
    conn: sa.Connection, tree: Tree, made: Mapping[Entity, Collection[str]]
) -> dict[str, tuple[str, frozenset[str]]]:
    """Standings of records that come after what is written about them, as may happen once a center was put back: they
    are nowhere yet, whatever of them was filed; and of what hangs on them."""
    kinds = {id_: entity.kind for entity, ids in made.items() for id_ in ids}
    written = with_heads(conn, kinds) | with_voids(conn, kinds)
    for entity, ids in made.items():
        written -= {row[0] for row in rows_among(conn, entity.table, ("id",), "id", written & set(ids))}
    below = {entity: ids - kinds.keys() for entity, ids in with_followers(conn, made).items()}
    return {**{id_: (kinds[id_], frozenset()) for id_ in written}, **_standings(Presence(conn, tree), below)}


def standings_of_moved_nodes(conn: sa.Connection, before: Tree, after: Tree) -> Standings:
    """Where the records of nodes with another line of ancestors were, under the tree as it was."""
    nodes = _moved_nodes(before, after)
    wanted: dict[Entity, set[str]] = {}
    for entity in entities():
        if nodes and entity.upward and entity.scope is Scope.OWN:
            wanted[entity] = {row[0] for row in rows_among(conn, entity.table, ("id",), "node", nodes)}
    return _standings(Presence(conn, before), with_followers(conn, wanted))


def moves_since(before: Standings, after: Mapping[str, Collection[str]], seq: int) -> list[Row]:
    """Lines of `moved` for what is elsewhere than it was."""
    rows: list[Row] = []
    for id_, (kind, was) in before.items():
        now = after.get(id_, ())
        rows += [_line(stream, seq, kind, id_, enters=False) for stream in sorted(was - set(now))]
        rows += [_line(stream, seq, kind, id_, enters=True) for stream in sorted(set(now) - was)]
    return rows


def told_again(
    conn: sa.Connection,
    tree: Tree,
    ops: Iterable[Op],
    before: Standings,
    after: Mapping[str, Collection[str]],
    seq: int,
) -> list[Row]:
    """Lines of `moved` for readers who know some of these ops already, and go by them: who makes once more, for another
    node, what is there; and from before the center was put back anybody. Whoever an op names for a record that is
    elsewhere by now, as one is that was made and given away in one push, may have it still; whoever it takes a record
    from that stays with them all the same, because what gave it back had come before or comes with it, may have
    dropped it.
    """
    again = was_put_back(conn)
    if not before and not again:
        return []
    ops = list(ops)
    more_said = {*before, *(_shifted_by(ops) if again else ())}
    told: dict[tuple[frozenset[str], frozenset[str]], dict[Entity, set[str]]] = {}
    for op in ops:
        entity = find_entity(op.kind)
        if entity is None or not (again or op.name == "create"):
            continue
        away = frozenset(_named_by(tree, entity, op, more_is_said=op.id in more_said)).difference(after.get(op.id, ()))
        dropped = _taken_by(entity, op, before[op.id][1]) if op.id in before else frozenset[str]()
        if away or not dropped.isdisjoint(after.get(op.id, ())):
            told.setdefault((away, dropped), {}).setdefault(entity, set()).add(op.id)
    lines: dict[tuple[str, str], Row] = {}
    # Of a push few things are to be told, of many records each: what hangs on them is read of all at once.
    for (away, dropped), records in told.items():
        found = with_followers(conn, records)
        now = Presence(conn, tree).of(found)
        for each, ids in found.items():
            for id_ in sorted(ids & now.keys()):
                was = before[id_][1] if id_ in before else frozenset[str]()
                # Where it is nothing is to be said, and where it was `moves_since` says it.
                for stream in sorted(away - {*now[id_], *was}):
                    lines[stream, id_] = _line(stream, seq, each.kind, id_, enters=False)
                for stream in sorted(dropped & now[id_] & was):
                    lines[stream, id_] = _line(stream, seq, each.kind, id_, enters=True)
    return list(lines.values())


def where_it_was(conn: sa.Connection, ops: Iterable[Op]) -> dict[str, set[str]]:
    """Record that these ops erase → the streams it left, and that of whoever made it. Of a record that is elsewhere
    by now its author's device keeps what was written there: it must hear of the erase, which says nothing itself."""
    erased = by_entity(op.key for op in ops if op.name == "erase")
    if not erased:
        return {}
    ids = {id_ for found in erased.values() for id_ in found}
    streams: dict[str, set[str]] = {id_: set() for id_ in ids}
    for id_, stream in rows_among(conn, moved, ("record", "stream"), "record", ids, {"enters": False}):
        streams[id_].add(stream)
    for entity, found in erased.items():  # given away in the push that made it, it left no stream
        made = rows_among(conn, entity.table, ("id", "born_device"), "id", found)
        homes = {row[0]: row[1] for row in rows_among(conn, device, ("id", "node"), "id", {row[1] for row in made})}
        for id_, maker in made:
            if maker in homes:
                streams[id_].add(f"own:{homes[maker]}")
    return streams


def _shifted_by(ops: Iterable[Op]) -> Iterator[str]:
    """The records that these ops may take elsewhere than where they are made."""
    for op in ops:
        entity = find_entity(op.kind)
        if entity is not None and op.name != "create" and may_shift(op, entity):
            yield op.id


def _named_by(tree: Tree, entity: Entity, op: Op, *, more_is_said: bool) -> list[str]:
    """The streams in which this op puts its record, as far as it alone says. `more_is_said`: whether something else
    about it was written before, or comes with it."""
    if op.name == "create" and more_is_said:
        return streams_of(tree, entity, op.node)
    if op.name == "rehome":
        return streams_of(tree, entity, str(op.values["node"]))
    if op.name == "add" and op.group == entity.granted and op.element in tree.parent:  # anybody may write anything
        return [f"own:{op.element}"]
    return []


def _taken_by(entity: Entity, op: Op, was: frozenset[str]) -> frozenset[str]:
    """Those of these streams of a record from which this op takes it, as far as it alone says. Who gives a record away
    has it: that comes before what gives it back."""
    if op.name == "remove" and op.group == entity.granted:
        return was & {f"own:{op.element}"}
    if op.name == "set" and entity.open_while:
        name, values = entity.open_while
        if op.values.get(name) is not None and op.values[name] not in values:
            return frozenset(stream for stream in was if stream.startswith("up:"))
    return frozenset()


def with_moves(rows: list[Row], moves: Sequence[Row]) -> list[Row]:
    """Lines of the feed for one push, marked where something moves with them."""
    lines = {(row["stream"], row["seq"]): row for row in rows}
    for move in moves:
        key = (move["stream"], move["seq"])
        if key not in lines:
            lines[key] = {"stream": key[0], "seq": key[1], "places": NOTHING, "moves": True}
        lines[key]["moves"] = True
    return list(lines.values())


_SAID = Kept(
    moved.delete().where(
        moved.c.stream == sa.bindparam("in_stream"),
        moved.c.seq == sa.bindparam("at"),
        moved.c.record == sa.bindparam("of"),
    )
)


def write_moves(conn: sa.Connection, moves: Sequence[Row]) -> None:
    """A commit that is numbered anew has brought the lines of its former number along: what is said now counts."""
    told: dict[tuple[object, object], list[object]] = {}
    for move in moves if moves and was_put_back(conn) else ():
        told.setdefault((move["stream"], move["seq"]), []).append(move["record"])
    for (stream, seq), records in told.items():
        for (record,) in rows_among(conn, moved, ("record",), "record", records, {"stream": stream, "seq": seq}):
            _SAID.do(conn, in_stream=stream, at=seq, of=record)
    insert_rows(conn, moved, moves)


def show_again(conn: sa.Connection, tree: Tree, ops: Iterable[Op], node: str, seq: int) -> None:
    """Who wrote this may have dropped what they wrote to while their words were set aside, because the center had lost
    it, and is told the number of their own commit alone: with it the records enter at their node, once for each laptop
    after a restore."""
    written = [op.key for op in ops if op.name != "create"]
    found, direct = with_followers(conn, by_entity(written)), {id_ for _, id_ in written}
    now, kinds = Presence(conn, tree).of(found), {id_: entity.kind for entity, ids in found.items() for id_ in ids}
    author = conn.execute(sa.select(journal.c.device, journal.c.epoch).where(journal.c.seq == seq)).one()._asdict()
    for stream in (f"own:{node}", f"up:{node}"):
        shown = {id_ for id_ in kinds if stream in now.get(id_, ())}
        lines = rows_among(conn, moved, ("record", "seq"), "record", shown, {"stream": stream, "enters": True})
        late = {at for _, at in lines if at > lost_after(conn)}
        told = rows_among(conn, journal, ("seq", "schema", "payload"), "seq", late, author)
        theirs = {at: _named(payload, schema) for at, schema, payload in told}
        # Of what was here already only that is made anew which the author wrote to in that very commit.
        shown.difference_update(id_ for id_, at in lines if at in theirs and (id_ not in direct or id_ in theirs[at]))
        if shown:
            write_moves(conn, [_line(stream, seq, kinds[id_], id_, enters=True) for id_ in sorted(shown)])
            mark_moving(conn, stream, seq)


def _named(payload: bytes, schema: int) -> set[str]:
    """The records that a commit writes to."""
    return {decode_head(part.raw, schema).id for part in kept_parts(payload)}


def mark_moving(conn: sa.Connection, stream: str, seq: int) -> None:
    """Say of what is filed there that something moves with it."""
    f = feed.c
    if not conn.execute(feed.update().where(f.stream == stream, f.seq == seq).values(moves=True)).rowcount:
        conn.execute(feed.insert(), {"stream": stream, "seq": seq, "places": NOTHING, "moves": True})


def refile(conn: sa.Connection, before: Tree, after: Tree, lines_of: Callable[[list[Any]], list[Row]]) -> None:
    """File what belongs to moved nodes under their new line. `lines_of`: journal rows → lines of the feed."""
    seqs = seqs_filed(conn, [f"own:{node}" for node in _moved_nodes(before, after)])
    # All at once: what is filed is not found by number alone, so that each time all of it is looked through.
    moving: dict[int, list[Row]] = {}
    for values in rows_among(conn, moved, _MOVE, "seq", seqs):
        line = dict(zip(_MOVE, values, strict=True))
        moving.setdefault(line["seq"], []).append(line)
    delete_among(conn, feed, "seq", seqs)
    for some in chunks(seqs):
        stored = conn.execute(sa.select(journal).where(journal.c.seq.in_(some))).mappings().all()
        moves = [line for seq in some for line in moving.get(seq, ())]
        insert_rows(conn, feed, with_moves(lines_of(list(stored)), moves))


def seqs_filed(conn: sa.Connection, streams: Collection[str]) -> list[int]:
    """The commits filed under these streams, by their numbers."""
    return sorted({row[0] for row in rows_among(conn, feed, ("seq",), "stream", streams)})


def _moved_nodes(before: Tree, after: Tree) -> list[str]:
    """Nodes known before whose line of ancestors is another now."""

    def line(tree: Tree, node: str) -> list[tuple[str, str | None]]:
        return [(up, tree.tier.get(up)) for up in tree.above(node)]

    return [node for node in before.parent if node in after.parent and line(before, node) != line(after, node)]


def _standings(presence: Presence, wanted: Mapping[Entity, Collection[str]]) -> Standings:
    kinds = {id_: entity.kind for entity, ids in wanted.items() for id_ in ids}
    return {id_: (kinds[id_], streams) for id_, streams in presence.of(wanted).items()}


def _line(stream: str, seq: int, kind: str, id_: str, *, enters: bool) -> Row:
    return {"stream": stream, "seq": seq, "record": id_, "kind": kind, "enters": enters}
