"""What goes from a journal with age, what stays, and that nobody notices: the chain holds, the records stand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.features.inventory.tables import movement
from app.features.people.tables import person
from app.features.registry import load_features
from app.journal.apply import apply
from app.journal.here import found, save_here, standing
from app.journal.load import commit_in
from app.journal.ops import (
    SCHEMA,
    Commit,
    Op,
    OpPart,
    WriteId,
    encode_op,
    first_link,
    new_parts,
    next_link,
    unpack_parts,
)
from app.journal.retention import KEPT_FOR, late_among, look_again, prune, tidy_after_snapshot
from app.journal.tables import journal, retention
from app.store.engine import open_plain, writing
from app.store.schema import create_tables

load_features()

NOW = 1_795_000_000_000_000
LONG_AGO, LATELY = NOW - KEPT_FOR - DAY, NOW - KEPT_FOR + DAY
HOME, AWAY = "a" * 32, "b" * 32
ME, OTHER = "1" * 32, "2" * 32


@pytest.fixture
def conn() -> Iterator[sa.Connection]:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        found(conn, device=ME, letter="A", node=HOME, city="c")
        yield conn
    engine.dispose()


class Writer:
    """Puts commits into the journal as they would be after a sync."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.seq = 0
        self.n = {ME: 0, OTHER: 0}

    def write(self, device: str, at: int, *ops: Op) -> None:
        self.seq += 1
        self.n[device] += 1
        here = standing(self.conn)
        epoch = here.epoch if device == ME else "f" * 16
        parts = new_parts(encode_op(op, device, epoch) for op in ops)
        commit = Commit(device, epoch, 1, self.n[device], at, 0, "somebody", SCHEMA, parts, self.seq, at)
        if device == ME:
            commit.chain = next_link(here.chain, commit)
            save_here(self.conn, replace(here, n=commit.n, chain=commit.chain, acked_n=commit.n))
        else:
            commit.parts = [OpPart(part.at, "", part.raw) for part in parts]
        apply(self.conn, [commit])

    def bring(self, epoch: str, n: int, *ops: Op, numbered: bool = True) -> None:
        """What the center brings under this device's id and was not written in this file."""
        self.seq += numbered
        parts = [OpPart(part.at, "", part.raw) for part in new_parts(encode_op(op, ME, epoch) for op in ops)]
        seq = self.seq if numbered else None
        apply(self.conn, [Commit(ME, epoch, 9, n, LONG_AGO, 0, "somebody", SCHEMA, parts, seq, LONG_AGO)])

    def prune(self, safe_n: int = 100) -> None:
        epoch = standing(self.conn).epoch
        while prune(self.conn, NOW, {epoch: safe_n}, piece=2):
            pass


def somebody(id_: str, node: str, name: str) -> Op:
    return Op("create", "person", id_ * 32, node, {"name": name}, {})


def words(conn: sa.Connection) -> str:
    payloads: Sequence[bytes] = conn.execute(sa.select(journal.c.payload).order_by(journal.c.seq)).scalars().all()
    return "".join(payload.decode() for payload in payloads)


def test_what_others_wrote_about_other_nodes_goes_after_ninety_days(conn: sa.Connection) -> None:
    writer = Writer(conn)
    writer.write(OTHER, LONG_AGO, somebody("3", AWAY, "外点旧事"), somebody("4", HOME, "本点旧事"))
    writer.write(OTHER, LATELY, somebody("5", AWAY, "外点近事"))
    writer.prune()
    told = words(conn)
    assert "外点旧事" not in told
    assert "本点旧事" in told
    assert "外点近事" in told
    (first, _) = conn.execute(sa.select(journal.c.payload).order_by(journal.c.seq)).scalars()
    assert [part.at for part in unpack_parts(first)] == [0, 1]
    assert set(conn.execute(sa.select(person.c.name)).scalars()) == {"外点旧事", "本点旧事", "外点近事"}


