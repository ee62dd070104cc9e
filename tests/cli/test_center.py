"""`aidpoint center` as an operator runs it: separate processes, one database, killed at will."""

import hashlib
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from app.base.clock import wall_clock
from app.base.ids import new_id
from app.center.hub import Hub
from app.center.tables import enrolment
from app.features.people.tables import person
from app.features.registry import load_features
from app.journal.act import Actor
from app.journal.ops import Op
from app.journal.tables import journal
from app.store.engine import open_center, reading
from app.sync.protocol import EXCHANGE_PATH, MEDIA_TYPE, ExchangeResponse, pack, unpack
from app.sync.signing import sign
from tests.center.points import Point
from tests.cli.operating import Server, run, told

load_features()


@pytest.fixture
def city(database: str) -> Iterator[tuple[str, Point]]:
    """A center set up from the command line, and a point of its city node."""
    told("init", "--database", database, "--city", "杭州", "--url", "http://127.0.0.1:1")
    engine = open_center(database)
    point = Point.enrolled(Hub(engine), "CITY", wall_clock)
    yield database, point
    point.engine.dispose()
    engine.dispose()


def push(point: Point, url: str) -> requests.Response:
    body = pack(point.request(), 10)
    signed = sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, body, 1)
    return requests.post(url + EXCHANGE_PATH, data=body, headers={"Content-Type": MEDIA_TYPE, **signed}, timeout=30)


def test_from_an_empty_database_to_a_status(database: str, tmp_path: Path) -> None:
    where = ("--database", database)
    made = told("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1", "--code", "HZ", "--admin", "root")
    assert (made["node"], made["user"]) == ("HZ", "root")
    told("user", *where, "--code", "zs", "--name", "张三", "--role", "SPECIALIST", "--node", "HZ")
    file = tmp_path / "enrolment.json"
    enrolled = told("enroll", *where, "--node", "HZ", "--out", str(file))
    assert len(enrolled["code"]) == 10
    assert file.stat().st_mode & 0o077 == 0
    engine = open_center(database)
    with reading(engine) as conn:
        row = conn.execute(sa.select(enrolment.c.id, enrolment.c.code_hash)).one()
    engine.dispose()
    code, salt = enrolled["code"].encode(), row.id.encode()
    assert row.code_hash == hashlib.scrypt(code, salt=salt, n=1 << 14, r=8, p=1, dklen=32)  # guessing it is slow
    stands = told("status", *where)
    assert (stands["points"], stands["devices"], stands["cases"], stands["commits"]) == (1, [], 0, 3)
    assert "杭州" in run("status", *where)
    assert told("quarantine", *where, "--again") == {"applied": 0, "quarantine": 0, "entries": []}
    for nothing in (f"{'0' * 32}.{'0' * 16}.1", "nothing"):
        assert f"没有 {nothing}" in run("quarantine", *where, "--accept", nothing, status=1)


def test_the_list_says_what_stands_on_a_record_that_was_dropped(city: tuple[str, Point]) -> None:
    database, point = city
    own, who = point.actor, new_id()
    point.actor = Actor(new_id(), "SPECIALIST", own.node)
    point.write(Op("create", "person", who, own.node, {"name": "李四"}, {}))
    point.actor = own
    point.write(Op("set", "person", who, own.node, {"phone": "1"}, {}, "phone"))
    point.sync()
    listed = told("quarantine", "--database", database)["entries"]
    assert [entry["code"] for entry in listed] == ["actor_unknown", "waits"]
    dropping = ("quarantine", "--database", database, "--drop", listed[0]["id"], "--reason", "不是本点的人")
    assert [entry["code"] for entry in told(*dropping)["entries"]] == ["on_dropped"]
    assert "它所依据的记录已决定不收" in run("quarantine", "--database", database)


