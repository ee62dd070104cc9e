"""`bench start`: from the start of the process to a window that can be used, beside a bare window of the same library.

Usable is: the window stands, somebody is signed in, the first page is open and the loop takes keys. Signing in costs a
quarter of a second by intent (the password is made slow to guess); `sign_in_screen_s` is without it.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from app.base.clock import wall_clock
from app.cli.bench.goals import median
from app.cli.bench.population import populate
from app.cli.bench.town import Town
from app.cli.bootstrap import create_point, open_point

_PASSWORD = "bench only"  # noqa: S105  (of a folder that is gone a moment later)
_STAYS_S = 0.3
_BARE = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.show()
QTimer.singleShot(0, lambda: print("ready", flush=True))
QTimer.singleShot(300, window.close)
app.exec()
"""


def measure(folder: Path, records: int, repeats: int) -> dict[str, Any]:
    town = Town(folder / "town", 1)
    town.found()
    village = town.names()[0]
    user, data = f"u-{village}", folder / "point"
    file, code = town.enrolment(village)
    create_point(data, file, user, _PASSWORD, code=code)
    with open_point(data, user, _PASSWORD) as point:
        populate(point.engine, point.actor.node, point.actor.id, records, wall_clock())

    bare_s, door_s, inside_s = [], [], []
    for number in range(repeats + 1):
        bare = _until_ready([sys.executable, "-c", _BARE], "")
        door = _until_ready([sys.executable, "-m", __name__, str(data)], "")
        inside = _until_ready([sys.executable, "-m", __name__, str(data), user], _PASSWORD)
        if number:  # the first fills the system's caches
            bare_s.append(bare)
            door_s.append(door)
            inside_s.append(inside)
    over = median(mine - theirs for mine, theirs in zip(inside_s, bare_s, strict=True))
    return {
        "bare_window_s": median(bare_s),
        "sign_in_screen_s": median(door_s),
        "signed_in_s": median(inside_s),
        "judged": {"over_bare_window_s": over},
    }


def _until_ready(words: list[str], told: str) -> float:
    """Seconds from the start of a process to its word `ready`."""
    begun = time.perf_counter()
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        if running.stdin is None or running.stdout is None:
            raise RuntimeError("a process without pipes")
        running.stdin.write(told + "\n")
        running.stdin.flush()
        for line in running.stdout:
            if line.strip() == "ready":
                took = time.perf_counter() - begun
                running.communicate(timeout=60)
                return took
        raise RuntimeError(f"a window that ended with {running.wait()}")


def main(data: str, user: str | None = None) -> int:
    """The desktop on this folder for a moment; says `ready`. The password comes on standard input."""
    from app.cli.desktop import run_desktop

    password = sys.stdin.readline().rstrip("\n") if user else None
    return run_desktop(Path(data), user, password, _STAYS_S, lambda: print("ready", flush=True))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
