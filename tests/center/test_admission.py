"""A device comes in once by its code, and only by its own keys."""

import json

import pytest
import sqlalchemy as sa

from app.base.clock import DAY, Clock
from app.base.errors import Refused
from app.center.admin import engage, init_center
from app.center.admission import ALPHABET, MOST_TRIES, Enrolled, admit, enroll_node, letters
from app.center.hub import Declined, Hub
from app.center.tables import device, enrolment
from app.features.org.queries import staff_of
from app.journal.here import standing
from app.store.engine import reading
from app.sync.enrolment import read_enrolment
from tests.center.newcomers import Newcomer
from tests.center.points import Point
from tests.clocks import FakeClock


def _devices(hub: Hub) -> int:
    with reading(hub.engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(device)).scalar_one())


def test_a_code_is_burned_by_its_first_device(hub: Hub) -> None:
    enrolled, newcomer = enroll_node(hub, "V1"), Newcomer()
    first = admit(hub, newcomer.request(enrolled))
    again = admit(hub, newcomer.request(enrolled))  # the answer was lost
    assert (first.request_id, first.hub_epoch) == (again.request_id, again.hub_epoch)
    with pytest.raises(Declined, match="403 code_used"):
        admit(hub, Newcomer().request(enrolled))
    assert _devices(hub) == 1


def test_codes_are_read_as_people_type_them(hub: Hub) -> None:
    enrolled = enroll_node(hub, "V1")
    assert len(enrolled.code) == 10
    assert not set(enrolled.code) - set(ALPHABET)
    assert not set("01IO") & set(ALPHABET)
    code = enrolled.code
    admit(hub, Newcomer().request(enrolled, f" {code[:5].lower()}-{code[5:].lower()} "))


def test_wrong_codes_end_at_a_limit(hub: Hub) -> None:
    enrolled, newcomer = enroll_node(hub, "V1"), Newcomer()
    for _ in range(MOST_TRIES):
        with pytest.raises(Declined, match="403 code_wrong"):
            admit(hub, newcomer.request(enrolled, "2222222222"))
    with pytest.raises(Declined, match="403 code_expired"):
        admit(hub, newcomer.request(enrolled))
    unknown = Enrolled("0" * 32, "A", b"", enrolled.code)
    with pytest.raises(Declined, match="403 code_wrong"):
        admit(hub, newcomer.request(unknown))
    assert _devices(hub) == 0


def test_a_code_lasts_thirty_days(hub: Hub, clock: FakeClock) -> None:
    enrolled = enroll_node(hub, "V1")
    clock.now += 31 * DAY
    with pytest.raises(Declined, match="403 code_expired"):
        admit(hub, Newcomer().request(enrolled))


def test_other_keys_under_a_known_id_are_refused(hub: Hub) -> None:
    newcomer, thief = Newcomer(), Newcomer()
    admit(hub, newcomer.request(enroll_node(hub, "V1")))
    thief.device = newcomer.device
    with pytest.raises(Declined, match="403 code_used"):
        admit(hub, thief.request(enroll_node(hub, "V1")))


def test_nobody_comes_in_as_the_center_itself(hub: Hub) -> None:
    thief = Newcomer()
    with reading(hub.engine) as conn:
        thief.device = standing(conn).device
    with pytest.raises(Declined, match="403 code_used"):
        admit(hub, thief.request(enroll_node(hub, "V1")))
    assert _devices(hub) == 0


def test_keys_that_are_none_are_refused(hub: Hub) -> None:
    request = Newcomer().request(enroll_node(hub, "V1"))
    request.seal_key = "not base64"
    with pytest.raises(Declined, match="400 bad_request"):
        admit(hub, request)


def test_no_code_stands_in_the_database(hub: Hub) -> None:
    enrolled = enroll_node(hub, "V1")
    with reading(hub.engine) as conn:
        row = conn.execute(sa.select(enrolment).where(enrolment.c.id == enrolled.id)).one()
    assert enrolled.code.encode() not in bytes(row.code_hash)
    assert enrolled.code not in str(row)


def test_letters_tell_the_devices_of_a_node_apart(hub: Hub) -> None:
    assert [enroll_node(hub, "V1").letter for _ in range(3)] == ["A", "B", "C"]
    assert enroll_node(hub, "V2").letter == "A"
    given = [letters(index) for index in range(700)]
    assert len(set(given)) == 700
    assert given[24] == "AA"
    assert not any(letter in "".join(given) for letter in "IO")


def test_the_file_tells_no_secret_and_nothing_of_people(hub: Hub, clock: FakeClock) -> None:
    point = Point.enrolled(hub, "V1", clock)
    point.register("李四", id_doc_type="OTHER", id_no="330102199001011234")
    point.sync()
    enrolled = enroll_node(hub, "V1")
    enrolment_ = read_enrolment(enrolled.file)
    told = json.dumps([json.loads(bytes(commit.parts)) for commit in enrolment_.page.commits], ensure_ascii=False)
    assert "张三" in told  # whoever works there
    assert "李四" not in told
    assert enrolled.code not in enrolled.file.decode()
    # Once the tree grew after the point's own records, the first exchange begins anew and brings them.
    engage(hub.engine, code="late", name="王五", role="SPECIALIST", node_code="V1", clock=clock)
    second = Point.enrolled(hub, "V1", clock)
    assert (point.cursor != "", second.cursor) == (True, "")
    point.sync()
    second.sync()
    assert second.digest() == point.digest()
    point.engine.dispose()
    second.engine.dispose()


def test_an_unknown_node_is_refused(hub: Hub) -> None:
    with pytest.raises(Refused, match="no_such_node"):
        enroll_node(hub, "NOWHERE")


def test_a_center_cut_short_is_brought_up_to_its_administrator(
    center_engine: sa.Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.delattr("app.center.admin.EngageStaff")
        with pytest.raises(NameError):
            init_center(center_engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=clock)
    node = init_center(center_engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=clock)
    with reading(center_engine) as conn:
        assert [who.code for who in staff_of(conn, node)] == ["admin"]
    with pytest.raises(Refused):
        init_center(center_engine, "杭州市救助管理站", "http://127.0.0.1:1", clock=clock)