def test_what_cannot_be_done_is_said_in_words(database: str, tmp_path: Path) -> None:
    where = ("--database", database)
    assert "初始化" in run("status", *where, status=1)
    assert "初始化" in run("serve", *where, "--port", "0", status=1)
    told("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1")
    assert "已经是杭州的中心" in run("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1", status=1)
    out = ("--out", str(tmp_path / "x"))
    assert "没有编码为 NOWHERE 的点位" in run("enroll", *where, "--node", "NOWHERE", *out, status=1)
    assert "没有编号为 000" in run("revoke", *where, "--device", "0" * 32, status=1)
    user = ("user", *where, "--name", "张三", "--role", "SPECIALIST", "--code", "admin", "--node")
    assert "没有编码为 NOWHERE 的点位" in run(*user, "NOWHERE", status=1)
    assert "工号 admin 已经有人使用" in run(*user, "CITY", status=1)
    erase = ("erase", *where, "--kind", "person", "--record", "0" * 32)
    assert "没有种类为 person、编号为 000" in run(*erase, status=1)
    nowhere = tmp_path / "nowhere"
    for to, said in ((nowhere / "x", f"没有 {nowhere} 这个文件夹"), (tmp_path, "是文件夹")):
        assert said in run("enroll", *where, "--node", "CITY", "--out", str(to), status=1)
    assert said in run("backup", *where, "--to", str(to), "--passphrase-file", __file__, status=1)
    assert "postgresql" not in run("status", "--database", "mysql://user:secret@host/db", status=1)


def test_only_a_center_that_is_made_makes_a_file(tmp_path: Path) -> None:
    file, backup = tmp_path / "center.db", tmp_path / "nowhere.backup"
    where = ("--database", f"sqlite:///{file}")
    assert f"没有 {file} 这个数据库文件" in run("status", *where, status=1)
    assert f"没有 {file} 这个数据库文件" in run("restore", *where, "--put-back", status=1)
    run("restore", *where, "--from", str(backup), status=2)
    assert "找不到这份备份" in run("restore", *where, "--from", str(backup), "--passphrase-file", __file__, status=1)
    assert "连不上这样的地址" in run("init", *where, "--city", "杭州", "--url", "nonsense", status=1)
    assert list(tmp_path.iterdir()) == []
    file.write_text("no database at all, but long enough to be looked at\n" * 90, encoding="utf-8")
    assert f"{file} 不是中心的数据库" in run("status", *where, status=3)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE theirs (id)")
    assert "还不是任何城市的中心" in run("status", "--database", f"sqlite:///{other}", status=1)
    with closing(sqlite3.connect(other)) as there:
        assert there.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("--port", "99999"), "--port 要填 0 到 65535", 1),
        (("--port", "-1"), "--port 要填 0 到 65535", 1),
        (("--workers", "0"), "--workers 至少填 1", 1),
        (("--photo-space", "0"), "--photo-space 至少填 1", 1),
        (("--photo-space", "-5"), "--photo-space 至少填 1", 1),
        (("--port", "0", "--host", "nonsense.invalid"), "没有 nonsense.invalid 这个地址", 3),
    ],
)
def test_what_it_cannot_serve_with_is_named(tmp_path: Path, words: tuple[str, ...], said: str, status: int) -> None:
    where = ("--database", f"sqlite:///{tmp_path / 'center.db'}")
    told("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1")
    assert said in run("serve", *where, *words, status=status)


