"""Ids: ordered by time when fresh, the same everywhere when made from a meaning."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.base.ids import is_meaning_id, meaning_id, new_id, random_hex


def test_fresh_ids_are_plain_distinct_and_sort_by_time() -> None:
    made = [new_id() for _ in range(2000)]
    assert all(re.fullmatch(r"[0-9a-f]{32}", id_) for id_ in made)
    assert len(set(made)) == len(made)
    assert made == sorted(made)
    assert not any(is_meaning_id(id_) for id_ in made)


def test_a_meaning_has_one_id_on_every_device() -> None:
    assert meaning_id("item", "WATER01") == meaning_id("item", "WATER01")
    assert is_meaning_id(meaning_id("item", "WATER01"))
    assert meaning_id("lot", "a", None) == meaning_id("lot", "a", "")


@given(st.lists(st.text(alphabet="ab", max_size=3), min_size=1, max_size=4), st.text(alphabet="kl", max_size=2))
def test_different_meanings_never_share_an_id(parts: list[str], kind: str) -> None:
    assert meaning_id(kind, *parts) != meaning_id(kind, *parts, "a")
    assert meaning_id(kind, *parts) != meaning_id(kind + "l", *parts)
    if len(parts) > 1:
        assert meaning_id(kind, *parts) != meaning_id(kind, parts[0] + parts[1], *parts[2:])


def test_random_hex_has_the_size_named() -> None:
    assert len(random_hex(16)) == 32
    assert random_hex(8) != random_hex(8)
