"""History planted by the database itself is what laptops would have written: records follow from it, readers get it."""

from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from app.center.exchange import answer_exchange
from app.center.hub import Hub
from app.cli.bench.city import admit, found_city
from app.cli.bench.history import History
from app.cli.bench.record import Records
from app.cli.bench.sending import Device, devices_of
from app.features.cases.tables import encounter
from app.features.registry import load_features
from app.journal.apply import apply
from app.journal.ops import Commit, unpack_parts
from app.journal.tables import journal
from app.store.engine import open_center, open_plain, reading, writing
from app.store.schema import create_tables
from app.sync.protocol import ExchangeRequest, Page, unpack

load_features()
START = 1_795_000_000_000_000
VILLAGES = 40


def exchanged(hub: Hub, device: Device) -> Page:
    request = unpack(device.request().body, ExchangeRequest)
    response = answer_exchange(hub, request, hub.clock())
    device.take(response)
    return response.page


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_planted_history_is_what_laptops_would_have_written(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    on_server = where == "postgres"
    engine = open_center(
        request.getfixturevalue("postgres_database") if on_server else f"sqlite:///{tmp_path / 'center.db'}"
    )
    villages = found_city(engine, 60)[-VILLAGES:]
    writers = admit(engine, villages, "bench writer")
    hub = Hub(engine)
    (first,) = devices_of(writers[:1])
    first.write(Records(1, "", START), 1, Random(1), START)
    exchanged(hub, first)
    history = History(engine, writers)
    history.begin()
    for commits in (100, 400):
        history.grow(commits)
    with reading(engine) as conn:
        commits_there = conn.execute(sa.select(journal).order_by(journal.c.seq)).mappings().all()
        records = sa.select(encounter.table).order_by(encounter.c.id)
        there = [dict(row) for row in conn.execute(records).mappings()]
    assert len(there) == 401
    replayed = open_plain(None)
    create_tables(replayed)
    with writing(replayed) as conn:
        apply(conn, [commit_of(dict(row)) for row in commits_there])
        assert [dict(row) for row in conn.execute(records).mappings()] == there
    replayed.dispose()

    (new,) = devices_of(admit(engine, villages[5:6], "new"))
    new.cursor = ""
    told, page = 0, None
    while page is None or page.more:
        page = exchanged(hub, new)
        told += sum(commit.device == writers[5].id for commit in page.commits)
    assert told == 400 // VILLAGES
    engine.dispose()


def commit_of(row: dict[str, object]) -> Commit:
    payload = row.pop("payload")
    assert isinstance(payload, bytes)
    return Commit(**row, parts=unpack_parts(payload))  # type: ignore[arg-type]
