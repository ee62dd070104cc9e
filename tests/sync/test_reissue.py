"""Own commits that get new ids: every name of them follows, also in drafts and in forms that were open meanwhile."""

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.cli.point_check import check_point
from app.features.cases.commands_undo import SettleDispute, UndoCommit
from app.features.inventory.commands_count import OpeningCount
from app.features.inventory.ledger import rebuild_shelf
from app.features.inventory.tables import ledger, shelf
from app.features.org.amending import shown_heads
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.apply import apply
from app.journal.drafts import Finishing, KeepDraft, drafts
from app.journal.here import standing
from app.journal.load import load_commits
from app.journal.ops import Commit, CommitId, WriteId, unpack_parts
from app.journal.reissued import ids_now
from app.journal.runner import Runner
from app.journal.tables import cover, erasing, head, journal, reissued, void
from app.store.engine import reading, writing
from app.sync import epochs
from app.sync.epochs import begin_epoch
from app.sync.outbox import unsent
from app.sync.reissue import reissue
from app.sync.tables import past_epoch
from app.sync.tidying import tidy
from app.sync.writing import inline
from tests.sync.reissuing import GOODS, Twins, anybody, twins_of
from tests.sync.town import Laptop, Town


def everything(laptop: Laptop) -> str:
    """All rows that may name a write, as one text."""
    tables = (head, cover, void, journal, person.table, ledger)
    with reading(laptop.engine) as conn:
        return repr([conn.execute(sa.select(table)).all() for table in tables])


def test_what_only_this_file_has_gets_new_ids_everywhere(twins: Twins, town: Town) -> None:
    laptop, copy = twins
    who = anybody(copy)
    with reading(copy.engine) as conn:
        before = standing(conn)
    copy.amend(who, phone="13800000001")
    copy.amend(who, phone="13800000002")
    second = copy.register("乙")
    copy.amend(second, phone="13900000001")
    copy.do(OpeningCount(lines=(GOODS,), counter="张三"))
    undone = copy.register("丙")
    copy.do(UndoCommit(commit=_commit_of(copy, undone), reason="登记错了"))
    with writing(copy.engine) as conn:
        changes = reissue(conn, before.epoch, before.n, 7)
        now = standing(conn)
        (past,) = conn.execute(sa.select(past_epoch)).all()
        assert unsent(conn) == 7
        derived = [set(conn.execute(sa.select(table)).all()) for table in (ledger, shelf)]
        rebuild_shelf(conn)
        assert [set(conn.execute(sa.select(table)).all()) for table in (ledger, shelf)] == derived
    assert {"person", "count_line", "lot"} <= changes.ids.keys()
    assert (now.serial, now.n, now.acked_n, now.letter) == (8, 7, 0, "A8")
    assert (past.epoch, past.n, past.acked_n, past.chain) == (before.epoch, before.n, before.n, before.chain)
    # Nothing names an old id but the way from it to the new one.
    left = everything(copy)
    assert not [n for n in range(2, 9) if f"{before.device}.{before.epoch}.{n}." in left]
    assert set(check_point(copy.engine).values()) == {"ok"}
    assert copy.disputes() == []
    laptop.register("别的")
    laptop.sync()
    assert copy.sync().sent == 7
    laptop.sync()
    assert laptop.status().digest == copy.status().digest == town.digest_of(laptop)
    assert laptop.disputes() == copy.disputes() == []


