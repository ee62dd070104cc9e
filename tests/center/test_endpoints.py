"""Every way into the center, by who asks: nobody, a device that is not known or was shut out, one with another's key.

And what no database takes, in every text of every question. Over a real server.
"""

import base64
from typing import Any

import msgspec
import pytest
import requests
import sqlalchemy as sa

from app.base.ids import new_id, random_hex
from app.center import admission, quarantine
from app.center.admin import status
from app.center.admission import enroll_node, revoke
from app.center.app import MOST_ASKED, create_center_app
from app.center.calls import CALLS
from app.center.hub import Hub
from app.center.quarantine import set_aside
from app.center.restore import say_put_back
from app.center.tables import device, enrolment
from app.journal.ops import Op
from app.store.engine import reading, writing
from app.sync.bytes import BLOB_PATH
from app.sync.comparing import COMPARE_PATH, CompareRequest
from app.sync.enrolment import read_enrolment
from app.sync.links import LINKS_PATH, LinksRequest
from app.sync.offering import OFFER_PATH, OfferedId, OfferRequest
from app.sync.protocol import ADMIT_PATH, EXCHANGE_PATH, MEDIA_TYPE, AdmitRequest, PageCommit, pack, unpack
from app.sync.signing import sign
from app.sync.snapshot_wire import SNAPSHOT_PATH, SnapshotRequest
from tests.center.lines import Line, problem
from tests.center.points import Point, PointAt

HASH = "0" * 64

ENDPOINTS: dict[tuple[str, str], set[str]] = {
    **{("POST", path): {"none", "unknown", "revoked", "other"} for path in CALLS},
    ("POST", LINKS_PATH): {"none", "unknown", "other"},  # its own history alone: who is shut out may still push
    **{(method, f"{BLOB_PATH}{HASH}"): {"none", "unknown", "revoked", "other"} for method in ("HEAD", "PATCH", "GET")},
    ("POST", ADMIT_PATH): {"none", "other"},
    ("GET", "/health"): set(),
    ("GET", "/metrics"): set(),
}
"""(method, path) → those who are turned away; admission is for who is not known, the last two for everybody."""


def question(path: str, point: Point) -> msgspec.Struct:
    """A question of this kind that an admitted device would be answered."""
    if path == EXCHANGE_PATH:
        return point.request()
    if path == COMPARE_PATH:
        return CompareRequest(1, "r", point.device, point.cursor)
    if path == LINKS_PATH:
        return LinksRequest(1, "r", point.device, point.request().epoch, 1)
    if path == OFFER_PATH:
        return OfferRequest(1, "r", point.device, "", [], [])
    assert path == SNAPSHOT_PATH, f"no question is known for {path}"
    return SnapshotRequest(1, "r", point.device, "", [])


def ask(url: str, method: str, path: str, body: bytes, signed: dict[str, str]) -> requests.Response:
    return requests.request(method, url + path, data=body, headers={"Content-Type": MEDIA_TYPE, **signed}, timeout=20)


def test_every_route_has_a_row(hub: Hub) -> None:
    routes = create_center_app(hub.engine, hub=hub).routes
    found = {(method, route.path) for route in routes for method in route.methods or ()}  # type: ignore[attr-defined]
    listed = {(method, path.replace(HASH, "{name}")) for method, path in ENDPOINTS}
    assert found - {("HEAD", "/health"), ("HEAD", "/metrics")} == listed


@pytest.mark.parametrize("who", ["none", "unknown", "revoked", "other"])
def test_who_is_turned_away(hub: Hub, line: Line, point_at: PointAt, who: str) -> None:
    point, other = point_at("V1"), point_at("V2")
    if who == "unknown":
        with writing(hub.engine) as conn:
            conn.execute(device.delete().where(device.c.id == point.device))
    if who == "revoked":
        revoke(hub, point.device)
    key = other.sign_key if who == "other" else point.sign_key
    for (method, path), turned_away in ENDPOINTS.items():
        if path == ADMIT_PATH:
            body = pack(
                AdmitRequest(1, "r", "X", random_hex(16), point.device, "0" * 16, 1, *(_public(point),) * 2), 10
            )
        else:
            body = pack(question(path, point), 10) if path in CALLS else b""
        signed = {} if who == "none" else sign(key, point.device, method, path, body, 1)
        answer = ask(line.url, method, path, body, signed)
        assert (answer.status_code == 401) is (who in turned_away), (method, path, answer.status_code)
        assert answer.status_code < 500, (method, path)


def _public(point: Point) -> str:
    return base64.b64encode(point.sign_key.public_key().public_bytes_raw()).decode()


def _spoilt(value: Any, name: str) -> Any:
    return msgspec.structs.replace(value, **{name: "a\x00b"})


def test_what_no_database_takes_is_malformed(line: Line, point_at: PointAt) -> None:
    point = point_at("V1")
    bad: list[tuple[str, Any]] = []
    for path in CALLS:
        whole = question(path, point)
        texts = [name for name in whole.__struct_fields__ if isinstance(getattr(whole, name), str) and name != "device"]
        bad += [(path, _spoilt(whole, name)) for name in texts]
    nul = "a\x00b"
    bad += [
        (COMPARE_PATH, CompareRequest(1, "r", point.device, point.cursor, streams={nul: ""})),
        (COMPARE_PATH, CompareRequest(1, "r", point.device, point.cursor, buckets={"all": nul})),
        (COMPARE_PATH, CompareRequest(1, "r", point.device, point.cursor, within={nul: [1]})),
        (COMPARE_PATH, CompareRequest(1, "r", point.device, "", within={"all": [1]}, records=[("person", nul, "0")])),
        (OFFER_PATH, OfferRequest(1, "r", point.device, "", [OfferedId(nul, "e", 1, [0])], [])),
    ]
    for path, request in bad:
        answer = line.post(point, pack(request, 10), path=path)
        assert (answer.status_code, problem(answer).code) == (400, "bad_request"), (path, request)


