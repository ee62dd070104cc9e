"""A center that was put back lets nobody in who was shut out since, and says what has to be done again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.admission import revoke
from app.center.backup import back_up
from app.center.exchange import answer_exchange
from app.center.hub import Declined, Hub
from app.center.restore import restore, say_put_back, stands_since
from app.center.revoked import keep_revoked
from app.center.tables import device
from app.journal.tables import journal
from app.store.engine import open_plain, reading, writing
from app.store.schema import metadata
from app.store.sealing import Cost
from tests.center.points import Point

PointAt = Callable[[str], Point]
WORDS = "seven words"


@pytest.fixture
def hub(hub: Hub, tmp_path: Path) -> Hub:
    """With a photo in its folder."""
    hub = Hub(hub.engine, hub.clock, files=tmp_path / "files")
    hub.content.keep(b"a photo")
    return hub


@pytest.fixture
def again(hub: Hub, tmp_path: Path) -> Iterator[Hub]:
    """An empty database beside the same folder."""
    engine = open_plain(tmp_path / "again.db")
    metadata.create_all(engine)
    yield Hub(engine, hub.clock, files=hub.files)
    engine.dispose()


def keep(hub: Hub, folder: Path) -> Path:
    back_up(hub, folder / "center.backup", WORDS, cost=Cost(8, 1, 1))
    return folder / "center.backup"


def shut_out(hub: Hub) -> set[str]:
    with reading(hub.engine) as conn:
        return set(conn.execute(sa.select(device.c.id).where(device.c.status == "REVOKED")).scalars())


def asks(hub: Hub, point: Point) -> None:
    request = point.request()
    request.hub_epoch = ""
    answer_exchange(hub, request, hub.clock())


def test_who_was_shut_out_after_the_backup_stays_out(hub: Hub, again: Hub, point_at: PointAt, tmp_path: Path) -> None:
    before, after, kept_in = point_at("V1"), point_at("V1"), point_at("V2")
    revoke(hub, before.device)
    backup = keep(hub, tmp_path)
    revoke(hub, after.device)
    revoke(hub, point_at("V2").device)  # the backup does not know it at all
    restore(again, backup, WORDS)
    assert shut_out(again) == {before.device, after.device}
    with pytest.raises(Declined, match="401 revoked"):
        asks(again, after)
    asks(again, kept_in)


def test_a_database_that_other_tools_put_back_shuts_them_out_too(hub: Hub, point_at: PointAt) -> None:
    point, other = point_at("V1"), point_at("V2")
    revoke(hub, point.device)
    with writing(hub.engine) as conn:  # as the database was before
        conn.execute(device.update().values(status="ACTIVE", revoked_at=None))
    keep_revoked(hub)
    say_put_back(hub)
    assert shut_out(hub) == {point.device}
    revoke(hub, other.device)
    with pytest.raises(Refused, match="unknown_record"):
        revoke(hub, "f" * 32)
    with writing(hub.engine) as conn:
        conn.execute(device.update().values(status="ACTIVE", revoked_at=None))
    say_put_back(hub)
    assert shut_out(hub) == {point.device, other.device}


def test_what_was_shut_out_before_the_folder_was_there_is_written_down_later(hub: Hub, point_at: PointAt) -> None:
    assert hub.files is not None
    early = Hub(hub.engine, hub.clock, files=hub.files.with_name("later"))
    point = point_at("V1")
    revoke(early, point.device)
    assert not early.content.root.exists()  # it would look like the photos' own
    early.content.keep(b"a photo")
    keep_revoked(early)
    with writing(hub.engine) as conn:
        conn.execute(device.update().values(status="ACTIVE", revoked_at=None))
    say_put_back(early)
    assert shut_out(hub) == {point.device}


def test_a_put_back_center_says_since_when(hub: Hub, point_at: PointAt) -> None:
    point = point_at("V1")
    point.register("李四")
    point.sync()
    with reading(hub.engine) as conn:
        last = conn.execute(sa.select(sa.func.max(journal.c.eff))).scalar_one()
    say_put_back(hub)
    with reading(hub.engine) as conn:
        assert stands_since(conn) == last