def test_own_commits_stay_until_they_are_safe_and_their_chain_holds_afterwards(conn: sa.Connection) -> None:
    writer = Writer(conn)
    for id_, name in (("3", "第一"), ("4", "第二"), ("5", "第三")):
        writer.write(ME, LONG_AGO, somebody(id_, AWAY, name))
    writer.prune(safe_n=1)
    assert [name in words(conn) for name in ("第一", "第二", "第三")] == [False, True, True]
    writer.prune(safe_n=3)
    assert not any(name in words(conn) for name in ("第一", "第二", "第三"))
    link = next_link_of_all(conn)
    assert link == standing(conn).chain


def next_link_of_all(conn: sa.Connection) -> bytes:
    here = standing(conn)
    link = first_link(ME, here.epoch)
    for row in conn.execute(sa.select(journal).where(journal.c.device == ME).order_by(journal.c.n)).mappings():
        link = next_link(link, commit_in(row))
    return link


def test_what_is_known_is_not_applied_again_though_its_words_are_gone(conn: sa.Connection) -> None:
    writer = Writer(conn)
    writer.write(OTHER, LONG_AGO, somebody("3", AWAY, "外点旧事"))
    row = conn.execute(sa.select(journal)).mappings().one()
    again = commit_in(row)
    writer.prune()
    apply(conn, [again])
    assert "外点旧事" not in words(conn)
    assert conn.execute(sa.select(sa.func.count()).select_from(person.table)).scalar_one() == 1


def test_what_comes_below_what_was_looked_through_goes_with_age_too(conn: sa.Connection) -> None:
    writer = Writer(conn)
    save_here(conn, replace(standing(conn), bound=NOW))
    skipped = {}
    for name, at, id_ in (("早来的旧事", LONG_AGO, "3"), ("早来的近事", LATELY, "4")):
        writer.seq += 1
        skipped[name] = (writer.seq, at, id_)
    writer.write(OTHER, LONG_AGO, somebody("5", AWAY, "先到的"))
    writer.write(OTHER, LONG_AGO, somebody("6", AWAY, "也先到的"))
    writer.prune()
    last = writer.seq
    for name, (seq, at, id_) in skipped.items():
        writer.seq = seq - 1
        writer.write(OTHER, at, somebody(id_, AWAY, name))
    late = [commit_in(row) for row in conn.execute(sa.select(journal).where(journal.c.seq <= 2)).mappings()]
    assert late_among(conn, late) == late
    look_again(conn, late, {})
    assert [name in words(conn) for name in skipped] == [False, True]
    while prune(conn, NOW + 2 * DAY, {}, piece=2):
        pass
    assert [name in words(conn) for name in skipped] == [False, False]
    assert late_among(conn, late) == late
    assert conn.execute(sa.select(retention.c.others_seq)).scalar_one() == last
    assert set(conn.execute(sa.select(person.c.name)).scalars()) == {*skipped, "先到的", "也先到的"}


def test_own_commits_that_came_back_late_are_looked_at_once_they_are_safe(conn: sa.Connection) -> None:
    writer = Writer(conn)
    save_here(conn, replace(standing(conn), bound=NOW))
    for id_, name in (("3", "第一"), ("4", "第二")):
        writer.write(ME, LONG_AGO, somebody(id_, AWAY, name))
    first = conn.execute(sa.select(journal).where(journal.c.n == 1)).mappings().one()
    late = commit_in(first)
    writer.prune(safe_n=2)
    conn.execute(journal.update().where(journal.c.n == 1).values(payload=first["payload"]))
    writer.prune(safe_n=2)
    assert "第一" in words(conn)
    look_again(conn, late_among(conn, [late]), {})
    assert "第一" in words(conn)
    writer.prune(safe_n=2)
    assert "第一" not in words(conn)


