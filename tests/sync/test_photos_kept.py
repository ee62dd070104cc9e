"""How long photos stay at a point: with their record, with what was written here, until the center has them."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa

from app.base.clock import DAY
from app.base.ids import meaning_id
from app.center import room
from app.center.erase import erase
from app.center.hub import Hub
from app.center.restore import say_put_back
from app.features.cases.commands_case import CloseCase
from app.features.cases.commands_grant import HandOverCase
from app.features.cases.tables import case, encounter_photo
from app.features.photos.commands import DropPhotos, PhotoTaken
from app.journal import attached
from app.journal.here import standing
from app.journal.retention import KEPT_FOR, prune
from app.journal.tables import journal
from app.store.engine import writing
from tests.features.cases.givens import complete, nameless
from tests.photographs import keep_photo, prepared
from tests.sync.photographing import Line, bytes_at, meet, name, turn, waiting, want
from tests.sync.town import Laptop, Town


def test_photos_of_a_record_that_left_go_with_it(pair: tuple[Town, Laptop, Laptop]) -> None:
    town, village, _ = pair
    above = town.laptop("T1")
    above.sync()
    village.do(keep_photo(5))
    found = dict(village.do(complete(photos=(PhotoTaken(photo=name(prepared(5))),))).made)
    village.sync()
    turn(village)
    above.sync()
    want(above, name(prepared(5)))
    assert turn(above).received == 1
    village.do(CloseCase(case=found["case"], close_type="NEED_MET"))
    village.sync()
    above.sync()
    assert above.rows(encounter_photo.table) == []
    assert bytes_at(above, name(prepared(5))) is None
    assert bytes_at(village, name(prepared(5))) is not None


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_photo_in_a_form_stays_though_the_record_it_was_fetched_for_leaves(town: Town, *, is_saved: bool) -> None:
    village, above = town.laptop("V1"), town.laptop("T1")
    for laptop in (village, above):
        laptop.sync()
    village.do(keep_photo(5))
    found = dict(village.do(complete(photos=(PhotoTaken(photo=name(prepared(5))),))).made)
    village.sync()
    turn(village)
    above.sync()
    want(above, name(prepared(5)))
    assert turn(above).received == 1
    above.do(keep_photo(5))
    village.do(CloseCase(case=found["case"], close_type="NEED_MET"))
    village.sync()
    above.sync()
    assert above.rows(encounter_photo.table) == []
    if is_saved:
        above.do(nameless(photos=(PhotoTaken(photo=name(prepared(5))),)))
    else:
        above.do(DropPhotos(photos=(name(prepared(5)),)))
    assert (bytes_at(above, name(prepared(5))) is not None) == is_saved


def test_what_was_saved_here_is_sent_and_stays_with_its_words_though_a_form_has_it_too(town: Town) -> None:
    village = town.laptop("V1")
    village.sync()
    meet(village, 1)
    village.do(keep_photo(1))
    assert waiting(village) == 1
    village.sync()
    assert turn(village).sent == 1
    village.do(keep_photo(1))
    village.do(HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管"))
    village.sync()
    village.do(DropPhotos(photos=(name(prepared(1)),)))
    assert bytes_at(village, name(prepared(1))) == prepared(1).data
    with writing(village.engine) as conn:
        attached.forget_kept(conn)
    assert turn(village).sent == 1


def test_what_a_center_that_was_put_back_may_have_lost_is_sent_though_a_form_has_it(town: Town) -> None:
    village = town.laptop("V1")
    village.sync()
    meet(village, 1)
    village.sync()
    assert turn(village).sent == 1
    village.do(keep_photo(1))
    with writing(village.engine) as conn:
        attached.forget_kept(conn)
    assert turn(village).sent == 1


def test_a_photo_that_is_here_alone_is_sent_though_its_record_left(pair: tuple[Town, Laptop, Laptop]) -> None:
    town, village, _ = pair
    meet(village, 1)
    village.sync()
    handed = HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管")
    village.do(handed)
    village.sync()
    assert village.rows(encounter_photo.table) == []
    assert waiting(village) == 1
    report = turn(village)
    assert (report.error, report.sent, report.waiting) == ("", 1, 0)
    there = town.laptop("V2")
    there.sync()
    want(there, name(prepared(1)))
    assert turn(there).received == 1


@pytest.mark.parametrize("trouble", ["full", "changed"])
def test_a_photo_that_is_here_alone_stays_though_its_record_left_and_it_could_not_go_at_once(
    pair: tuple[Town, Laptop, Laptop], monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    _, village, _ = pair
    meet(village, 1)
    village.sync()
    handed = HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管")
    village.do(handed)
    village.sync()
    if trouble == "full":
        monkeypatch.setattr(room, "RESERVE", 1 << 60)
        assert turn(village).error == "center_full"
        monkeypatch.undo()
    else:
        assert turn(village, Changing(village, lambda _number: None)).sent == 0
    assert (bytes_at(village, name(prepared(1))), waiting(village)) == (prepared(1).data, 1)
    assert turn(village).sent == 1


class Changing(Line):
    """Something else arrives than was sent, signed as it is."""

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        return super().carry(method, path, body[:-1] + b"?" if body else body, headers)


def test_what_was_erased_is_not_sent_any_more(pair: tuple[Town, Laptop, Laptop]) -> None:
    town, village, _ = pair
    meet(village, 1)
    village.sync()
    (row,) = village.rows(encounter_photo.table)
    erase(Hub(town.engine), "encounter_photo", row["id"])
    village.sync()
    assert bytes_at(village, name(prepared(1))) is None
    assert waiting(village) == 0


def both_add_it(town: Town) -> tuple[Laptop, Laptop]:
    """Two of one point add the same picture; the first saves it, and falls before its bytes went. The second has it in
    a form, and the record of the first."""
    first, second = town.laptop("V1"), town.laptop("V1")
    first.sync()
    second.sync()
    second.do(keep_photo(1))
    meet(first, 1)
    first.sync()
    second.sync()
    assert turn(second).sent == 0
    return first, second


@pytest.mark.parametrize("way", ["taken out", "long ago"])
def test_a_form_given_up_takes_no_photo_with_it_that_a_record_names(town: Town, way: str) -> None:
    _, second = both_add_it(town)
    photo = name(prepared(1))
    with writing(second.engine) as conn:
        if way == "taken out":
            attached.unstage(conn, [photo])
        else:
            assert attached.sweep_staged(conn, 1 << 60) == 0
    assert bytes_at(second, photo) == prepared(1).data
    assert turn(second).sent == 1
    assert Hub(town.engine).content.read(photo) == prepared(1).data


@pytest.mark.parametrize("given_up_first", [True, False])
def test_what_was_erased_goes_though_a_form_had_it_too(town: Town, *, given_up_first: bool) -> None:
    first, second = both_add_it(town)
    photo = name(prepared(1))
    (row,) = first.rows(encounter_photo.table)
    if given_up_first:
        second.do(DropPhotos(photos=(photo,)))
    erase(Hub(town.engine), "encounter_photo", row["id"])
    second.sync()
    if not given_up_first:
        second.do(DropPhotos(photos=(photo,)))
    assert bytes_at(second, photo) is None
    assert waiting(second) == 0


def test_after_the_center_was_put_back_photos_are_offered_again(town: Town) -> None:
    laptop = town.laptop("V1")
    laptop.sync()
    meet(laptop, 1, 2)
    laptop.sync()
    turn(laptop)
    content = Hub(town.engine).content
    content.remove(name(prepared(1)))
    with writing(laptop.engine) as conn:
        conn.execute(sa.text("UPDATE sync_state SET hub_epoch = '00000000000000aa'"))
    assert waiting(laptop) == 2
    line = Line(laptop, lambda _number: None)
    assert turn(laptop, line).sent == 2
    assert line.sent == len(prepared(1).data), "only what the center had lost"
    assert content.read(name(prepared(1))) == prepared(1).data


@pytest.mark.parametrize("leaves", ["before", "since"])
def test_what_a_center_that_was_put_back_may_have_lost_is_sent_though_its_record_left(
    pair: tuple[Town, Laptop, Laptop], leaves: str
) -> None:
    town, village, other = pair
    meet(village, 1)
    village.sync()
    assert turn(village).sent == 1
    other.sync()
    hub = Hub(town.engine)
    away = HandOverCase(case=other.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管")
    if leaves == "before":
        other.do(away)
        other.sync()
        village.sync()
    say_put_back(hub)
    hub.content.remove(name(prepared(1)))
    if leaves == "since":
        other.do(away)
        other.sync()
    village.sync()
    assert village.rows(encounter_photo.table) == []
    report = turn(village)
    assert (report.error, report.sent, report.waiting) == ("", 1, 0)
    assert hub.content.read(name(prepared(1))) == prepared(1).data


@pytest.mark.parametrize("is_sent", [True, False])
def test_photos_of_a_record_that_left_its_author_go_once_the_words_went_and_the_center_has_them(
    pair: tuple[Town, Laptop, Laptop], *, is_sent: bool
) -> None:
    town, village, _ = pair
    meet(village, 1)
    village.sync()
    if is_sent:
        turn(village)
    away = HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管")
    village.do(away)
    village.sync()
    assert bytes_at(village, name(prepared(1))) is not None
    let_go(village)
    assert (bytes_at(village, name(prepared(1))) is None) == is_sent
    turn(village)
    let_go(village)
    assert bytes_at(village, name(prepared(1))) is None
    assert name(prepared(1)) not in own_words(village)
    assert Hub(town.engine).content.has(name(prepared(1)))


def test_the_only_copy_of_a_photo_outlasts_its_words_and_a_try_that_fails(
    pair: tuple[Town, Laptop, Laptop], monkeypatch: pytest.MonkeyPatch
) -> None:
    town, village, _ = pair
    meet(village, 1)
    village.sync()
    village.do(HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管"))
    village.sync()
    let_go(village)
    monkeypatch.setattr(room, "RESERVE", 1 << 60)
    assert turn(village).error == "center_full"
    monkeypatch.undo()
    assert (bytes_at(village, name(prepared(1))), waiting(village)) == (prepared(1).data, 1)
    assert turn(village).sent == 1
    assert Hub(town.engine).content.read(name(prepared(1))) == prepared(1).data


@pytest.mark.parametrize("trouble", ["not_referenced", "photo_damaged"])
def test_words_do_not_wait_for_a_photo_that_can_never_go(pair: tuple[Town, Laptop, Laptop], trouble: str) -> None:
    """What named it was erased, or its bytes are spoilt here."""
    _, village, _ = pair
    meet(village, 1)
    village.sync()
    village.do(HandOverCase(case=village.rows(case.table)[0]["id"], point=meaning_id("node", "V2"), reason="归那边管"))
    village.sync()
    with writing(village.engine) as conn:
        attached.note(conn, name(prepared(1)), trouble)
    let_go(village)
    assert name(prepared(1)) not in own_words(village)


def let_go(laptop: Laptop) -> None:
    """More than 90 days later: all that was written here is in a backup of the center."""
    with writing(laptop.engine) as conn:
        here = standing(conn)
        prune(conn, here.bound + KEPT_FOR + DAY, {here.epoch: here.acked_n})


def own_words(laptop: Laptop) -> str:
    return "".join(row["payload"].decode() for row in laptop.rows(journal) if row["device"] == laptop.device)
