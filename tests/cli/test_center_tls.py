"""`aidpoint center` at an https address: served over TLS by one or more workers, moved to the next authority."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from app.base.clock import wall_clock
from app.cli.bootstrap import PointSession, create_point, open_point
from app.features.people.commands import RegisterPerson
from app.sync.reports import RoundReport
from app.sync.rounds import sync_round
from tests.cli.operating import Server, run, told
from tests.cli.points import CHEAP, PASSWORD


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def new_point(folder: Path, where: tuple[str, str]) -> PointSession:
    file = folder / "enrolment.json"
    code = told("enroll", *where, "--node", "HZ", "--out", str(file))["code"]
    create_point(folder / "point", file.read_bytes(), "root", PASSWORD, code=code, cost=CHEAP)
    return open_point(folder / "point", "root", PASSWORD)


def go(point: PointSession) -> RoundReport:
    with closing(point.transport()) as way:
        return sync_round(point.engine, way, clock=wall_clock)


@pytest.mark.timeout(300)  # a dozen processes, one after the other
def test_a_city_over_tls_from_the_command_line(database: str, tmp_path: Path) -> None:
    where, port = ("--database", database), free_port()
    url = f"https://127.0.0.1:{port}"
    told("init", *where, "--city", "杭州", "--url", url, "--code", "HZ", "--admin", "root")
    serve = ("--port", str(port), *(("--workers", "2") if database.startswith("postgres") else ()))
    with new_point(tmp_path, where) as point:
        point.runner.do(RegisterPerson(name="甲", gender="MALE", age_est=40), point.actor)
        server = Server(database, *serve)
        try:
            assert server.url == url
            assert (go(point).error, go(point).unsent) == ("", 0)
            following = told("authority", *where, "--next")
            assert following["now"] != following["next"]
            assert "1" in run("authority", *where, "--switch", status=1)
            assert [go(point).error, go(point).error] == ["", ""]
            switched = told("authority", *where, "--switch")
            assert (switched["now"], switched["past"]) == (following["next"], following["now"])
            assert go(point).error == "", "until it starts anew the center shows the one before"
        finally:
            server.end()
        server = Server(database, *serve)
        try:
            assert [go(point).error, go(point).error] == ["", ""]
            assert "past" not in told("authority", *where)
        finally:
            server.end()
        moved = f"https://localhost:{free_port()}"
        assert (told("address", *where)["devices"], told("address", *where)["told"]) == (1, 1)
        run("address", *where, "--url", "http://localhost:1", status=1)
        found = told("address", *where, "--url", moved)
        assert (found["url"], found["told"]) == (moved, 0)
        assert go(point).error == "center_away"
