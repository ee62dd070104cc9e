"""What of past epochs is in a backup of the center, and that old words go by it: never too early, and not never."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import meaning_id
from app.center.tables import device_epoch
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.tables import case
from app.journal.here import standing
from app.journal.retention import KEPT_FOR
from app.journal.tables import journal
from app.store.backup import copy_store
from app.store.engine import reading, writing
from app.sync.epochs import begin_epoch
from app.sync.exchange import Taking, build_request
from app.sync.late import LateTaking
from app.sync.outbox import Pace
from app.sync.protocol import EXCHANGE_PATH, ExchangeResponse, PastAck
from app.sync.tables import past_epoch
from app.sync.tidying import tidy
from app.sync.writing import inline
from tests.features.cases.givens import nameless
from tests.sync.test_carrying_ugly import restored
from tests.sync.town import Laptop, Town

WORDS = ("认得出的红帽子", "认得出的蓝围巾")


def back_up(town: Town) -> None:
    """All that the center has is in a verified backup."""
    with writing(town.engine) as conn:
        conn.execute(device_epoch.update().values(safe_n=device_epoch.c.acked_n))


def told_of(laptop: Laptop) -> list[bool]:
    """Which of the words still stand in its journal, once all went that may go with age."""
    tidy(laptop.engine, inline, laptop.clock() + KEPT_FOR + DAY, pieces=1_000)
    told = b"".join(row["payload"] for row in laptop.rows(journal)).decode()
    return [words in told for words in WORDS]


def hand_over_all(laptop: Laptop) -> None:
    for row in laptop.rows(case.table):
        laptop.do(HandOverCase(case=row["id"], point=meaning_id("node", "V2"), reason="住那边"))
    laptop.sync()


def safe(laptop: Laptop) -> list[tuple[int, int, int]]:
    with reading(laptop.engine) as conn:
        p = past_epoch.c
        rows = conn.execute(sa.select(p.n, p.acked_n, p.safe_n).order_by(p.serial))
        return [(row.n, row.acked_n, row.safe_n) for row in rows]


def test_after_a_file_was_put_back_old_words_go_once_they_are_in_a_backup(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.do(nameless(story=WORDS[0]))
    laptop.sync()
    again = town.copy_of(laptop)
    laptop.do(nameless(story=WORDS[1]))
    laptop.sync()
    again.sync()
    hand_over_all(again)
    assert again.rows(case.table) == []
    assert told_of(again) == [True, True]
    assert safe(again) == [(1, 1, 0)]
    back_up(town)
    again.sync()
    assert safe(again) == [(1, 1, 1)]
    assert told_of(again) == [False, False]


def test_after_a_disk_was_copied_old_words_of_both_go_once_they_are_in_a_backup(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.sync()
    copy = town.copy_of(laptop)
    laptop.do(nameless(story=WORDS[0]))
    laptop.sync()
    copy.do(nameless(story=WORDS[1]))
    copy.sync()
    laptop.sync()
    hand_over_all(copy)
    laptop.sync()
    assert told_of(copy)[1]
    assert told_of(laptop)[0]
    back_up(town)
    for each in (laptop, copy):
        each.sync()
        assert told_of(each) == [False, False]


@pytest.mark.parametrize(
    ("told", "known"),
    [((5, 5), (2, 2)), ((2, 2), (2, 2)), ((2, 0), (2, 0)), ((1, 1), (1, 1)), ((0, 0), (0, 0)), ((5, 2), (2, 2))],
)
def test_no_more_is_safe_than_was_acknowledged_of_this_history_and_the_center_has(
    town: Town, told: tuple[int, int], known: tuple[int, int]
) -> None:
    laptop = town.laptop("V1")
    laptop.register("甲")
    laptop.register("乙")
    laptop.sync()
    with writing(laptop.engine) as conn:
        epoch = standing(conn).epoch
        begin_epoch(conn)
        conn.execute(past_epoch.update().values(safe_n=1))
    with reading(laptop.engine) as conn:
        asked = build_request(conn, Pace(1 << 20), wall=laptop.clock(), request_id="r1")
    answer = laptop.transport.call(EXCHANGE_PATH, "r1", asked.body, ExchangeResponse)
    answer.ack.past = [PastAck(epoch, *told)]
    late = town.copy_of(laptop)
    Taking(asked.request, answer, received=laptop.clock()).step(laptop.engine)
    assert safe(laptop) == [(2, *known)]
    # By hand it may be an old answer: nothing of it sets back what is known.
    LateTaking(asked.request, answer, received=late.clock()).step(late.engine)
    assert safe(late) == [(2, 2, max(1, min(told[1], 2)))]


def test_a_restored_center_is_believed_no_more_than_it_has(town: Town, tmp_path: Path) -> None:
    laptop = town.laptop("V1")
    laptop.do(nameless(story=WORDS[0]))
    laptop.sync()
    copy_store(town.engine, tmp_path / "center-copy.db")
    laptop.do(nameless(story=WORDS[1]))
    laptop.sync()
    with writing(laptop.engine) as conn:
        begin_epoch(conn)
    for row in laptop.rows(case.table):
        laptop.do(HandOverCase(case=row["id"], point=meaning_id("node", "V2"), reason="住那边"))
    laptop.sync()
    back_up(town)
    laptop.sync()
    assert safe(laptop) == [(2, 2, 2)]
    restored(town, tmp_path / "center-copy.db")
    laptop.sync()
    assert safe(laptop) == [(2, 2, 1)]
    assert laptop.rows(case.table) == []
    assert told_of(laptop)[1]
    back_up(town)
    laptop.sync()
    assert safe(laptop) == [(2, 2, 2)]
    assert told_of(laptop) == [False, False]
