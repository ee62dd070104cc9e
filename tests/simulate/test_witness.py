"""What the witness of a world must see: commits that became others, photos that are not where they should be."""

from contextlib import nullcontext

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import new_id
from app.center.hub import center_actor
from app.center.tables import quarantine
from app.cli.simulate import troubles
from app.cli.simulate.ends import in_memory
from app.cli.simulate.founding import NODE_IDS, WATER
from app.cli.simulate.invariants import Broken
from app.cli.simulate.photographs import picture
from app.cli.simulate.promises import Counted
from app.cli.simulate.world import World, opened
from app.features.cases import search
from app.features.cases.commands_grant import GrantCase, RevokeCase
from app.features.cases.commands_photo import AddEncounterPhotos, RemoveEncounterPhoto
from app.features.cases.tables import encounter_photo
from app.features.inventory.commands_count import RecordCountLine, StartCount
from app.features.inventory.rules import lot_id
from app.features.inventory.tables import count
from app.features.org.commands import AmendNode
from app.features.people.commands import RegisterPerson
from app.features.people.commands_photo import AddPersonPhotos
from app.features.people.tables import person
from app.features.photos.commands import FetchPhoto, KeepPhoto, PhotoTaken, picture_of
from app.journal.apply import door
from app.journal.tables import attached, draft, journal
from app.store.content import name_of
from app.store.engine import reading, writing
from app.sync import aside
from app.sync.protocol import PageCommit
from tests.features.cases.givens import nameless


def calm(world: World) -> None:
    """Nothing is lost on the way."""
    for name in type(world.weather).__dataclass_fields__:
        setattr(world.weather, name, 0.0)


def overwrite(engine: sa.Engine, device: str, n: int, by: int) -> None:
    """A commit gets the ops of another one of the same author."""
    j = journal.c
    with writing(engine) as conn:
        payload = conn.execute(sa.select(j.payload).where(j.device == device, j.n == by)).scalar_one()
        conn.execute(journal.update().where(j.device == device, j.n == n).values(payload=payload))


def two_people(world: World) -> None:
    calm(world)
    device = world.devices[0]
    for name in ("甲", "乙"):
        device.do(RegisterPerson(name=name, gender="MALE", age_est=40))
    world.round(device)


@pytest.mark.parametrize("where", ["nowhere", "center", "author", "reader"])
def test_an_acknowledged_commit_that_becomes_another_is_seen(where: str) -> None:
    with opened(0, in_memory) as world:
        two_people(world)
        author, reader = world.devices[0], world.devices[1]
        world.round(reader)
        here = author.here()
        places = {"center": world.center.end.engine, "author": author.engine, "reader": reader.engine}
        if where in places:
            overwrite(places[where], here.device, here.n, here.n - 1)
        with pytest.raises(Broken, match="I1") if where in places else nullcontext():
            world.witness._acknowledged(world.devices)


@pytest.mark.parametrize("told", [{}, {"actor": "u-V9"}, {"wall": 7}])
def test_who_wrote_a_commit_and_when_is_the_same_everywhere(told: dict[str, object]) -> None:
    with opened(0, in_memory) as world:
        two_people(world)
        author, reader = world.devices[0].here(), world.devices[1]
        world.round(reader)
        with writing(reader.engine) as conn:
            j = journal.c
            one = (j.device == author.device, j.n == author.n)
            assert conn.execute(journal.update().where(*one).values(told or {"n": author.n})).rowcount == 1
        with pytest.raises(Broken, match="I1") if told else nullcontext():
            world.witness._acknowledged(world.devices)


def test_what_a_copied_disk_is_told_to_be_there_is_what_was_acknowledged() -> None:
    """The witness looks again at what another laptop was already told."""
    with opened(0, in_memory) as world:
        two_people(world)
        author = world.devices[0]
        here = author.here()
        world.witness._seen.clear()
        world.witness.saw_round(author)
        overwrite(author.engine, here.device, here.n, here.n - 1)
        overwrite(world.center.end.engine, here.device, here.n, here.n - 1)
        world.witness._seen.clear()
        with pytest.raises(Broken, match="in whose place"):
            world.witness.saw_round(author)


def must_be_kept(world: World, code: str, commits: int, *, is_kept: bool) -> None:
    """So many commits lie aside at the center; nothing acknowledged is lost as long as they do."""
    with writing(world.center.end.engine) as conn:
        told = quarantine.c.code == code
        assert len(conn.execute(sa.select(quarantine).where(told)).all()) == commits
        if not is_kept:
            conn.execute(quarantine.delete().where(told))
    with nullcontext() if is_kept else pytest.raises(Broken, match="I1: acknowledged commits"):
        world.witness._acknowledged(world.living())


