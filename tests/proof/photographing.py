"""Run as a process: takes photos at a point, saves them, sends them, until it is killed.

    python -m tests.proof.photographing FOLDER KEY

A line on stdout is an acknowledgement: the name of a photo that was saved with its record. Pictures come from the key,
so that whoever reads the lines can make them again.
"""

import hashlib
import itertools
import sys
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

from PIL import Image

from app.cli.bootstrap import open_point
from app.features.cases.commands import LogEncounter
from app.features.photos.commands import KeepPhoto, PhotoTaken, picture_of
from app.features.photos.preparing import Prepared, prepare
from app.sync.photos import UNBOUNDED, photo_turn
from app.sync.rounds import sync_round
from tests.proof.city import PASSWORD

USER = "u-V1"
BETWEEN_ROUNDS = 2


def pictures(key: str, size: tuple[int, int] = (700, 500)) -> Iterator[Prepared]:
    """One after the other, always the same for a key; each of some 100 KB."""
    for number in itertools.count():
        seed = hashlib.sha256(f"{key} {number}".encode()).digest()
        grain = hashlib.shake_256(seed).digest(size[0] * size[1] // 4)
        small = Image.frombytes("L", (size[0] // 2, size[1] // 2), grain)
        into = BytesIO()
        small.resize(size).convert("RGB").save(into, "PNG", compress_level=0)
        yield prepare(into.getvalue())


def work(data: Path, key: str) -> None:
    with open_point(data, USER, PASSWORD) as session:
        print("open", flush=True)
        for number, made in enumerate(pictures(key)):
            session.runner.do(KeepPhoto(photo=made.data, thumbnail=picture_of(made.thumbnail)), session.actor)
            name = hashlib.sha256(made.data).hexdigest()
            met = LogEncounter(
                gender="MALE",
                age_est=45,
                features=f"{key} {number}",
                place_type="BRIDGE",
                health_obs=("OK",),
                disposition="ON_SITE_AID",
                photos=(PhotoTaken(photo=name),),
            )
            session.runner.do(met, session.actor)
            print(name, flush=True)
            if number % BETWEEN_ROUNDS:
                with closing(session.transport()) as transport:
                    report = sync_round(session.engine, transport, clock=session.clock, sentinel=session.sentinel)
                    sent = photo_turn(session.engine, transport, budget=UNBOUNDED)
                if report.error or sent.error:
                    raise RuntimeError(report.error or sent.error)


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
