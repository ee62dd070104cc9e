"""Which records a device may write: asked at the point before a commit is made, and again at the center for every op.

A device may write records of its own node and of the nodes below. Kinds that every node holds (the org tree, the
catalogue) are the city's to write; a kind declared `anyones` (a lot: item, batch, expiry) may be created by any point,
under an id of its meaning. Not here: who may act at a device (`app.center.rights`), and what a role may do.
"""

from app.base.ids import is_meaning_id
from app.journal.entities import Entity, Scope
from app.journal.ops import Op
from app.journal.streams import Tree

CITY_TIER = "CITY"


def may_write(tree: Tree, device_node: str, op: Op, entity: Entity, node: str) -> bool:
    """Whether a device at `device_node` may write this op of a record that belongs to `node`."""
    if is_surely_own(device_node, op, entity, node):
        return True
    tier = tree.tier.get(device_node, "")
    if entity.scope is Scope.ALL:
        return tier == CITY_TIER
    if entity.writers and tier not in entity.writers:
        return False
    concerned = [tree.within(each, device_node) for each in node.split(" ")]
    return any(concerned) if entity.scope is Scope.BOTH else all(concerned)


def is_surely_own(device_node: str, op: Op, entity: Entity, node: str) -> bool:
    """Whether the device may write this whatever the org tree is: nearly every act, and the tree is large."""
    if entity.scope is Scope.ALL:
        return entity.anyones and op.name == "create" and is_meaning_id(op.id)
    if entity.writers:
        return False
    return device_node in node.split(" ") if entity.scope is Scope.BOTH else device_node == node