@pytest.mark.parametrize("is_kept", [True, False])
def test_what_a_center_does_not_take_from_a_reader_is_kept(*, is_kept: bool) -> None:
    """Its author's disk is gone; the center lost the case, and who was let in."""
    with opened(0, in_memory) as world:
        calm(world)
        author, guest = world.devices[0], world.devices[2]
        for device in (author, guest):
            world.round(device)
        troubles.center_backed_up(world, author)
        met = author.do(nameless())
        assert met is not None
        author.do(GrantCase(case=met.id("case"), point=guest.node_id, reason="常在那边"))
        for device in (author, guest):
            world.round(device)
        author.is_gone = True
        troubles.center_put_back(world, author)
        world.round(guest)
        assert world.witness.not_believed(world.living()) == [guest]
        must_be_kept(world, "not_seen", 2, is_kept=is_kept)


@pytest.mark.parametrize("is_kept", [True, False])
def test_of_two_tellings_of_a_commit_that_is_kept_which_readers_have(*, is_kept: bool) -> None:
    """Its author's disk and the center were put back, and another was written under its number. Of the person the town
    has nothing: nobody has all that was acknowledged."""
    with opened(0, in_memory) as world:
        calm(world)
        author = world.devices[0]
        town = next(device for device in world.devices if device.node == "T1")
        for device in (author, town):
            world.round(device)
        troubles.center_backed_up(world, author)
        before = author.back_up()
        author.do(nameless())
        for device in (author, town):
            world.round(device)
        troubles.center_put_back(world, author)
        author.put_back(before, whole_disk=True)
        author.do(RegisterPerson(name="乙", gender="MALE", age_est=40))
        for device in (author, town):
            world.round(device)
        must_be_kept(world, "relayed_other", 1, is_kept=is_kept)


def comes_under(world: World, point: str, town: str) -> None:
    """The center says so."""
    with reading(world.center.hub.engine) as conn:
        actor = center_actor(conn)
    command = AmendNode(node=point, parent=NODE_IDS[town], reason="区划调整")
    world.center.hub.runner().do(command, actor)


def take_out(engine: sa.Engine, device: str, n: int) -> None:
    j = journal.c
    with writing(engine) as conn:
        conn.execute(journal.delete().where(j.device == device, j.n == n))


@pytest.mark.parametrize("learns", [True, False])
def test_a_leaving_that_is_lost_is_learned_by_comparing_alone(*, learns: bool) -> None:
    """It is lost with the center and the laptop that wrote it."""
    with opened(0, in_memory) as world:
        calm(world)
        author, other, guest = world.devices[0], world.devices[1], world.devices[2]
        met = author.do(nameless())
        assert met is not None
        author.do(GrantCase(case=met.id("case"), point=guest.node_id, reason="常在那边"))
        for device in (author, other, guest):
            world.round(device)
        troubles.center_backed_up(world, author)
        other.do(RevokeCase(case=met.id("case"), point=guest.node_id, reason="搬走了"))
        world.round(other)
        world.round(guest)
        other.is_gone = True
        troubles.center_put_back(world, author)
        if not learns:
            world.losses.leavings.clear()
        with nullcontext() if learns else pytest.raises(Broken, match=r"I2: .*c: case .* missing"):
            world.heal()
            world.check()


@pytest.mark.parametrize("learns", [True, False])
def test_what_a_center_does_not_take_back_of_a_commit_is_learned_by_comparing_alone(*, learns: bool) -> None:
    """That a point comes under another town is taken from none of its devices; why it does, from one that knows no more
    than that since it compared."""
    with opened(0, in_memory) as world:
        calm(world)
        first, second = world.devices[2], world.devices[3]
        for device in (first, second):
            world.round(device)
        troubles.center_backed_up(world, first)
        comes_under(world, first.node_id, "T2")
        for device in (first, second):
            world.round(device)
        for _ in range(2):
            troubles.center_put_back(world, first)
            world.round(first)
        if not learns:
            world.losses.numbered.clear()
        with nullcontext() if learns else pytest.raises(Broken, match=r"I2: .*d: node .* differs"):
            world.heal()
            world.check()


def test_a_form_left_open_about_what_is_not_there_is_seen() -> None:
    with opened(0, in_memory) as world:
        two_people(world)
        world.heal()
        world.check()
        values = {"key": f"amend:{new_id()}", "content": "{}", "actor": "", "kept_at": 0}
        with writing(world.devices[0].engine) as conn:
            conn.execute(draft.insert(), values)
        with pytest.raises(Broken, match="I5: forms open at a"):
            world.check()


@pytest.mark.parametrize("gone", [False, True])
def test_words_about_a_record_that_left_are_seen(*, gone: bool) -> None:
    with opened(0, in_memory) as world:
        two_people(world)
        reader = world.devices[1]
        world.round(reader)
        if gone:
            with writing(reader.engine) as conn:
                conn.execute(person.table.delete().where(person.c.name == "甲"))
        with pytest.raises(Broken, match="I5: words at b") if gone else nullcontext():
            world.witness._scope(world.living())


