"""A center that is lost and put back, and what devices bring it of each other, by hand."""

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import sqlalchemy as sa

from app.base.ids import new_id
from app.center.admin import status
from app.center.backup import back_up
from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.center.offers import answer_offer
from app.center.quarantine import set_aside
from app.center.restore import restore
from app.center.vouching import not_seen
from app.features.cases.tables import case
from app.features.people.tables import person
from app.journal.here import save_here, standing
from app.journal.ops import Commit, CommitId, Op, OpPart, pack_parts, unpack_parts
from app.journal.tables import journal
from app.store.engine import reading, writing
from app.store.sealing import Cost
from app.sync.offering import OfferedId, OfferRequest, OfferResponse
from app.sync.protocol import PageCommit
from tests.center.points import Point, PointAt


@dataclass
class Lose:
    """`keep` makes a backup; called, it gives the center as it is once the last one was put back."""

    hub: Hub
    file: Path
    engine: sa.Engine

    def keep(self) -> None:
        back_up(self.hub, self.file, "seven words", cost=Cost(8, 1, 1))

    def __call__(self) -> Hub:
        again = Hub(self.engine, self.hub.clock)
        restore(again, self.file, "seven words")
        return again


def hub_epoch(hub: Hub) -> str:
    return str(status(hub.engine)["hub_epoch"])


def page_commit(point: Point, commit: Commit, places: set[int] | None = None) -> PageCommit:
    """A commit as this reader holds it."""
    with reading(point.engine) as conn:
        j = journal.c
        where = (j.device == commit.device, j.epoch == commit.epoch, j.n == commit.n)
        row = conn.execute(sa.select(journal).where(*where)).mappings().one()
    parts = [OpPart(part.at, "", part.raw) for part in unpack_parts(row["payload"])]
    names = ("device", "epoch", "serial", "n", "eff", "wall", "bound", "schema", "actor")
    raw = pack_parts([part for part in parts if places is None or part.at in places])
    return PageCommit(**{name: row[name] for name in names}, seq=0, parts=msgspec.Raw(raw))


def offer(hub: Hub, point: Point, *commits: PageCommit, ids: list[OfferedId] | None = None) -> OfferResponse:
    request = OfferRequest(1, "r", point.device, hub_epoch(hub), ids or [], list(commits))
    return answer_offer(hub, request, hub.clock())


def bring(hub: Hub, reader: Point, *commits: Commit, of: Point | None = None) -> OfferResponse:
    """The device offers these commits as it holds them; `of`: as that one does."""
    return offer(hub, reader, *(page_commit(of or reader, commit) for commit in commits))


def known_before(point_at: PointAt, lose: Lose, *node_codes: str) -> list[Point]:
    """A device at each of these nodes that has synced; then a backup is made."""
    points = [point_at(code) for code in node_codes]
    for point in points:
        point.sync()
    lose.keep()
    return points


def read_and_lost(point_at: PointAt, lose: Lose) -> tuple[Point, Commit, Hub]:
    """Who has read that 李四 was registered after the backup, that commit, and the center put back since."""
    author, reader = point_at("V1"), point_at("V1")
    lose.keep()
    commit = author.write(create("person", author.actor.node, name="李四"))
    author.sync()
    reader.sync()
    return reader, commit, lose()


def names(hub: Hub) -> set[str]:
    with reading(hub.engine) as conn:
        return set(conn.execute(sa.select(person.c.name)).scalars())


def create(kind: str, node: str, **values: object) -> Op:
    return Op("create", kind, new_id(), node, values, {})


def aside(hub: Hub) -> list[tuple[str, int, str]]:
    with reading(hub.engine) as conn:
        return [(entry.device, entry.n, entry.code) for entry in set_aside(conn)]


def push_again(hub: Hub, point: Point) -> None:
    """Send all that the point has made, to a center that was put back."""
    with writing(point.engine) as conn:
        save_here(conn, replace(standing(conn), acked_n=0))
    request = point.request()
    request.hub_epoch, request.pull.max_bytes = hub_epoch(hub), 0
    assert answer_exchange(hub, request, hub.clock()).ack.n == request.have_n


def entries(hub: Hub, by: Point) -> list[CommitId]:
    """What this device brought, and could not have read as far as the center knows."""
    with reading(hub.engine) as conn:
        return not_seen(conn, by.device)


def handed_over(author: Point, to: Point) -> tuple[Commit, Commit]:
    """A case is met and given to another point; both have synced."""
    about = create("case", author.actor.node, case_status="OPEN", story="住到那边去了")
    made = author.write(about)
    given = author.write(Op("rehome", "case", about.id, author.actor.node, {"node": to.actor.node}, {}))
    author.sync()
    to.sync()
    return made, given


def homes(hub: Hub) -> list[str]:
    with reading(hub.engine) as conn:
        return list(conn.execute(sa.select(case.c.node)).scalars())
