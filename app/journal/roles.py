"""Which roles may write a kind of record: declared beside the kind, asked at the point and again at the center.

The journal knows no role by name: they come with the declarations (`app.features.roles`). Not here: which records a
device may write (`rights.py`), who acts (`app.center.rights`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may write a kind. `usual`: these roles, None for everybody.

    `finer` says otherwise for a part: "create", "void", "rehome", the name of a group or a set; and for a value,
    "field=value", which is asked beside the rest. `tiers`: the tiers whose devices may give a value at all, since a
    device may name as its actor whomever it knows. `weighs`: a field whose standing value counts as if it were
    written: whoever may not give it may not change a record that has it.
    """

    usual: frozenset[str] | None = None
    finer: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    tiers: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    weighs: str = ""

    def may(self, role: str, part: str) -> bool:
        """Whether this role may write this part."""
        allowed = self.finer.get(part, self.usual)
        return allowed is None or role in allowed

    def may_give(self, role: str, tier: str, name: str, value: object) -> bool:
        """Whether this role may give the field this value, at a device of this tier."""
        if not isinstance(value, str):
            return True
        roles, tiers = self.finer.get(f"{name}={value}"), self.tiers.get(f"{name}={value}")
        return (roles is None or role in roles) and (tiers is None or tier in tiers)


ANYBODY = Roles()
"""Of a kind that says nothing of roles."""
