"""What an act touched: kinds and ids. The screen learns of change in this one way."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Changes:
    """The records touched by an act, a round or a rebuild, by kind."""

    ids: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Changes":
        gathered: dict[str, set[str]] = {}
        for kind, id_ in pairs:
            gathered.setdefault(kind, set()).add(id_)
        return cls(MappingProxyType({kind: frozenset(ids) for kind, ids in gathered.items()}))

    def touches(self, *kinds: str) -> bool:
        return any(kind in self.ids for kind in kinds)

    def __or__(self, other: "Changes") -> "Changes":
        if not self.ids or not other.ids:
            return self if self.ids else other
        union = {
            kind: self.ids.get(kind, frozenset()) | other.ids.get(kind, frozenset())
            for kind in {**self.ids, **other.ids}
        }
        return Changes(MappingProxyType(union))

    def __bool__(self) -> bool:
        return bool(self.ids)

    def pairs(self) -> Iterator[tuple[str, str]]:
        return ((kind, id_) for kind, ids in self.ids.items() for id_ in ids)
