"""What was erased by law stays erased: when the database is put back, and in what was set aside or is still to be done.

Every erase is written down beside the photos as the commit it is: kinds, ids, writes, nothing of what was erased. A
center that was put back takes in those it has lost, as they were, before anybody is served. Not here: erasing and what
it takes from the disk (`erase.py`), the journal (`app.journal.sweep`).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from app.base.errors import Refused
from app.base.ids import ids_named
from app.center.arrivals import Sender, read_commits
from app.center.beside import keep_beside, lines_beside
from app.center.hub import Hub
from app.center.kept import find_again, note_aside
from app.center.locks import lock_rows
from app.center.tables import quarantine
from app.journal.apply import apply
from app.journal.entities import Entity, by_entity
from app.journal.erasing import ERASED, Erases, left_of
from app.journal.load import load_commits
from app.journal.ops import CommitId, Op, write_id
from app.journal.sweep import erases_among, sweep
from app.journal.tables import erasing, head
from app.store.engine import reading, writing
from app.sync.protocol import PageCommit, PushedCommit, unnumbered

_FILE = "erased"
_CONTENTS = "g" * 32
"""Stands in `erasing` for the bytes on the disk. It is no id and comes after all of them."""
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(PushedCommit)
_lines = msgspec.json.Decoder(PageCommit)


def keep_erased(hub: Hub) -> None:
    """Write down every erase that the database knows."""
    keep_beside(hub, _FILE, _erases_in)


def erase_again(conn: sa.Connection, hub: Hub) -> int:
    """Take in the erases that are written down and that this database has not; gives how many. The caller is alone,
    and calls `sweep_journal` afterwards.

    Raises `Refused("erased_unreadable", "files")`: whom they name would be served again.
    """
    try:
        told = [_lines.decode(line) for line in lines_beside(hub, _FILE)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("erased_unreadable", "files") from None
    known = load_commits(conn, [CommitId(each.device, each.epoch, each.n) for each in told])
    lost = [each for each in told if (each.device, each.epoch, each.n) not in known]
    if lost:
        find_again(conn, hub)  # while records that they take still name their photos
    for each in sorted(lost, key=lambda each: (each.eff, each.device, each.serial, each.n)):
        _take_in(conn, hub, each)
    return len(lost)


def _take_in(conn: sa.Connection, hub: Hub, told: PageCommit) -> None:
    """One erase, under the number it had: who read it then has it already."""
    sender = Sender(told.device, told.epoch, told.serial)
    (arrival,) = read_commits(sender, [told.pushed()])
    ops = [op for _, op in arrival.ops if op.name == "erase"]
    if arrival.code or not ops:
        raise Refused("erased_unreadable", "files")
    arrival.eff = told.eff
    commit, tree = arrival.commit(sender), hub.trees.tree(conn)
    nodes = lock_rows(conn, by_entity(op.key for _, op in arrival.known))
    before = hub.publisher.before(conn, ops)
    apply(conn, [commit], lambda count: hub.publisher.number(conn, count))
    hub.publisher.file(conn, [(commit, arrival.ops)], tree, before, None, nodes)
    note_contents(conn)
    strip_quarantined(conn, hub, {op.id for op in ops if not op.seen})


def strip_quarantined(conn: sa.Connection, hub: Hub, ids: set[str]) -> None:
    """Take what is said of these records, erased whole, out of what was set aside: it is kept raw, whoever can read
    it. Photos that it alone names are noted, to be taken off the disk."""
    note_aside(conn, hub, [(entity, op) for entity, op in ops_aside(conn) if op.id in ids])
    q, erases = quarantine.c, dict.fromkeys(ids, ((),))
    for row in conn.execute(sa.select(q.device, q.epoch, q.n, q.raw)).all():
        if not any(id_.encode() in row.raw for id_ in ids):
            continue
        left = _without(_decoder.decode(row.raw), row.device, row.epoch, erases)
        this = (q.device == row.device, q.epoch == row.epoch, q.n == row.n)
        conn.execute(quarantine.update().where(*this).values(raw=_encoder.encode(left)))


def ops_aside(conn: sa.Connection) -> list[tuple[Entity, Op]]:
    """The ops of all that was set aside, as far as they can be read."""
    q = quarantine.c
    found: list[tuple[Entity, Op]] = []
    for row in conn.execute(sa.select(q.device, q.epoch, q.serial, q.raw)):
        sender = Sender(row.device, row.epoch, row.serial)
        (arrival,) = read_commits(sender, [_decoder.decode(row.raw)], whole=False)
        found += arrival.known
    return found


def without_erased(conn: sa.Connection, author: Sender, commits: Sequence[PushedCommit]) -> list[PushedCommit]:
    """These commits as they may be kept raw: whoever sends them may not have heard what was erased since."""
    erases = erases_among(conn, {id_.decode() for pushed in commits for id_ in ids_named(bytes(pushed.parts))})
    return [_without(pushed, author.device, author.epoch, erases) for pushed in commits] if erases else list(commits)


def _without(pushed: PushedCommit, device: str, epoch: str, erases: Mapping[str, Erases]) -> PushedCommit:
    left = left_of(pushed.parts, pushed.schema, CommitId(device, epoch, pushed.n), erases)
    return pushed if left is pushed.parts else msgspec.structs.replace(pushed, parts=left)


def note_contents(conn: sa.Connection) -> None:
    """Note that bytes on the disk may say what was just erased. They are the last of an erasing to be done."""
    conn.execute(erasing.delete().where(erasing.c.record == _CONTENTS))
    conn.execute(erasing.insert(), {"record": _CONTENTS, "device": "", "epoch": "", "n": 0})


def has_contents(conn: sa.Connection) -> bool:
    """Whether `note_contents` was called and `end_contents` not since."""
    return conn.execute(sa.select(erasing.c.record).where(erasing.c.record == _CONTENTS)).first() is not None


def end_contents(conn: sa.Connection) -> None:
    conn.execute(erasing.delete().where(erasing.c.record == _CONTENTS))


def sweep_journal(hub: Hub) -> int:
    """Look through the journal for what was erased, until that is done; gives the number of pieces."""
    pieces = 0
    while True:
        with reading(hub.engine) as conn:
            if conn.execute(sa.select(erasing.c.record).where(erasing.c.record != _CONTENTS)).first() is None:
                return pieces
        with writing(hub.engine) as conn:
            if not has_contents(conn):  # cut short by a program that did not note it
                note_contents(conn)
            sweep(conn)
        pieces += 1


def _erases_in(conn: sa.Connection) -> Iterable[str]:
    writes = conn.execute(sa.select(head.c.write).where(head.c.grp == ERASED).distinct()).scalars()
    for row in load_commits(conn, {write_id(write).commit for write in writes}).values():
        yield _encoder.encode(unnumbered(row, row["payload"])).decode()
