"""Ops from their bytes: a creation is read in one step, and says and refuses what reading it piece by piece does."""

import pytest

from app.journal.ops import Malformed, Op, decode_op

DEVICE, EPOCH = "d" * 32, "e" * 16
CREATIONS = {
    '["create","person","1","n",{}]': Op("create", "person", "1", "n", {}, {}),
    '["create","person","1","n",{"a":"甲","b":5,"c":true,"d":null},{"s":["x","y"],"t":[]}]': Op(
        "create", "person", "1", "n", {"a": "甲", "b": 5, "c": True, "d": None}, {"s": ["x", "y"], "t": []}
    ),
    '["create","person","1","n",{"a":1,"a":2,"big":123456789012345678901234567890},{},"later"]': Op(
        "create", "person", "1", "n", {"a": 2, "big": 123456789012345678901234567890}, {}
    ),
}
NO_CREATIONS = [
    '["create"]',
    '["create","person","1","n"]',
    '["create",5,"1","n",{}]',
    '["create","person",null,"n",{}]',
    '["create","person","1",["n"],{}]',
    '["create","person","1","n",[]]',
    '["create","person","1","n",null]',
    '["create","person","1","n",{"a":1.0}]',
    '["create","person","1","n",{"a":1e400}]',
    '["create","person","1","n",{"a":["x"]}]',
    '["create","person","1","n",{"a":{}}]',
    '["create","person","1","n",{},null]',
    '["create","person","1","n",{},{"s":"x"}]',
    '["create","person","1","n",{},{"s":[1]}]',
    '["create","person","1","n",{},{"s=x":["x"]}]',
    '["create","person","1","n",{},{"@home":["x"]}]',
    '["create","person","1","n",{},{"":["x"]}]',
    '["create","person","1","n",{"a":"\\ud800"}]',
    '["create","person","1","n",{}',
]


def both_ways(text: str) -> list[bytes]:
    """As programs write it, and with a space that no program writes."""
    return [text.encode(), text.replace("[", "[ ", 1).encode()]


@pytest.mark.parametrize("text", CREATIONS)
def test_a_creation_says_the_same_either_way(text: str) -> None:
    assert [decode_op(raw, DEVICE, EPOCH) for raw in both_ways(text)] == [CREATIONS[text]] * 2


@pytest.mark.parametrize("text", NO_CREATIONS)
def test_what_is_no_creation_is_refused_either_way(text: str) -> None:
    for raw in both_ways(text):
        with pytest.raises(Malformed):
            decode_op(raw, DEVICE, EPOCH)
