"""Changes say which kinds and ids an act touched, and add up."""

from app.base.changes import Changes


def test_changes_gather_by_kind() -> None:
    changes = Changes.of([("person", "a"), ("case", "b"), ("person", "c"), ("person", "a")])
    assert changes.ids == {"person": frozenset({"a", "c"}), "case": frozenset({"b"})}
    assert changes.touches("lot", "case")
    assert not changes.touches("lot")
    assert set(changes.pairs()) == {("person", "a"), ("person", "c"), ("case", "b")}


def test_changes_add_up_and_nothing_is_false() -> None:
    both = Changes.of([("person", "a")]) | Changes.of([("person", "b"), ("lot", "c")])
    assert both.ids == {"person": frozenset({"a", "b"}), "lot": frozenset({"c"})}
    assert both
    assert not Changes()
    assert not Changes() | Changes.of([])
    assert (both | Changes()).ids == both.ids