def test_what_was_not_written_in_this_file_waits_for_no_backup_and_holds_up_nothing(conn: sa.Connection) -> None:
    """The file was put back, or its disk copied: such commits come from the center, of epochs that go on elsewhere."""
    writer = Writer(conn)
    writer.write(ME, LONG_AGO, somebody("3", AWAY, "第一"))
    writer.bring(standing(conn).epoch, 7, somebody("4", AWAY, "放回以前写的"))
    writer.bring("e" * 16, 1, somebody("5", AWAY, "另一台写的"))
    for id_, name in (("6", "第二"), ("7", "第三")):
        writer.write(ME, LONG_AGO, somebody(id_, AWAY, name))
    writer.bring("e" * 16, 2, somebody("8", AWAY, "又一台写的"))

    def left() -> set[str]:
        told = words(conn)
        return {name for name in ("第一", "放回以前写的", "另一台写的", "第二", "第三", "又一台写的") if name in told}

    writer.prune(safe_n=2)
    assert left() == {"第三", "又一台写的"}
    writer.prune(safe_n=3)
    assert left() == set()


@pytest.mark.parametrize("numbered", [True, False])
def test_what_was_written_about_a_record_that_was_not_made_in_this_file_goes_with_age(
    conn: sa.Connection, *, numbered: bool
) -> None:
    """Unless the center has lost the number of what made it: then that is not looked through, and all of it stays."""
    writer = Writer(conn)
    writer.bring("e" * 16, 1, somebody("3", AWAY, "建档的话"), numbered=numbered)
    made = WriteId(ME, "e" * 16, 1, 0)
    writer.write(
        OTHER, LONG_AGO, Op("set", "person", "3" * 32, AWAY, {"phone": "13800000000"}, {}, "phone", "", (made,))
    )
    writer.prune(safe_n=0)
    assert ["建档的话" in words(conn), "13800000000" in words(conn)] == [not numbered] * 2
    assert conn.execute(sa.select(person.c.name, person.c.phone)).one() == ("建档的话", "13800000000")


def test_a_record_made_in_this_file_stays_whole_until_what_made_it_is_safe(conn: sa.Connection) -> None:
    writer = Writer(conn)
    writer.write(ME, LONG_AGO, somebody("3", AWAY, "建档的话"))
    made = WriteId(ME, standing(conn).epoch, 1, 0)
    writer.write(
        OTHER, LONG_AGO, Op("set", "person", "3" * 32, AWAY, {"phone": "13800000000"}, {}, "phone", "", (made,))
    )
    writer.bring("e" * 16, 1, Op("set", "person", "3" * 32, AWAY, {"phone": "13911111111"}, {}, "phone", "", (made,)))
    writer.prune(safe_n=0)
    assert all(told in words(conn) for told in ("建档的话", "13800000000", "13911111111"))


def test_what_something_is_derived_from_stays(conn: sa.Connection) -> None:
    writer = Writer(conn)
    values = {"lot": "6" * 32, "item": "7" * 32, "kind": "RECEIPT", "quantity": 4242}
    writer.write(OTHER, LONG_AGO, Op("create", "movement", "8" * 32, AWAY, values, {}))
    writer.prune()
    assert "4242" in words(conn)
    assert conn.execute(sa.select(movement.c.quantity)).scalar_one() == 4242


def test_after_a_snapshot_nothing_stays_of_records_that_are_not_here(conn: sa.Connection) -> None:
    writer = Writer(conn)
    writer.write(OTHER, LATELY, somebody("3", AWAY, "不在了的"), somebody("4", AWAY, "还在的"))
    writer.write(ME, LATELY, somebody("5", HOME, "自己写的"))
    conn.execute(person.table.delete().where(person.c.id.in_(["3" * 32, "5" * 32])))
    writer.prune()
    assert "不在了的" in words(conn)
    tidy_after_snapshot(conn, writer.seq)
    writer.prune()
    told = words(conn)
    assert "不在了的" not in told
    assert "还在的" in told
    assert "自己写的" in told
