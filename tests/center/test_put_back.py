"""A center that was put back lets nobody in who was shut out since, brings nothing back that was erased, and says what
has to be done again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.errors import Refused
from app.center.admission import admit as let_in
from app.center.admission import enroll_node, revoke
from app.center.backup import back_up
from app.center.erase import erase
from app.center.exchange import answer_exchange
from app.center.hub import Declined, Hub, standing_city
from app.center.offers import answer_offer
from app.center.restore import restore, say_put_back, stands_since
from app.center.revoked import keep_revoked
from app.center.starting import catch_up, write_down
from app.center.tables import device
from app.features.people.commands import AmendPerson
from app.features.people.tables import person
from app.journal.load import commit_in
from app.journal.ops import CommitId
from app.journal.sweep import sweep
from app.journal.tables import erasing, head, journal
from app.store.engine import open_plain, reading, writing
from app.store.schema import create_tables
from app.store.sealing import Cost
from app.sync.offering import OfferedId, OfferRequest, mark_of
from tests.center.newcomers import Newcomer
from tests.center.points import Point, PointAt

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
    create_tables(engine)
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
    with pytest.raises(Refused, match="no_such_device"):
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


def hub_epoch(hub: Hub) -> str:
    with reading(hub.engine) as conn:
        return str(standing_city(conn)["hub_epoch"])


def says(hub: Hub, text: str) -> bool:
    """Whether a record or a commit of this center says this still."""
    with reading(hub.engine) as conn:
        rows = conn.execute(sa.select(person.c.name, person.c.phone)).all()
        payloads = conn.execute(sa.select(journal.c.payload)).scalars().all()
    return any(text in row for row in rows) or any(text.encode() in bytes(payload) for payload in payloads)


def erases(point: Point) -> list[OfferedId]:
    """What a reader has of erases, as it offers them."""
    with reading(point.engine) as conn:
        commits = [commit_in(row) for row in conn.execute(sa.select(journal)).mappings()]
    found = []
    for commit in commits:
        if any(bytes(part.raw).startswith(b'["erase"') for part in commit.parts):
            places, marks = [part.at for part in commit.parts], [mark_of(part) for part in commit.parts]
            found.append(OfferedId(*commit.id, places, marks))
    return found


def test_what_was_erased_after_the_backup_stays_erased(hub: Hub, again: Hub, point_at: PointAt, tmp_path: Path) -> None:
    author, reader = point_at("V1"), point_at("V1")
    id_ = author.register("赵秘密", phone="13900001111")
    stays = author.register("钱留下")
    author.sync()
    backup = keep(hub, tmp_path)
    author.do(AmendPerson(person=id_, reason="问到了", phone="13911112222"))
    author.sync()
    done = erase(hub, "person", id_)
    reader.sync()
    restore(again, backup, WORDS)
    assert not says(again, "赵秘密")
    with reading(again.engine) as conn:
        known = {
            CommitId(*row).text() for row in conn.execute(sa.select(journal.c.device, journal.c.epoch, journal.c.n))
        }
        assert conn.execute(sa.select(person.c.name).where(person.c.id == stays)).scalar_one() == "钱留下"
    assert done.commit in known  # who has read it has no other one to take in
    offered = erases(reader)
    assert offered
    request = OfferRequest(1, "r", reader.device, hub_epoch(again), offered, [])
    assert answer_offer(again, request, again.clock()).wanted == []
    assert catch_up(again).applied == 0
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(erasing.c.record)).first() is None


def test_a_database_that_other_tools_put_back_erases_again_too(
    hub: Hub, again: Hub, point_at: PointAt, tmp_path: Path
) -> None:
    """Also where nobody said so: the list is looked through whenever a center begins to serve."""
    point = point_at("V1")
    id_ = point.register("孙二")
    point.sync()
    point.do(AmendPerson(person=id_, reason="问到了", phone="13900001111"))
    point.sync()
    backup = keep(hub, tmp_path)
    with reading(hub.engine) as conn:
        write = conn.execute(sa.select(head.c.write).where(head.c.record == id_, head.c.grp == "phone")).scalar_one()
    erase(hub, "person", id_, [write])
    restore(Hub(again.engine, again.clock, files=tmp_path / "nowhere"), backup, WORDS)
    assert says(again, "13900001111")
    catch_up(again)
    assert not says(again, "13900001111")
    assert says(again, "孙二")
    say_put_back(again)
    catch_up(again)
    with reading(again.engine) as conn:
        heads = sa.select(sa.func.count()).select_from(head).where(head.c.record == id_, head.c.grp == "@erased")
        assert conn.execute(heads).scalar_one() == 1
        assert not sweep(conn)


def test_an_erase_written_down_before_its_record_comes_again(
    hub: Hub, again: Hub, point_at: PointAt, tmp_path: Path
) -> None:
    author = point_at("V1")
    backup = keep(hub, tmp_path)
    id_ = author.register("赵秘密")
    whole = author.request()
    author.sync()
    erase(hub, "person", id_)
    restore(again, backup, WORDS)
    whole.hub_epoch = hub_epoch(again)
    assert answer_exchange(again, whole, again.clock()).ack.n == whole.push.commits[-1].n
    assert not says(again, "赵秘密")


def test_a_damaged_list_of_erasures_is_said_in_words(hub: Hub, again: Hub, tmp_path: Path) -> None:
    backup = keep(hub, tmp_path)
    assert again.files is not None
    (again.files / "erased").write_text("nonsense\n")
    with pytest.raises(Refused, match="erased_unreadable"):
        restore(again, backup, WORDS)
    with reading(again.engine) as conn:
        assert conn.execute(sa.select(journal.c.n)).first() is None  # all of it or nothing


def test_who_came_in_and_was_shut_out_after_the_backup_does_not_come_in_anew(
    hub: Hub, again: Hub, tmp_path: Path
) -> None:
    enrolled, newcomer = enroll_node(hub, "V1"), Newcomer()
    backup = keep(hub, tmp_path)
    let_in(hub, newcomer.request(enrolled))
    revoke(hub, newcomer.device)
    restore(again, backup, WORDS)
    with pytest.raises(Declined, match="401 revoked"):
        let_in(again, newcomer.request(enrolled))
    with pytest.raises(Declined, match="401 revoked"):
        let_in(again, newcomer.request(enroll_node(again, "V2")))


def test_a_code_used_after_the_backup_is_good_for_its_device_alone(hub: Hub, again: Hub, tmp_path: Path) -> None:
    enrolled, newcomer = enroll_node(hub, "V1"), Newcomer()
    backup = keep(hub, tmp_path)
    let_in(hub, newcomer.request(enrolled))
    restore(again, backup, WORDS)
    with pytest.raises(Declined, match="403 code_used"):
        let_in(again, Newcomer().request(enrolled))
    let_in(again, newcomer.request(enrolled))


def test_a_center_that_begins_to_serve_looks_where_its_photos_are(
    hub: Hub, again: Hub, point_at: PointAt, tmp_path: Path
) -> None:
    """`restore` and `revoke` may have looked elsewhere: whoever serves knows the folder."""
    files = tmp_path / "photos"
    here, there = Hub(hub.engine, hub.clock, files=files), Hub(again.engine, again.clock, files=files)
    point = point_at("V1")
    backup = keep(hub, tmp_path)
    revoke(Hub(hub.engine, hub.clock, files=tmp_path / "elsewhere"), point.device)
    catch_up(here)
    write_down(here)
    restore(Hub(again.engine, again.clock, files=tmp_path / "elsewhere"), backup, WORDS)
    assert shut_out(again) == set()
    catch_up(there)
    assert shut_out(again) == {point.device}