def _with_numbers(value: Any, number: int) -> list[Any]:
    """The question with this in place of each of its own numbers, one after the other."""
    found = []
    for name in value.__struct_fields__:
        each = getattr(value, name)
        if isinstance(each, int):
            found.append(msgspec.structs.replace(value, **{name: number}))
        elif isinstance(each, msgspec.Struct):
            found += [msgspec.structs.replace(value, **{name: inner}) for inner in _with_numbers(each, number)]
    return found


@pytest.mark.parametrize("number", [1 << 70, (1 << 63) - 1, -1, -(1 << 70)])
def test_no_number_is_too_much_for_the_center(hub: Hub, line: Line, point_at: PointAt, number: int) -> None:
    point, asking = point_at("V1"), point_at("V2")
    say_put_back(hub)  # so that offers are looked at
    point.register("李四")
    hub_epoch = str(status(hub.engine)["hub_epoch"])
    pushing = msgspec.structs.replace(point.request(), hub_epoch=hub_epoch)
    far = msgspec.structs.replace(pushing.push.commits[0], n=number)
    far_push = msgspec.structs.replace(pushing.push, from_n=number, commits=[far])
    asked: list[tuple[str, Any]] = [
        *((path, each) for path in (LINKS_PATH, COMPARE_PATH) for each in _with_numbers(question(path, point), number)),
        *((EXCHANGE_PATH, each) for each in _with_numbers(pushing, number)),
        (EXCHANGE_PATH, msgspec.structs.replace(pushing, have_n=number, push=far_push)),
        *(
            (SNAPSHOT_PATH, SnapshotRequest(1, "r", point.device, "", [("e", *numbers)]))
            for numbers in ((number, number), (0, number), (number, 1))
        ),
        (OFFER_PATH, OfferRequest(1, "r", point.device, hub_epoch, [OfferedId("d", "e", number, [0])], [])),
        (OFFER_PATH, OfferRequest(1, "r", point.device, hub_epoch, [OfferedId("d", "e", 1, [number])], [])),
        *(
            (OFFER_PATH, OfferRequest(1, "r", point.device, hub_epoch, [], [each]))
            for each in _with_numbers(
                PageCommit("d" * 32, "e" * 16, 1, 1, 1, 1, 1, 1, 1, point.actor.id, far.parts), number
            )
        ),
    ]
    for path, request in asked:
        answer = line.post(point, pack(request, 10), path=path)
        assert answer.status_code < 500, (path, request)
    assert line.post(asking, pack(msgspec.structs.replace(asking.request(), hub_epoch=""), 10)).status_code == 200


def test_a_code_is_hashed_only_where_it_may_be_right(
    hub: Hub,
    line: Line,
    point_at: PointAt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point, hashed = point_at("V1"), list[str]()
    slow = admission._hash

    def counted(code: str, enrolment_id: str) -> bytes:
        hashed.append(enrolment_id)
        return slow(code, enrolment_id)

    made = enroll_node(hub, "V1")
    monkeypatch.setattr(admission, "_hash", counted)
    known = read_enrolment(made.file).id
    spent = random_hex(16)
    with writing(hub.engine) as conn:
        row = dict(conn.execute(sa.select(enrolment).where(enrolment.c.id == known)).mappings().one())
        conn.execute(enrolment.insert(), {**row, "id": spent, "tries": 10})
    told = []
    for id_ in (random_hex(16), spent, known):
        body = pack(AdmitRequest(1, "r", "X", id_, random_hex(16), "0" * 16, 1, _public(point), _public(point)), 10)
        body = pack(msgspec.structs.replace(unpack(body, AdmitRequest), device=point.device), 10)
        answer = line.post(point, body, path=ADMIT_PATH)
        told.append((answer.status_code, problem(answer).code))
    assert told == [(403, "code_wrong"), (403, "code_expired"), (403, "code_wrong")]
    assert hashed == [known]
    assert line.post(point, bytes(MOST_ASKED + 1), path=ADMIT_PATH).status_code == 413


def test_who_has_too_much_set_aside_keeps_the_rest(
    hub: Hub,
    line: Line,
    point_at: PointAt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quarantine, "MOST_ASIDE", 3)
    noisy, other = point_at("V1"), point_at("V2")
    elsewhere = other.actor.node

    def pushes(count: int) -> requests.Response:
        for _ in range(count):
            noisy.write(Op("create", "person", new_id(), elsewhere, {"name": "王五"}, {}))
        return line.post(noisy, pack(noisy.request(), 10))

    noisy.sync(line.answer(noisy))
    for _ in range(3):
        noisy.write(Op("create", "person", new_id(), elsewhere, {"name": "王五"}, {}))
    noisy.sync(line.answer(noisy))
    late = pushes(1)
    assert (late.status_code, problem(late).code) == (409, "aside_full")
    assert noisy.unsent() == 1
    with reading(hub.engine) as conn:
        entries = set_aside(conn)
    assert [entry.n for entry in entries] == [1, 2, 3]
    other.register("李四")
    other.sync(line.answer(other))
    with writing(hub.engine) as conn:
        quarantine.drop(conn, entries[0].id, "误录", hub.clock())
    noisy.sync(line.answer(noisy))
    assert noisy.unsent() == 0