@pytest.mark.parametrize("taken_back", [False, True])
def test_what_left_and_lies_aside_or_is_found_still_is_seen(
    monkeypatch: pytest.MonkeyPatch, *, taken_back: bool
) -> None:
    with opened(0, in_memory) as world:
        calm(world)
        owner, guest = world.devices[0], world.devices[2]
        for device in (owner, guest):
            world.round(device)
        met = owner.do(nameless(name="甲"))
        assert met is not None
        owner.do(GrantCase(case=met.id("case"), point=guest.node_id, reason="请协助"))
        for device in (owner, guest):
            world.round(device)
        with reading(owner.engine) as conn:
            j = journal.c
            row = conn.execute(sa.select(journal).where(j.device == met.commit.device, j.n == met.commit.n)).one()
        names = ("device", "epoch", "serial", "n", "seq", "eff", "wall", "bound", "schema", "actor")
        told = PageCommit(**{name: getattr(row, name) for name in names}, parts=msgspec.Raw(row.payload))
        if taken_back:
            owner.do(RevokeCase(case=met.id("case"), point=guest.node_id, reason="已完成"))
            for device in (owner, guest):
                world.round(device)
        world.witness._scope([guest])
        with writing(guest.engine) as conn:
            aside.put(conn, told, "apply_failed", 0)
        with pytest.raises(Broken, match="lies aside at") if taken_back else nullcontext():
            world.witness._scope([guest])
        with writing(guest.engine) as conn:
            aside.forget(conn, told)
        monkeypatch.setattr(search, "indexed", lambda _conn: {met.id("person")})
        with pytest.raises(Broken, match="is found at") if taken_back else nullcontext():
            world.witness._scope([guest])


@pytest.mark.parametrize("gone", ["", "at the center", "waits", "with its laptop"])
def test_photos_that_did_not_arrive_are_seen(gone: str) -> None:
    with opened(0, in_memory) as world:
        calm(world)
        device, made = world.devices[0], picture(0)
        who = device.do(RegisterPerson(name="甲", gender="MALE", age_est=40))
        assert who is not None
        device.do(KeepPhoto(photo=made.data, thumbnail=picture_of(made.thumbnail)))
        name = name_of(made.data)
        device.do(AddPersonPhotos(person=who.id("person"), photos=(PhotoTaken(photo=name),)))
        assert "1 out" in world.round(device).partition("photos")[2]
        if gone in ("at the center", "with its laptop"):
            world.center.hub.content.remove(name)
        if gone == "waits":
            with writing(device.engine) as conn:
                conn.execute(attached.update().values(kept_in=""))
        if gone == "with its laptop":
            world.album.gone.add(name)
        wrong = list(world.album.check(world.center, world.living()))
        assert len(wrong) == (gone in ("at the center", "waits"))


@pytest.mark.parametrize("reads", [True, False])
def test_a_photo_comes_only_to_whom_the_center_gives_it(*, reads: bool) -> None:
    """The center lost that the point came under this town, which has the photo's record for its own words' sake alone:
    they are not taken."""
    with opened(0, in_memory) as world:
        calm(world)
        author, town, made = world.devices[2], world.devices[4], picture(0)
        comes_under(world, author.node_id, "T2")
        for device in (author, town):
            world.round(device)
        met = author.do(nameless())
        assert met is not None
        author.do(KeepPhoto(photo=made.data, thumbnail=picture_of(made.thumbnail)))
        name = name_of(made.data)
        add = AddEncounterPhotos(encounter=met.id("encounter"), photos=(PhotoTaken(photo=name),))
        hung = author.do(add, author.who())
        assert hung is not None
        world.round(author)
        troubles.center_backed_up(world, author)
        comes_under(world, author.node_id, "T1")
        world.round(town)
        town.do(FetchPhoto(photo=name))
        if not reads:
            troubles.center_put_back(world, author)
            town.do(RemoveEncounterPhoto(encounter_photo=hung.id("encounter_photo"), reason="挂错了"))
            world.round(town)
            assert len(town.rows(sa.select(encounter_photo.c.id))) == 1
            assert town.rows(sa.select(attached.c.trouble)) == [("not_referenced",)]
        wrong = list(world.album.check(world.center, [town]))
        assert wrong == ([f"e: photo {name[:8]} was asked for and has not come"] if reads else [])


@pytest.mark.parametrize("is_there", [True, False])
def test_a_wrong_line_is_put_right_while_there_is_the_count_it_is_of(*, is_there: bool) -> None:
    with opened(0, in_memory) as world:
        calm(world)
        device, lot = world.devices[0], lot_id(WATER, None, None)
        started = device.do(StartCount(take_type="SPOT", counter="张三", observer="李四"))
        assert started is not None
        place = (device.node_id, lot)
        seen, moment, id_ = world.shelves.at(place), world.clock.now, started.id("count")
        device.do(RecordCountLine(count=id_, quantity=seen + 3, item=WATER))
        world.round(device)
        if not is_there:
            take_out(world.center.end.engine, started.commit.device, started.commit.n)
            for engine in (world.center.end.engine, device.engine):
                with writing(engine) as conn, door(1):
                    conn.execute(count.table.delete())
        promise = Counted(place, moment, id_, {"item": WATER}, seen, was_mistyped=True)
        world.goods.promises.append(promise)
        world._keep_promises()
        assert promise.is_kept(troubles.center_books(world)) == is_there
        assert (place in world.shelves.unsure) != is_there
