"""How much goes and comes at once: larger while it works, less where a line is slow or breaks."""

from app.sync.outbox import LEAST_BATCH, LEAST_PAGE, MOST_BATCH, QUICK_S, SLOW_S, Pace

KIB = 1024


def test_it_grows_from_32_to_256_kib_while_it_goes_well() -> None:
    pace = Pace(32 * KIB)
    sizes = []
    for _ in range(5):
        pace.went(QUICK_S / 2)
        sizes.append(pace.batch_bytes // KIB)
    assert sizes == [64, 128, 256, 256, 256]
    pace.went(QUICK_S / 2, 64 * KIB)
    assert pace.batch_bytes == 64 * KIB, "the center says what it takes"


def test_a_slow_line_keeps_its_size_and_a_slower_one_gets_less() -> None:
    pace = Pace(32 * KIB)
    pace.went((QUICK_S + SLOW_S) / 2)
    assert pace.batch_bytes == 32 * KIB
    pace.went(SLOW_S * 2)
    assert pace.batch_bytes == 16 * KIB


def test_where_it_broke_off_the_next_push_asks_and_more_is_tried_only_after_a_while() -> None:
    pace = Pace(64 * KIB)
    pace.broke_off()
    assert (pace.raw_bytes(), pace.batch_bytes) == (0, 32 * KIB)
    pace.went(QUICK_S / 2)
    assert (pace.raw_bytes() > 0, pace.batch_bytes) == (True, 32 * KIB)
    sizes = []
    for _ in range(9):
        pace.went(QUICK_S / 2)
        sizes.append(pace.batch_bytes // KIB)
    assert sizes[:7] == [32] * 7
    assert sizes[-1] == 64


def test_a_page_that_broke_off_comes_smaller_and_larger_ones_are_tried_only_after_a_while() -> None:
    pace = Pace(32 * KIB, page_bytes=128 * KIB)
    pace.broke_off()
    sizes = []
    for _ in range(9):
        sizes.append(pace.page_bytes // KIB)
        pace.came(QUICK_S / 2)
    assert sizes == [32] * 8 + [64]


def test_it_never_leaves_its_bounds() -> None:
    pace = Pace(2 * LEAST_BATCH)
    for _ in range(20):
        pace.broke_off()
    assert (pace.batch_bytes, pace.page_bytes) == (LEAST_BATCH, LEAST_PAGE)
    for _ in range(200):
        pace.went(0)
        pace.came(0)
    assert (pace.batch_bytes, pace.page_bytes) == (MOST_BATCH, MOST_BATCH)
