"""Bytes that records name, at a point: what is asked of them often costs what waits, not what was ever kept."""

from app.features.registry import load_features
from app.journal import attached
from app.store.engine import open_plain, writing
from app.store.schema import create_tables

load_features()
HUB = "e" * 16


def test_no_question_looks_through_all_thumbnails() -> None:
    """They stand in the rows before what is asked about: a point has thousands, and some are asked at every piece."""
    engine, asked = open_plain(None), list[str]()
    create_tables(engine)
    with writing(engine) as conn:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)
        attached.waiting(conn, HUB)
        attached.next_unsent(conn, HUB, ["a"])
        attached.next_wanted(conn, ["a"])
        attached.sweep_staged(conn, 1 << 60)
        attached.kept(conn)
        attached.alone_here(conn)
        attached.forget_kept(conn)
        attached.drop_unreferenced(conn)
        driver.set_trace_callback(None)
        about = [sql for sql in asked if "attached" in sql]
        plans = [row[3] for sql in about for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}")]
    engine.dispose()
    assert len(about) >= 8
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_what_is_wanted_again_gets_the_size_that_its_record_says_now() -> None:
    """A former program noted the 0 bytes that a record said, and nothing was ever fetched."""
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        name = "a" * 64
        attached.want(conn, name, 0, "image/jpeg", 1)
        assert attached.next_wanted(conn, []) is None
        assert attached.whole_bytes(conn, name) is None, "else nobody would ask for it"
        attached.note_kept(conn, name, HUB)
        attached.want(conn, name, 7, "image/jpeg", 2)
        found = attached.next_wanted(conn, [])
        assert found is not None
        assert (found.name, found.size) == (name, 7)
        attached.add_piece(conn, name, 0, b"abc")
        attached.want(conn, name, 5, "image/jpeg", 3)
        assert attached.next_wanted(conn, []) == attached.find(conn, name)
        found = attached.find(conn, name)
        assert found is not None
        assert (found.size, found.here) == (7, 3), "the center said so, with the bytes that came"
        staged = attached.stage(conn, b"here", "image/jpeg", "thumbnail", 1)
        attached.want(conn, staged, 9, "image/jpeg", 4)
        assert attached.whole_bytes(conn, staged) == b"here"
    engine.dispose()


def test_what_waits_is_sent_in_the_order_in_which_it_was_added() -> None:
    engine = open_plain(None)
    create_tables(engine)
    with writing(engine) as conn:
        names = [attached.stage(conn, data, "image/jpeg", "thumbnail", 1) for data in (b"3", b"1", b"2", b"0")]
        for name in names:
            attached.settle(conn, name, "photo")
        attached.note_kept(conn, names[0], HUB)
        attached.note_kept(conn, names[1], "f" * 16)  # what the center was
        found = list[str]()
        while (one := attached.next_unsent(conn, HUB, found)) is not None:
            found.append(one.name)
        assert found == names[1:]
        assert attached.waiting(conn, HUB) == attached.Waiting(3, 3, "")
    engine.dispose()