def test_an_erase_that_goes_through_the_journal_finds_what_got_new_ids(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, copy = twins
    who, phone = anybody(copy), "13800000009"
    with reading(copy.engine) as conn:
        before = standing(conn)
    copy.amend(who, phone=phone)
    reached = {"device": before.device, "epoch": before.epoch, "n": before.n}
    with writing(copy.engine) as conn:  # as a round leaves it that did its pieces
        conn.execute(erasing.insert(), {"record": who, **reached})
    monkeypatch.setattr(epochs, "random_hex", lambda _: "0" * 16)  # it stands before what was looked through
    with writing(copy.engine) as conn:
        reissue(conn, before.epoch, before.n, 7)
    tidy(copy.engine, inline, copy.clock())
    assert copy.rows(erasing) == []
    assert not any(phone.encode() in row["payload"] for row in copy.rows(journal))


def _commit_of(laptop: Laptop, who: str) -> str:
    with reading(laptop.engine) as conn:
        c = person.c
        row = conn.execute(sa.select(c.born_device, c.born_epoch, c.born_n).where(c.id == who)).one()
    return CommitId(*row).text()


def test_a_base_that_stays_is_named_in_full_and_one_that_moves_follows(twins: Twins) -> None:
    _, copy = twins
    who = anybody(copy)
    with reading(copy.engine) as conn:
        before = standing(conn)
    copy.amend(who, phone="13800000001")  # its base is acknowledged
    copy.amend(who, phone="13800000002")  # its base is not
    with writing(copy.engine) as conn:
        reissue(conn, before.epoch, before.n, 0)
        now = standing(conn)
        payloads = conn.execute(
            sa.select(journal.c.payload).where(journal.c.epoch == now.epoch).order_by(journal.c.n)
        ).scalars()
        first, second = (bytes(payload).decode() for payload in payloads)
        assert f'[["{before.device}","{before.epoch}",1,0]]' in first
        assert "[[1,0]]" in second


@pytest.mark.parametrize("when", ["a draft", "a form on the screen"])
def test_what_was_typed_before_is_saved_after_without_a_false_conflict(either_town: Town, when: str) -> None:
    laptop, copy = twins_of(either_town)
    who = anybody(copy)
    copy.amend(who, phone="13800000001")
    with reading(copy.engine) as conn:
        bases = shown_heads(conn, "person", who)
    runner = Runner(copy.engine, copy.clock)
    runner.do(KeepDraft(key=f"amend:{who}", content='{"bases": ["x"]}'), copy.actor)
    laptop.register("别的")
    laptop.sync()
    copy.sync()
    amend = AmendPerson(person=who, phone="13800000002", reason="问到了", bases=bases)
    if when == "a draft":
        runner.do(Finishing(amend, f"amend:{who}"), copy.actor)
        with reading(copy.engine) as conn:
            assert drafts(conn) == []
    else:
        runner.do(amend, copy.actor)
    assert copy.disputes() == []
    copy.sync()
    laptop.sync()
    assert laptop.disputes() == []
    with reading(laptop.engine) as conn:
        assert conn.execute(sa.select(person.c.phone).where(person.c.id == who)).scalar() == "13800000002"
    assert laptop.status().digest == copy.status().digest == either_town.digest_of(laptop)


def test_an_undo_asked_for_before_is_carried_out_after(twins: Twins) -> None:
    laptop, copy = twins
    who = copy.register("写错了")
    commit = _commit_of(copy, who)
    laptop.register("别的")
    laptop.sync()
    copy.sync()
    copy.do(UndoCommit(commit=commit, reason="登记错了", record=who))
    with pytest.raises(Refused, match="already_undone"):
        copy.do(UndoCommit(commit=commit, reason="登记错了", record=who))
    copy.sync()
    laptop.sync()
    for one in twins:
        with reading(one.engine) as conn:
            assert set(conn.execute(sa.select(person.c.name).where(~person.c.hidden)).scalars()) == {"甲", "别的"}


def test_a_conflict_shown_before_is_settled_after(town: Town, twins: Twins) -> None:
    laptop, copy = twins
    other = town.laptop("V1")
    other.sync()
    who = anybody(copy)
    other.amend(who, phone="13700000000")
    other.sync()
    copy.amend(who, phone="13800000001")
    laptop.sync()
    # The copy learns of the other's value before it comes to know that it is a copy.
    with reading(laptop.engine) as conn:
        theirs = conn.execute(sa.select(journal).where(journal.c.device == other.device)).mappings().all()
    assert theirs
    laptop.register("别的")
    laptop.sync()
    copy.sync()
    (found,) = copy.disputes()
    with reading(copy.engine) as conn:
        row = conn.execute(sa.select(reissued).where(reissued.c.to_epoch != reissued.c.epoch)).one()
    old = {text: text.replace(f".{row.to_epoch}.1.", f".{row.epoch}.{1 - row.shift}.") for text in found.values}
    assert set(old.values()) != set(found.values)
    choice = next(old[text] for text in found.values if old[text] != text)
    settle = SettleDispute(
        kind="person", id=who, group=found.group, bases=tuple(sorted(old.values())), choice=choice
    )  # fmt: skip
    copy.do(settle)
    assert copy.disputes() == []


def test_what_the_twin_wrote_beyond_stays_the_twin_s(town: Town, twins: Twins) -> None:
    """A stick brought some of it before the copy came to know that it is one; the copy had begun a later epoch."""
    laptop, copy = twins
    copy.register("乙")
    with writing(copy.engine) as conn:
        before = standing(conn)
        begin_epoch(conn, 1)
    copy.register("丙")
    theirs = [laptop.register(name) for name in ("丁", "戊", "己")]
    laptop.sync()
    with reading(laptop.engine) as conn:
        told = load_commits(conn, [CommitId(before.device, before.epoch, n) for n in (3, 4)])
    with writing(copy.engine) as conn:
        apply(conn, [_as_written(row) for row in told.values()])
        reissue(conn, before.epoch, 1, 2)
        j = journal.c
        kept = conn.execute(sa.select(j.n, j.seq).where(j.epoch == before.epoch, j.n > 1).order_by(j.n)).all()
        old = [CommitId(before.device, before.epoch, n) for n in (2, 3, 4)]
        now = standing(conn)
        assert ids_now(conn, old) == (CommitId(now.device, now.epoch, 1), *old[1:])
    assert [tuple(row) for row in kept] == [(id_.n, row["seq"]) for id_, row in told.items()]
    assert now.n == 2
    assert set(check_point(copy.engine).values()) == {"ok"}
    for one in (copy, laptop, copy):
        one.sync()
    assert laptop.status().digest == copy.status().digest == town.digest_of(laptop)
    assert {row["id"] for row in copy.rows(person.table)} >= set(theirs)
    assert len(copy.rows(person.table)) == 6


def _as_written(row: sa.RowMapping) -> Commit:
    names = ("device", "epoch", "serial", "n", "wall", "bound", "actor", "schema", "seq", "eff", "chain")
    return Commit(**{name: row[name] for name in names}, parts=unpack_parts(row["payload"]))


def test_ids_that_moved_twice_lead_to_where_they_are(twins: Twins) -> None:
    _, copy = twins
    with reading(copy.engine) as conn:
        first = standing(conn)
    copy.register("乙")
    copy.register("丙")
    with writing(copy.engine) as conn:
        reissue(conn, first.epoch, 1, 0)
        second = standing(conn)
    copy.register("丁")
    with writing(copy.engine) as conn:
        reissue(conn, second.epoch, 1, 0)
        third = standing(conn)
        assert (third.serial, third.n) == (3, 2)
        old = [WriteId(first.device, first.epoch, n, 0) for n in (1, 2, 3)]
        assert ids_now(conn, old) == (
            old[0],
            WriteId(first.device, second.epoch, 1, 0),
            WriteId(first.device, third.epoch, 1, 0),
        )
        assert ids_now(conn, [WriteId("x" * 32, first.epoch, 3, 0)]) == (WriteId("x" * 32, first.epoch, 3, 0),)
    assert set(check_point(copy.engine).values()) == {"ok"}


def test_a_past_epoch_that_forked_takes_the_later_ones_along_in_their_order(twins: Twins, town: Town) -> None:
    """The file was put back by the program after it had written what the center has otherwise."""
    laptop, copy = twins
    who = anybody(copy)
    copy.amend(who, phone="13800000001")
    with writing(copy.engine) as conn:
        begin_epoch(conn)
    copy.amend(who, phone="13800000002")
    laptop.register("别的")
    laptop.sync()
    report = copy.sync()
    assert report.sent == 2
    laptop.sync()
    assert laptop.disputes() == copy.disputes() == []
    with reading(laptop.engine) as conn:
        assert conn.execute(sa.select(person.c.phone).where(person.c.id == who)).scalar() == "13800000002"
    assert laptop.status().digest == copy.status().digest == town.digest_of(laptop)
    with reading(copy.engine) as conn:
        assert standing(conn).serial == 3
