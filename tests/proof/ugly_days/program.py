"""The program as it was, as it is, and as it may be one day, each in a process of its own: hub or points.

    python -m tests.proof.ugly_days.program VERSION

`older` writes format 1 and does not know a person's `guardian_phone`. `newer` writes format 3, knows a field more
(`person.nick`) and a kind more (`pet`). Commands come as JSON lines, answers go as JSON lines. Everything else is the
real thing, over real HTTP.
"""

import base64
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

SCHEMAS = {"older": 1, "now": 2, "newer": 3}


def become(version: str) -> None:
    """Make this process that program; before anything else of it is imported."""
    from app.journal import entities, ops, upcast

    ops.SCHEMA = SCHEMAS[version]
    for reader in (ops.decode_op, ops.decode_head):
        reader.__defaults__ = (ops.SCHEMA,)
    upcast.STEPS[2] = lambda array: array
    declare = entities.entity

    def entity(kind: str, scope: Any, groups: Any, **more: Any) -> Any:
        if kind == "person":
            groups = {name: dict(fields) for name, fields in groups.items()}
            if version == "older":
                del groups["guardian"]["guardian_phone"]
            if version == "newer":
                from app.journal.fields import Text

                groups["residence"]["nick"] = Text(40)
        return declare(kind, scope, groups, **more)

    entities.entity = entity
    from app.features.registry import load_features

    load_features()
    if version == "newer":
        from app.journal.fields import Text

        declare("pet", entities.Scope.OWN, {"facts": {"owner": Text(32), "animal": Text(20)}})


def brought_up(path_or_url: str) -> Any:
    """The database with the tables of this program."""
    import sqlalchemy as sa

    from app.journal.entities import find_entity
    from app.store.engine import open_center, writing
    from app.store.upgrade import upgrade

    engine = open_center(path_or_url if "://" in path_or_url else f"sqlite:///{path_or_url}")
    upgrade(engine, None)
    person, pet = find_entity("person"), find_entity("pet")
    assert person is not None
    if pet is not None:
        with writing(engine) as conn:
            pet.table.create(conn, checkfirst=True)
            columns = {column["name"] for column in sa.inspect(conn).get_columns("person_row")}
            if "nick" not in columns:
                conn.exec_driver_sql("ALTER TABLE person_row ADD COLUMN nick TEXT")
    return engine


class HubProgram:
    def __init__(self, database: str, files: str, port: int, behind: int) -> None:
        from app.center.app import create_center_app
        from app.center.hub import Hub
        from app.center.starting import catch_up
        from app.cli.sample.served import url_of
        from app.store.engine import reading
        from tests.sync.town import found_city

        self.engine = brought_up(database)
        self.stack = ExitStack()
        with reading(self.engine) as conn:
            from app.center.tables import city

            fresh = conn.execute(city.select()).first() is None
        if fresh:
            found_city(self.engine, url_of(port))
        self.hub = Hub(self.engine, files=Path(files), snapshot_behind=behind)
        self.caught_up = catch_up(self.hub).applied
        self.stack.enter_context(_served(create_center_app(self.engine, hub=self.hub), port))

    def enroll(self, node: str) -> dict[str, str]:
        from app.center import admin

        file, code = admin.enroll(self.engine, node)
        return {"file": base64.b64encode(file).decode(), "code": code}

    def status(self) -> dict[str, Any]:
        from app.center import admin

        told = admin.status(self.engine)
        digests = {device["id"]: device["digest"] for device in told["devices"]}
        return {"digests": digests, "quarantine": told["quarantine"], "caught_up": self.caught_up}

    def close(self) -> None:
        self.stack.close()
        self.engine.dispose()


def _served(app: Callable[..., Any], port: int) -> Any:
    import threading
    import time
    from contextlib import contextmanager

    import uvicorn

    @contextmanager
    def serving() -> Any:
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()

    return serving()


class PointProgram:
    def __init__(self, database: str, user: str, url: str, file: str = "", code: str = "") -> None:
        from app.base.clock import wall_clock
        from app.journal.apply import apply_unread
        from app.store.engine import writing
        from app.sync.enrol import enrol
        from app.sync.enrolment import read_enrolment
        from app.sync.pages import retry_set_aside
        from app.sync.snapshot import ask_again_if_known
        from tests.sync.town import laptop_at

        engine = brought_up(database)
        if file:
            enrol(engine, read_enrolment(base64.b64decode(file)), wall_clock, code)
        with writing(engine) as conn:  # as `app.cli.bootstrap` does at every start
            apply_unread(conn)
            ask_again_if_known(conn)
            retry_set_aside(conn)
        self.laptop = laptop_at(engine, wall_clock, user, url)

    def write(self, name: str, **facts: str) -> dict[str, str]:
        """Somebody comes in, told with every word this program has; a pet with them where it knows pets."""
        from app.base.ids import new_id
        from app.journal.act import Act
        from app.journal.here import standing
        from app.journal.runner import Runner
        from app.store.engine import writing

        laptop = self.laptop
        with writing(laptop.engine) as conn:
            act = Act(conn, laptop.actor, standing(conn), laptop.clock(), new_id)
            animal = facts.pop("animal", "")
            id_ = act.create("person", {"name": name, **facts})
            if animal:
                act.create("pet", {"owner": id_, "animal": animal})
            Runner(laptop.engine, laptop.clock).commit(conn, act)
        return {"id": id_}

    def amend(self, id: str, group: str, **values: str) -> dict[str, str]:
        from app.base.ids import new_id
        from app.journal.act import Act
        from app.journal.here import standing
        from app.journal.runner import Runner
        from app.store.engine import writing

        laptop = self.laptop
        with writing(laptop.engine) as conn:
            act = Act(conn, laptop.actor, standing(conn), laptop.clock(), new_id)
            act.set("person", id, group, values)
            Runner(laptop.engine, laptop.clock).commit(conn, act)
        return {}

    def sync(self) -> dict[str, Any]:
        report = self.laptop.try_sync()
        return {"error": report.error, "unsent": report.unsent, "received": report.received}

    def see(self) -> dict[str, Any]:
        """Persons by name with what this program knows of them, pets by owner, and the digest of it all."""
        from app.journal.entities import find_entity
        from app.store.engine import reading
        from app.sync.state import enrolled

        person, pet = find_entity("person"), find_entity("pet")
        assert person is not None
        names = ("name", "guardian_phone", "nick", "residence_addr")
        persons = {
            row["id"]: {name: row[name] for name in names if row.get(name) is not None}
            for row in self.laptop.rows(person.table)
        }
        pets = {} if pet is None else {row["owner"]: row["animal"] for row in self.laptop.rows(pet.table)}
        with reading(self.laptop.engine) as conn:
            floor = enrolled(conn).floor_seq
        status = self.laptop.status()
        return {"persons": persons, "pets": pets, "digest": status.digest, "device": status.device, "floor": floor}

    def close(self) -> None:
        self.laptop.transport.close()
        self.laptop.engine.dispose()


def main() -> None:
    become(sys.argv[1])
    made: dict[str, Any] = {}
    for line in sys.stdin:
        said = json.loads(line)
        who, do = said.pop("who"), said.pop("do")
        answer: Any = None
        if do in ("hub", "point"):
            made[who] = (HubProgram if do == "hub" else PointProgram)(**said)
        else:
            answer = getattr(made[who], do)(**said)
        print(json.dumps(answer), flush=True)
    for each in made.values():
        each.close()


if __name__ == "__main__":
    main()
