"""Whole rounds between laptops and their center over real HTTP: admission, both ways, merging, settling, doubt."""

import time
from collections.abc import Callable

import sqlalchemy as sa

from app.features.org.commands import EngageStaff
from app.features.org.queries import staff_by_code
from app.features.people.tables import person
from app.store.engine import reading
from app.sync.reports import Progress
from app.sync.rounds import sync_round
from app.sync.transport import R
from tests.sync.bad_line import BadLine
from tests.sync.town import Laptop, Town


def hold_the_same(town: Town, *laptops: Laptop) -> bool:
    """After everybody synced: each laptop's digest is what the center says it must hold."""
    return all(laptop.status().digest == town.digest_of(laptop) for laptop in laptops)


def test_a_laptop_works_before_any_contact_and_its_work_arrives(either_town: Town) -> None:
    laptop = either_town.laptop("V1")
    made = [laptop.register(f"来人{i}") for i in range(30)]
    before = laptop.status()
    assert (before.standing.unsent, before.standing.admitted, before.standing.last_contact) == (30, False, None)
    report = laptop.sync()
    assert (report.sent, report.received, report.verdicts) == (30, 0, 0)
    after = laptop.status()
    assert (after.standing.unsent, after.standing.admitted, after.standing.last_error) == (0, True, "")
    assert after.standing.last_contact is not None
    assert hold_the_same(either_town, laptop)
    with reading(either_town.engine) as conn:
        assert {row.id for row in conn.execute(person.table.select())} == set(made)


def test_a_round_with_nothing_to_say_is_one_small_request(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("来人")
    laptop.sync()
    report = laptop.sync()
    assert (report.exchanges, report.sent, report.received, bool(report.changes)) == (1, 0, 0, False)
    assert report.bytes_out < 1024
    assert report.bytes_in < 1024


def test_two_laptops_and_their_district_merge_disagree_and_settle(either_town: Town) -> None:
    first, second, above = either_town.laptop("V1"), either_town.laptop("V1"), either_town.laptop("T1")
    made = first.register("李四")
    first.sync()
    assert second.sync().received == 1
    first.amend(made, phone="13800000000")
    second.amend(made, phone="13900000000", clothing="蓝色外套")
    first.sync()
    assert second.sync().conflicts == 1
    assert first.sync().conflicts == 1
    above.sync()
    for laptop in (first, second):
        (dispute,) = laptop.disputes()
        assert {value["phone"] for value in dispute.values.values()} == {"13800000000", "13900000000"}
        (row,) = laptop.rows(person.table)
        assert row["clothing"] == "蓝色外套"
    assert above.rows(person.table) == []
    assert hold_the_same(either_town, first, second, above)

    first.amend(made, phone="13700000000")
    first.sync()
    second.sync()
    for laptop in (first, second):
        assert laptop.disputes() == []
        assert laptop.rows(person.table)[0]["phone"] == "13700000000"
    assert hold_the_same(either_town, first, second)


def test_what_the_center_does_reaches_the_points_below(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    with reading(laptop.engine) as conn:
        node = staff_by_code(conn, "u-V1")
    assert node is not None
    town.do(EngageStaff(code="u-new", name="新来的", role="SPECIALIST", node=node.node))
    assert laptop.sync().received == 1
    with reading(laptop.engine) as conn:
        assert staff_by_code(conn, "u-new") is not None
    assert hold_the_same(town, laptop)


def test_many_commits_go_in_growing_batches_and_come_in_pages(town: Town) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    for i in range(1200):
        first.register(f"来人{i}", features=f"穿第{i}件外套，" + "身高一米七左右，" * (i % 17))
    told: list[Progress] = []
    report = first.sync(progress=told.append)
    assert report.sent == 1200
    assert 1 < report.exchanges < 10
    assert [p.sent for p in told] == sorted(p.sent for p in told)
    assert {p.step for p in told} == {"admitting", "exchanging", "saving"}
    assert second.sync().received == 1200
    assert hold_the_same(town, first, second)


def test_a_round_that_is_stopped_keeps_what_it_took_and_the_next_does_the_rest(town: Town) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    for i in range(300):
        first.register(f"来人{i}")
    first.sync()
    seen: list[Progress] = []
    report = second.try_sync(progress=seen.append, cancelled=lambda: any(p.done for p in seen))
    assert report.error == "cancelled"
    assert 0 < len(second.rows(person.table)) < 300
    second.sync()
    assert len(second.rows(person.table)) == 300
    assert hold_the_same(town, first, second)


def test_without_a_code_nothing_is_sent_and_a_wrong_code_is_not_tried_twice(town: Town) -> None:
    file, code = town.enrolment("V1")
    laptop = town.laptop_from(file, "", "u-V1")
    laptop.register("来人")
    assert laptop.try_sync().error == "not_admitted"
    assert laptop.try_sync().bytes_out == 0
    wrong = town.laptop_from(file, "AAAAAAAAAA" if code != "AAAAAAAAAA" else "BBBBBBBBBB", "u-V1")
    assert wrong.try_sync().error == "code_wrong"
    assert wrong.try_sync().error == "not_admitted"


def test_a_code_admits_one_laptop_alone(town: Town) -> None:
    file, code = town.enrolment("V1")
    first, second = (town.laptop_from(file, code, "u-V1") for _ in range(2))
    first.sync()
    assert second.try_sync().error == "code_used"
    assert second.status().standing.last_error == "code_used"


def test_the_last_ten_rounds_are_remembered(town: Town) -> None:
    laptop = town.laptop("V1")
    for i in range(12):
        laptop.register(f"来人{i}")
        laptop.sync()
    rounds = laptop.status().rounds
    assert [past.sent for past in rounds] == [1] * 10
    assert all(past.outcome == "ok" and past.bytes_out > 0 and past.bytes_in > 0 for past in rounds)


class Between(BadLine):
    """A way on which something happens at the point while it waits for the center."""

    def __init__(self, laptop: Laptop, meanwhile: Callable[[], object]) -> None:
        super().__init__(laptop.transport, lambda _: "")
        self.meanwhile = meanwhile

    def call(self, path: str, request_id: str, body: bytes, expected: type[R]) -> R:
        self.meanwhile()
        return super().call(path, request_id, body, expected)


def test_nothing_is_locked_while_a_round_waits_and_what_is_saved_then_goes_too(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    names = iter(["乙", "丙"])

    def save() -> None:
        began = time.monotonic()
        name = next(names, "")
        if name:
            laptop.register(name)
        assert time.monotonic() - began < 2

    report = sync_round(laptop.engine, Between(laptop, save), clock=laptop.clock)
    assert (report.error, report.sent, report.unsent) == ("", 3, 0)
    laptop.sync()
    assert hold_the_same(town, laptop)


def test_every_transaction_that_writes_is_handed_to_the_writer(town: Town) -> None:
    first, second = town.laptop("V1"), town.laptop("V1")
    for i in range(80):
        first.register(f"来人{i}")
    first.sync()
    inside = 0
    outside: list[str] = []
    jobs: list[int] = []

    def note(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if not inside and statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            outside.append(statement)

    def write(job: Callable[[], object]) -> object:
        nonlocal inside
        jobs.append(inside)
        inside += 1
        try:
            return job()
        finally:
            inside -= 1

    sa.event.listen(second.engine, "before_cursor_execute", note)
    report = sync_round(second.engine, second.transport, clock=second.clock, write=write)
    assert (report.error, report.received) == ("", 80)
    assert outside == []
    assert len(jobs) >= 4
