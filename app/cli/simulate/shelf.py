"""The physical shelves of a world: what hands did.

Independent of the code under test: nothing here reads a database. Not here: whose hands (`goods.py`), and what people
still have to write about it (`promises.py`).
"""

from dataclasses import dataclass, field

Place = tuple[str, str]
"""(node id, lot id)"""


@dataclass
class Shelves:
    """`lying`: base units by place. `unsure`: places of which the books may rightly say something else, because a
    clock was set between writing and sending; they must still be the same everywhere."""

    lying: dict[Place, int] = field(default_factory=dict)
    unsure: set[Place] = field(default_factory=set)

    def put(self, place: Place, quantity: int) -> None:
        """Hands put so many there, or take away (below 0)."""
        self.lying[place] = self.at(place) + quantity
        if self.lying[place] < 0:
            raise ValueError("hands cannot take what is not there")

    def at(self, place: Place) -> int:
        return self.lying.get(place, 0)

    def sure(self) -> dict[Place, int]:
        """What must be in the books."""
        return {place: quantity for place, quantity in self.lying.items() if place not in self.unsure}