def test_a_port_that_somebody_has_is_named(tmp_path: Path) -> None:
    where = ("--database", f"sqlite:///{tmp_path / 'center.db'}")
    told("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"端口 {port} 已被占用" in run("serve", *where, "--port", port, status=3)


def test_a_database_that_does_not_answer_is_said_in_words() -> None:
    assert "连不上数据库" in run("status", "--database", "postgresql://nobody@127.0.0.1:1/none", status=3)


def test_a_center_killed_between_commit_and_answer_changes_nothing_twice(city: tuple[str, Point]) -> None:
    database, point = city
    for number in range(30):
        point.register(f"李四{number}")
    point.most = 10
    engine = open_center(database)
    answered = 0
    for round_ in range(40):
        server = Server(database)
        try:
            if round_ % 2 == 0 and point.unsent():
                _send_and_hang_up(point, server, engine)
            else:
                response = push(point, server.url)
                point.take(unpack(response.content, ExchangeResponse))
                answered += 1
        finally:
            server.end(signal.SIGKILL if round_ % 2 == 0 else signal.SIGTERM)
        if not point.unsent() and round_ % 2:
            break
    with reading(engine) as conn:
        people = conn.execute(sa.select(sa.func.count()).select_from(person.table)).scalar_one()
    engine.dispose()
    assert answered <= 4
    assert people == 30
    assert point.unsent() == 0


def _send_and_hang_up(point: Point, server: Server, engine: sa.Engine) -> None:
    """Send a push, wait until the center has committed it, and never read the answer."""
    with reading(point.engine) as conn:
        mine = journal.c.device == point.device
        last = int(conn.execute(sa.text("SELECT acked_n FROM here")).scalar_one()) + 10
    body = pack(point.request(), 10)
    head = {"Content-Type": MEDIA_TYPE, **sign(point.sign_key, point.device, "POST", EXCHANGE_PATH, body, 1)}
    with requests.post(server.url + EXCHANGE_PATH, data=body, headers=head, timeout=30, stream=True):
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with reading(engine) as conn:
                if conn.execute(sa.select(sa.func.max(journal.c.n)).where(mine)).scalar() == last:
                    return
            time.sleep(0.005)
    raise AssertionError("never committed")


def test_several_workers_serve_one_city(city: tuple[str, Point]) -> None:
    database, point = city
    server = Server(database, "--workers", "2")
    try:
        for number in range(5):
            point.register(f"李四{number}")
            response = push(point, server.url)
            assert response.status_code == 200
            point.take(unpack(response.content, ExchangeResponse))
        assert requests.get(server.url + "/health", timeout=10).json()["ok"] is True
    finally:
        server.end()
    assert told("status", "--database", database)["devices"][0]["acked_n"] == 5


def test_a_backup_and_its_way_back_from_the_command_line(database: str, tmp_path: Path) -> None:
    where = ("--database", database)
    told("init", *where, "--city", "杭州", "--url", "http://127.0.0.1:1")
    secret, file = tmp_path / "secret", tmp_path / "center.backup"
    secret.write_text("seven words that nobody else would think of\n", encoding="utf-8")
    made = told("backup", *where, "--to", str(file), "--passphrase-file", str(secret))
    assert (made["city"], made["seq"]) == ("杭州", 2)
    words = run("backup", *where, "--to", str(file), "--passphrase-file", str(secret))
    assert f"备份文件: {file}" in words
    assert "启用文件" not in words  # the city's backup is not to be handed to a point
    before = told("status", *where)
    another = ("--database", f"sqlite:///{tmp_path / 'another.db'}")
    back = told("restore", *another, "--from", str(file), "--passphrase-file", str(secret))
    assert (back["rows"], back["revoke_since"]) == (made["rows"], back["made_at"])
    after = told("status", *another)
    assert after["hub_epoch"] != before["hub_epoch"]
    assert {**after, "hub_epoch": "", "seq": 0} == {**before, "hub_epoch": "", "seq": 0}
    assert "没有恢复" in run(
        "restore", *another, "--from", str(file), "--passphrase-file", str(secret), status=1
    )  # it is not empty any more
    engine = open_center(database)
    with reading(engine) as conn:
        last = conn.execute(sa.select(sa.func.max(journal.c.eff))).scalar_one()
    engine.dispose()
    assert told("restore", *where, "--put-back") == {"seq": 2, "revoke_since": last, "erase_since": last}
    assert told("status", *where)["hub_epoch"] not in (before["hub_epoch"], after["hub_epoch"])
    words = run("restore", *where, "--put-back")
    assert "再停用一次" in words
    assert "再删除一次" in words
