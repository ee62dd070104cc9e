"""What a person should look at: applied like any write, and yet perhaps not what its author would have wanted.

Some are records that the center makes and everybody who holds the record gets: an edit that came late, a commit that
others brought back after a restore. Others follow from what is held here and are never synced: an undo by somebody who
had not seen all of it, a record that was given to two points at once. Settling either writes a record, so that it is
settled for all. Not here: values in dispute (`app.journal.heads`), when the center lists something.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import meaning_id
from app.features.org.homes import Home, below, two_homes
from app.features.org.tables import review, staff
from app.journal.act import Act
from app.journal.commands import Command, handles
from app.journal.entities import children_of, find_entity
from app.journal.fields import Flag, Ref, Text
from app.journal.load import load_commits
from app.journal.ops import write_id
from app.journal.tables import void

LATE_EDIT = "LATE_EDIT"
RELAYED = "RELAYED"
UNDONE_UNSEEN = "UNDONE_UNSEEN"
TWO_HOMES = "TWO_HOMES"


@dataclass(frozen=True, slots=True)
class Raised:
    """What the center lists. `code`: of REVIEW; `by`: who wrote, a staff record's id; `from_node`: of their device;
    `at`: effective time of the write, µs."""

    kind: str
    record: str
    code: str
    by: str
    from_node: str
    at: int


@dataclass(frozen=True, slots=True)
class OpenReview:
    """One entry of the list. `id` is what `SettleReview` takes; `node`: the record's; `by_name` empty where the name is
    not known here; `at`: µs. `homes`: of a record that was given to several points, these."""

    id: str
    kind: str
    record: str
    code: str
    node: str
    by: str
    by_name: str
    at: int
    homes: tuple[Home, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettleReview(Command):
    """Somebody looked. `review`: the `id` of an open review. `take_back`: an undo that had not seen all is carried
    through; without it what was taken back in part stands again, whole. `home`: for a record that was given to several
    points, which of them has it from now on."""

    review: Annotated[str, Ref("review")]
    take_back: Annotated[bool | None, Flag()] = None
    home: Annotated[str | None, Ref("node")] = None
    note: Annotated[str | None, Text(400)] = None


def list_for_review(act: Act, raised: Raised, id_: str, node: str) -> None:
    """List this at `node`, unless it is listed."""
    if act.conn.execute(sa.select(review.c.id).where(review.c.id == id_)).first() is None:
        act.create("review", _about(raised), id=id_, node=node)


def open_reviews(conn: sa.Connection) -> list[OpenReview]:
    """What waits for somebody to look at it, the latest first."""
    derived = _derived(conn)
    shared = [each for each in derived if each.code == TWO_HOMES]
    others = [each for each in derived if each.code != TWO_HOMES]
    found = [*_listed(conn), *others, *_on_their_own(conn, shared)]
    who = sa.select(staff.c.id, staff.c.name).where(staff.c.id.in_({each.by for each in found}))
    names: dict[str, str | None] = {row.id: row.name for row in conn.execute(who)}
    named = [replace(each, by_name=names.get(each.by) or "") for each in found]
    return sorted(named, key=lambda each: (-each.at, each.id))


def _on_their_own(conn: sa.Connection, found: Iterable[OpenReview]) -> Iterable[OpenReview]:
    """Without what hangs on a record of which the same is asked: it goes where that goes."""
    shared = list(found)
    hanging = {id_ for each in shared for id_ in below(conn, each.kind, each.record)} if len(shared) > 1 else set()
    return (each for each in shared if each.record not in hanging)


@handles(SettleReview)
def settle_review(act: Act, command: SettleReview) -> None:
    found = next((each for each in open_reviews(act.conn) if each.id == command.review), None)
    if found is None:
        raise Refused("unknown_record", "review")
    if command.take_back and found.code != UNDONE_UNSEEN:
        raise Refused("wrong_type", "take_back")
    if command.home and found.code != TWO_HOMES:
        raise Refused("wrong_type", "home")
    if found.code == UNDONE_UNSEEN:
        if command.take_back:
            _take_back(act, found.kind, found.record, command.note or "")
        else:
            _let_stand(act, found.kind, found.record, command.note)
        _note_settled(act, found, command.note)
    elif found.code == TWO_HOMES:
        _settle_home(act, found, command.home, command.note)
    else:
        act.set("review", found.id, "settled", _settled(act, command.note))


def _settle_home(act: Act, found: OpenReview, home: str | None, note: str | None) -> None:
    """The record has this home from now on, and so has what hangs on it and was given to the same points."""
    if not home:
        raise Refused("missing", "home")
    if home not in {each.node for each in found.homes}:
        raise Refused("unknown_record", "home")
    hanging = below(act.conn, found.kind, found.record)
    alike = [each for each in _two_homes(act.conn) if each.record in hanging]
    for each in (found, *(each for each in alike if home in {one.node for one in each.homes})):
        act.rehome(each.kind, each.record, home)
        _note_settled(act, each, note)


def _settled(act: Act, note: str | None) -> dict[str, Any]:
    return {"settled_by": act.actor.id, "settled_at": act.now, "settled_note": note}


def _note_settled(act: Act, found: OpenReview, note: str | None) -> None:
    """Write down that what followed from what is held here was looked at."""
    about = _about(Raised(found.kind, found.record, found.code, found.by, found.node, found.at))
    act.create("review", {**about, **_settled(act, note)}, id=found.id, node=found.node)


def _about(raised: Raised) -> dict[str, Any]:
    return {
        "record": raised.record,
        "kind": raised.kind,
        "code": raised.code,
        "by": raised.by,
        "from_node": raised.from_node,
        "at": raised.at,
    }


def _listed(conn: sa.Connection) -> Iterable[OpenReview]:
    c = review.c
    rows = conn.execute(sa.select(review.table).where(c.settled_at.is_(None), ~c.hidden)).mappings()
    for row in rows:
        yield OpenReview(
            row["id"], row["kind"], row["record"], row["code"], row["node"], row["by"] or "", "", row["at"] or 0
        )


def _derived(conn: sa.Connection) -> list[OpenReview]:
    """What follows from what is held here, and nobody settled."""
    found = [*_undone_unseen(conn), *_two_homes(conn)]
    c = review.c
    settled = set(conn.execute(sa.select(c.id).where(c.id.in_([each.id for each in found]))).scalars()) if found else ()
    return [each for each in found if each.id not in settled]


def _undone_unseen(conn: sa.Connection) -> Iterable[OpenReview]:
    """Records that somebody took back who had not seen all that is written to them."""
    marks: dict[tuple[str, str, str], list[str]] = {}
    for kind in conn.execute(sa.select(void.c.kind).distinct()).scalars().all():
        entity = find_entity(kind)
        if entity is not None:
            visible = sa.select(void.c.record, void.c.write, entity.c.node).where(
                void.c.kind == kind, entity.c.id == void.c.record, ~entity.c.hidden
            )
            for record, write, node in conn.execute(visible):
                marks.setdefault((kind, record, node), []).append(write)
    yield from _with_author(conn, UNDONE_UNSEEN, marks)


def _taken_back(conn: sa.Connection, kind: str, id_: str, node: str) -> Iterable[OpenReview]:
    """What will be listed of a hidden record once it is seen again."""
    marks = conn.execute(sa.select(void.c.write).where(void.c.record == id_, void.c.kind == kind)).scalars().all()
    return _with_author(conn, UNDONE_UNSEEN, {(kind, id_, node): list(marks)})


def _two_homes(conn: sa.Connection) -> Iterable[OpenReview]:
    """Records that were given to several points at once."""
    shared = two_homes(conn)
    homes = {(each.kind, each.record): each.homes for each in shared}
    marks = {(each.kind, each.record, each.node): list(each.writes) for each in shared}
    for found in _with_author(conn, TWO_HOMES, marks):
        yield replace(found, homes=homes[found.kind, found.record])


def _with_author(conn: sa.Connection, code: str, marks: dict[tuple[str, str, str], list[str]]) -> Iterable[OpenReview]:
    """With who wrote the latest of the writes that made it doubtful; its id comes from all of them."""
    commits = load_commits(conn, {write_id(write).commit for writes in marks.values() for write in writes})
    for (kind, record, node), writes in marks.items():
        id_ = meaning_id("review", record, code, " ".join(sorted(writes)))
        rows = [commits[commit] for write in writes if (commit := write_id(write).commit) in commits]
        latest = max(rows, key=lambda row: row["eff"], default=None)
        by, at = (latest["actor"], latest["eff"]) if latest is not None else ("", 0)
        yield OpenReview(id_, kind, record, code, node, by, "", at)


def _take_back(act: Act, kind: str, id_: str, reason: str) -> None:
    """Carry the undo through, with what hangs on the record."""
    for child, name in children_of(kind):
        query = sa.select(child.c.id).where(child.c[name] == id_, ~child.c.hidden)
        for child_id in act.conn.execute(query).scalars().all():
            _take_back(act, child.kind, child_id, reason)
    act.void(kind, id_, reason)


def _let_stand(act: Act, kind: str, id_: str, note: str | None) -> None:
    """Write what the record hangs on once more where that is hidden: nobody sees a contact whose case is gone."""
    entity = find_entity(kind)
    if entity is None:
        return
    row = act.conn.execute(sa.select(entity.table).where(entity.c.id == id_)).mappings().one_or_none()
    if row is None:
        return
    if row["hidden"]:
        group, fields = next(iter(entity.groups.items()))
        act.set(kind, id_, group, {name: row[name] for name in fields})
        for found in _taken_back(act.conn, kind, id_, row["node"]):
            _note_settled(act, found, note)
    for name, parent in entity.hung_on.items():
        if row[name] is not None:
            _let_stand(act, parent, row[name], note)
