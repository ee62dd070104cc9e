"""`aidpoint point` as a process: what it prints, what it exits with, and that it keeps going."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.base.ids import meaning_id
from app.center import admin
from app.features.inventory.commands_catalogue import AddStandardItems
from app.features.inventory.queries import item_rows
from app.features.people.tables import person
from app.journal.commands import commands
from app.store.engine import reading, writing
from app.sync.reports import remember_round
from app.sync.state import change_state
from app.sync.tables import verdict
from tests.cli.points import PASSWORD, ROOT, PointFolder, new_folder, register
from tests.sync.conftest import town as town
from tests.sync.town import Town


@pytest.fixture
def point(town: Town, tmp_path: Path) -> PointFolder:
    return new_folder(town, tmp_path / "point", "V1")


def test_what_cannot_be_enrolled_with_is_named(town: Town, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    point, file = PointFolder(tmp_path / "data", "nobody", tmp_path / "password"), tmp_path / "enrolment.json"
    assert f"找不到 {file}" in point.run("enroll", "--file", str(file)).stderr.decode()
    file.write_bytes(town.enrolment("V1")[0])
    done = point.run("enroll", "--file", str(file))
    assert done.returncode == 1
    assert "启用文件里没有 nobody 这个工号" in done.stderr.decode()


def test_status_says_what_waits_and_why(town: Town, point: PointFolder, tmp_path: Path) -> None:
    point.exec(register("甲"))
    point.json("pack", "--to", str(tmp_path))
    with point.opened() as session, writing(session.engine) as conn:
        change_state(conn, last_error="portal", behind=40)
        remember_round(conn, session.clock(), "portal", sent=3, received=7, bytes_out=0, bytes_in=0)
        conn.execute(verdict.insert(), {"epoch": "e", "n": 1, "code": "waits", "at": 1})
    words = point.run("status").stdout.decode()
    for said in ("要先登录才能上网", "还有约 40 条没有取回", "1 条装进了带去中心的文件", "没有收到中心的回执"):
        assert said in words
    assert "中心收下了本机 1 条，暂存待处理" in words
    assert "发 3 条，收 7 条  这个网络要先登录" in words


def test_one_round_does_not_promise_another(town: Town, tmp_path: Path) -> None:
    point = new_folder(town, tmp_path / "point", "V1")
    with point.opened() as session, writing(session.engine) as conn:
        change_state(conn, url="http://127.0.0.1:9")  # nobody listens there
    sync, check = point.run("sync"), point.run("check", "--with-center")
    for done in (sync, check):
        assert done.returncode == 3
        assert "请稍后再运行一次" in done.stdout.decode()
        assert "自动" not in done.stdout.decode()


def test_every_answer_is_one_line_and_no_line_stops_the_next(point: PointFolder) -> None:
    lines = [
        register("甲"),
        "not json",
        "",
        "[1, 2]",
        '"text"',
        "{" * 100_000,
        b"\xff\xfe\x00",
        {"command": "Explode"},
        {"command": ["RegisterPerson"]},
        {"no": "command"},
        register("乙", age_est="forty"),
        register("乙", colour="blue"),
        register("丙\u0000"),
        "x" * (9 * 1024 * 1024),
        register("丁"),
    ]
    answers = point.exec(*lines)
    assert len(answers) == len(lines) - 1
    assert [answer["ok"] for answer in answers] == [True] + [False] * 12 + [True]
    assert [answer.get("refused") for answer in answers[1:-1]] == [
        "bad_json", "bad_json", "bad_json", "bad_json", "bad_json", "unknown_command", "unknown_command",
        "unknown_command", "wrong_type", "unknown_field", "no_null_character", "bad_json",
    ]  # fmt: skip
    assert answers[9]["field"] == "age_est"
    assert all(answer["words"].endswith("。") for answer in answers if not answer["ok"])
    first, last = answers[0], answers[-1]
    ((kind, made),) = first["made"]
    assert kind == "person"
    assert made in first["changes"]["person"]
    assert [answer["commit"].rpartition(".")[2] for answer in (first, last)] == ["1", "2"]


def test_an_answer_comes_before_the_next_line_is_given(point: PointFolder) -> None:
    process = point.start("exec")
    assert process.stdin is not None
    assert process.stdout is not None
    for name in ("甲", "乙"):
        process.stdin.write(json.dumps(register(name)).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ok"]
    process.communicate()
    assert process.returncode == 0


def test_the_listing_has_every_command_and_needs_no_data() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "point", "exec", "--list"], cwd=ROOT, capture_output=True, check=True
    )
    listed = {entry["command"]: entry["fields"] for entry in json.loads(done.stdout)}
    assert listed.keys() == {cls.__name__ for cls in commands()}
    fields = {field["name"]: field for field in listed["RegisterPerson"]}
    assert fields["gender"]["codes"][:2] == ["MALE", "FEMALE"]


def test_an_enrolment_file_alone_is_enough_to_work(town: Town, tmp_path: Path) -> None:
    file, code = town.enrolment("V1")
    (tmp_path / "enrolment.json").write_bytes(file)
    (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
    point = PointFolder(tmp_path / "data", "u-V1", tmp_path / "password")
    told = point.json("enroll", "--file", str(tmp_path / "enrolment.json"), "--code", code)
    assert (told["enrolled"], told["letter"], told["node"]) == (True, "A", meaning_id("node", "V1"))
    assert all(answer["ok"] for answer in point.exec(register("甲"), register("乙")))
    status = point.json("status")
    assert (status["unsent"], status["last_contact"], status["cases"], status["conflicts"]) == (2, None, 0, 0)
    assert status["oldest_unsent_age_s"] >= 0
    assert point.json("check")["ok"] is True
    again = point.run("enroll", "--file", str(tmp_path / "enrolment.json"), "--code", code)
    assert again.returncode == 0
    assert point.json("status")["unsent"] == 2


def test_status_and_center_agree_after_a_round(town: Town, point: PointFolder) -> None:
    town.do(AddStandardItems())
    with reading(town.engine) as conn:
        goods = next(row for row in item_rows(conn) if row.expiry_rule != "REQUIRED")
    assert point.json("sync")["received"] == 1
    line = {"item": goods.id, "quantity": 24}
    answers = point.exec(register("甲"), {"command": "OpeningCount", "lines": [line], "counter": "张三"})
    assert answers[0]["ok"]
    assert answers[1]["ok"], answers[1]
    report = point.json("sync")
    assert (report["sent"], report["error"], report["verdicts"]) == (2, "", 0)
    status = point.json("status")
    assert status["stock"] == {goods.item_code: 24}
    assert (status["unsent"], status["oldest_unsent_age_s"], status["held_back"]) == (0, None, 0)
    assert status["last_contact"] is not None
    devices = admin.status(town.engine)["devices"]
    assert [device["digest"] for device in devices] == [status["digest"]]


def test_two_at_once_do_not_both_write_but_reading_goes_on(point: PointFolder) -> None:
    first = point.start("exec")
    assert first.stdin is not None
    assert first.stdout is not None
    first.stdin.write(json.dumps(register("甲")).encode() + b"\n")
    first.stdin.flush()
    assert json.loads(first.stdout.readline())["ok"]
    second = point.run("exec", lines=[register("乙")])
    assert (second.returncode, second.stdout) == (3, b"")
    assert "另一个窗口正在使用数据" in second.stderr.decode()
    assert point.json("status")["unsent"] == 1
    first.communicate()
    assert point.exec(register("乙"))[0]["ok"]


def test_exit_codes_tell_who_can_mend_it(town: Town, point: PointFolder, tmp_path: Path) -> None:
    assert point.run("nonsense").returncode == 2
    assert PointFolder(point.data, point.user, tmp_path / "missing").run("status").returncode == 2
    wrong = tmp_path / "wrong"
    wrong.write_text("not the password", encoding="utf-8")
    assert PointFolder(point.data, point.user, wrong).run("status").returncode == 1
    nowhere = PointFolder(tmp_path / "nowhere", point.user, point.password_file)
    done = nowhere.run("status")
    assert done.returncode == 1
    for words in ("还没有启用", str(tmp_path / "nowhere"), "启用文件"):
        assert words in done.stderr.decode()
    assert not nowhere.data.exists()


def test_a_round_without_network_says_so_and_loses_nothing(town: Town, tmp_path: Path) -> None:
    with writing(town.engine) as conn:
        conn.exec_driver_sql("UPDATE city SET url = 'http://127.0.0.1:9'")
    point = new_folder(town, tmp_path / "point", "V1")
    point.exec(register("甲"))
    done = point.run("sync")
    assert (done.returncode, done.stdout.decode().strip()) == (
        3,
        "网络是通的，但中心没有开门，这次没有同步。记录都在本机，请稍后再运行一次，一直这样请联系中心管理员。",
    )
    status = point.json("status")
    assert (status["unsent"], status["last_error"]) == (1, "center_away")


def test_a_backup_put_back_begins_a_new_epoch_and_syncs(town: Town, point: PointFolder, tmp_path: Path) -> None:
    point.exec(register("甲"))
    point.json("sync")
    copy = tmp_path / "copy.db"
    assert point.run("backup", "--to", str(copy)).returncode == 0
    point.exec(register("乙"))
    point.json("sync")
    point.exec(register("丙"))
    assert point.json("restore", "--from", str(copy))["restored"] is True
    assert point.json("status")["letter"] == "A2"
    point.exec(register("丁"))
    assert point.json("sync")["error"] == ""
    assert point.json("check")["ok"] is True
    with town.engine.connect() as conn:
        assert set(conn.execute(sa.select(person.c.name)).scalars()) == {"甲", "乙", "丁"}
    status = point.json("status")
    assert status["unsent"] == 0
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(copy.read_bytes()[:-5000] + b"x" * 5000)
    assert point.run("restore", "--from", str(damaged)).returncode == 1
    assert point.json("status")["digest"] == status["digest"]


def test_a_center_that_is_away_or_mends_is_no_damage(town: Town, point: PointFolder, tmp_path: Path) -> None:
    point.exec(register("甲"))
    assert point.run("sync").returncode == 0
    done = point.run("check", "--with-center")
    assert (done.returncode, "与中心一致" in done.stdout.decode()) == (0, True)
    with point.opened() as session, writing(session.engine) as conn:  # as if the day before something went wrong
        conn.exec_driver_sql("DELETE FROM journal WHERE device <> (SELECT device FROM here)")
        conn.exec_driver_sql("DELETE FROM node_row WHERE code = 'V2'")
        conn.exec_driver_sql("UPDATE sync_state SET floor_seq = 1000000")
    done = point.run("check", "--with-center")
    assert "已按中心的内容改正" in done.stdout.decode()
    assert "数据完好" in done.stdout.decode()
    assert done.returncode == 0
    alone = new_folder(town, tmp_path / "alone", "V2", online=False)
    done = alone.run("check", "--with-center")
    words = done.stdout.decode()
    assert done.returncode == 1
    assert "数据完好。没有与中心核对：" in words
    assert not re.search("[a-z_]{3}", words)
    told = alone.json("check", "--with-center")
    assert (told["ok"], told["center"]) == (True, "not_compared")


def test_check_finds_what_was_changed_behind_the_journals_back(point: PointFolder) -> None:
    point.exec(register("甲"), register("乙"))
    assert point.run("check").returncode == 0
    for sql, part in (
        ("UPDATE person_row SET name = '丙' WHERE name = '甲'", "records"),
        ("INSERT INTO shelf (node, lot, item, on_hand) VALUES ('a', 'b', 'c', 5)", "shelf"),
        ("UPDATE journal SET wall = wall + 1 WHERE n = 1 AND seq IS NULL", "chain"),
        ("DELETE FROM journal WHERE n = 2 AND seq IS NULL", "chain"),
    ):
        with point.opened() as session, writing(session.engine) as conn:
            conn.exec_driver_sql(sql)
        found = point.json("check")
        assert found["ok"] is False
        assert found[part] != "ok"
    assert point.run("check").returncode == 3
