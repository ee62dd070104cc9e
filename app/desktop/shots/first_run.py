"""The tour of the first run: from an empty folder to a point that is ready."""

from collections.abc import Iterator

from app.desktop.first_run.screen import FirstRun
from app.desktop.frame.sticks import Stick
from app.desktop.main import Desktop
from app.desktop.shots.hands import child
from app.desktop.shots.stage import Stage, Waiting


def first_run(stage: Stage, desktop: Desktop, waiting: Waiting) -> Iterator[str]:
    first = child(desktop.window, FirstRun)
    yield "first_run-1_look"
    first.go_on()
    yield "first_run-2_file"
    first.sticks.rest()
    file = stage.enrolment.with_name("启用文件.json")
    first.sticks.take([Stick(file.parent, "我的优盘", can_write=True, enrolments=(file,))])
    yield "first_run-2_file_on_stick"
    first.sticks.take(())
    first.take_file("/不在这里.json")
    waiting.until(lambda: not first.busy)
    yield "first_run-2_file_wrong"
    first.take_file(str(stage.enrolment))
    waiting.until(lambda: not first.busy)
    yield "first_run-2_file_read"
    first.go_on()
    yield "first_run-3_code"
    first.go_on()
    yield "first_run-4_who"
    first.say_who(stage.user, "12345678", "1234")
    first.go_on()
    yield "first_run-4_who_wrong"
    first.say_who(stage.user, stage.password, stage.password)
    first.go_on()
    waiting.until(lambda: not first.busy)
    yield "first_run-5_ready"
    first.go_to_sample()
    yield "first_run-sample"
