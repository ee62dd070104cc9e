"""What a form was shown of a record, and what was typed about it, goes where the record goes."""

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center.erase import erase
from app.center.hub import Hub
from app.features.cases.commands_grant import GrantCase, HandOverCase, RevokeCase
from app.features.cases.tables import case
from app.journal.attached import find
from app.journal.drafts import KeepDraft, drafts
from app.journal.ops import Op, WriteId
from app.store.engine import reading, writing
from app.sync.pages import take_commits
from tests.features.cases.givens import nameless
from tests.photographs import keep_photo, prepared
from tests.sync.in_memory import Device, World, meet, sync
from tests.sync.photographing import name
from tests.sync.test_aside import page_commit
from tests.sync.test_snapshot import FAR, far_town, many
from tests.sync.town import Town

__all__ = ["far_town"]
NAME = "欧阳慕容"


def keep(device: Device, key: str, **content: object) -> None:
    device.runner.do(KeepDraft(key=key, content=msgspec.json.encode(content).decode()), device.actor)


def kept(device: Device) -> set[str]:
    with reading(device.engine) as conn:
        return {draft.key for draft in drafts(conn)}


def person_of(device: Device, case_id: str) -> str:
    with reading(device.engine) as conn:
        return str(conn.execute(sa.select(case.c.person).where(case.c.id == case_id)).scalar_one())


def forms_left_open(device: Device, case_id: str, met: str) -> str:
    """A correction with a photo, a note, an entry about the person, and one about nobody; the person's id."""
    who = person_of(device, case_id)
    device.runner.do(keep_photo(1), device.actor)
    device.runner.do(keep_photo(2), device.actor)
    keep(device, f"amend:{who}", opened={"shown": {"name": NAME}}, photos=[{"photo": name(prepared(1))}])
    keep(device, f"note:{met}", text="说他哥哥也来过")
    keep(device, "entry.aside:1", person=who, place_text="南门")
    keep(device, "entry", person=None, name="来人", photos=[{"photo": name(prepared(2))}])
    return who


def are_here(device: Device) -> list[bool]:
    """Whether the photos of those forms still are."""
    with reading(device.engine) as conn:
        return [find(conn, name(prepared(seed))) is not None for seed in (1, 2)]


def test_what_a_guest_was_shown_goes_with_the_case(world: World) -> None:
    owner, guest = world.device("V1"), world.device("V2")
    case_id, met = meet(owner, name=NAME)
    owner.runner.do(GrantCase(case=case_id, point=guest.actor.node, reason="请协助"), owner.actor)
    sync(owner, guest)
    forms_left_open(guest, case_id, met)
    assert len(kept(guest)) == 4
    owner.runner.do(RevokeCase(case=case_id, point=guest.actor.node, reason="已完成"), owner.actor)
    sync(owner, guest)
    assert kept(guest) == {"entry", "entry.aside:1"}, "what was typed of a new meeting stands nowhere else"
    assert are_here(guest) == [False, True]


def test_what_a_form_holds_of_somebody_erased_is_erased(world: World, tmp_path: Path) -> None:
    author = world.device("V1")
    case_id, met = meet(author, name=NAME)
    other, _ = meet(author, name="别人")
    sync(author)
    who = forms_left_open(author, case_id, met)
    keep(author, f"amend:{other}", text="还在")
    erase(Hub(world.hub.engine, world.hub.clock, files=tmp_path), "person", who)
    sync(author)
    assert {"entry", "entry.aside:1", f"amend:{other}"} <= kept(author)
    assert f"amend:{who}" not in kept(author)
    assert are_here(author) == [False, True]


def test_a_form_that_was_open_meanwhile_keeps_nothing_of_it_anew(world: World, tmp_path: Path) -> None:
    owner, heir = world.device("V1"), world.device("V2")
    case_id, met = meet(owner, name=NAME)
    _, stays = meet(owner, name="赵六")
    erased_case, _ = meet(owner, name="张三")
    sync(owner)
    erased = person_of(owner, erased_case)
    owner.runner.do(HandOverCase(case=case_id, point=heir.actor.node, reason="住到那边去了"), owner.actor)
    sync(owner)
    erase(Hub(world.hub.engine, world.hub.clock, files=tmp_path), "person", erased)
    sync(owner)
    for key in (f"amend:{case_id}", f"note:{met}", f"amend:{erased}", f"note:{stays}", "entry"):
        keep(owner, key, opened={"shown": {"name": NAME}})
    assert kept(owner) == {f"note:{stays}", "entry"}


def test_the_erase_of_a_single_write_takes_what_a_form_was_shown(world: World) -> None:
    reader = world.device("V1")
    case_id, _ = meet(reader, name=NAME)
    sync(reader)
    who = person_of(reader, case_id)
    keep(reader, f"amend:{who}", opened={"shown": {"name": NAME}})
    named = (WriteId("d" * 32, "e" * 16, 1, 0),)
    told = page_commit("e" * 32, 10_000, Op("erase", "person", who, reader.actor.node, {}, {}, seen=named))
    with writing(reader.engine) as conn:
        take_commits(conn, [told], 0)
    assert kept(reader) == set()


@pytest.mark.parametrize("how", ["leaves", "erased"])
def test_what_went_while_a_laptop_was_far_away_goes_from_its_forms(far_town: Town, how: str, tmp_path: Path) -> None:
    away, other = far_town.laptop("V1"), far_town.laptop("V1")
    made = dict(other.do(nameless(name=NAME)).made)
    other.sync()
    away.sync()
    away.do(KeepDraft(key=f"amend:{made['case']}", content='{"story": "投亲不着"}'))
    away.do(KeepDraft(key="entry", content="{}"))
    if how == "leaves":
        other.do(HandOverCase(case=made["case"], point=meaning_id("node", "V2"), reason="住到那边去了"))
        other.sync()
    else:
        erase(Hub(far_town.engine, far_town.clock, files=tmp_path / "files"), "person", made["person"])
    many(other, 3 * FAR)
    away.sync()
    with reading(away.engine) as conn:
        assert [draft.key for draft in drafts(conn)] == ["entry"]
