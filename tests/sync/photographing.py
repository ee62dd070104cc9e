"""Photos between laptops and their center: who takes them, sends them and asks for them, and a line that breaks."""

import hashlib
from collections.abc import Callable, Mapping

from app.base.errors import Environment
from app.features.photos.commands import FetchPhoto, PhotoTaken
from app.features.photos.preparing import Prepared
from app.journal import attached
from app.store.engine import reading
from app.sync.photos import PhotoReport, photo_turn, photos_waiting
from tests.features.cases.givens import nameless
from tests.photographs import keep_photo, prepared
from tests.sync.town import Laptop


def name(made: Prepared) -> str:
    return hashlib.sha256(made.data).hexdigest()


def meet(laptop: Laptop, *seeds: int) -> str:
    """Somebody is met, with photos; the encounter's id."""
    for seed in seeds:
        laptop.do(keep_photo(seed))
    taken = tuple(PhotoTaken(photo=name(prepared(seed)), caption=f"照片{seed}") for seed in seeds)
    return next(id_ for kind, id_ in laptop.do(nameless(photos=taken)).made if kind == "encounter")


def turn(laptop: Laptop, carrier: "object | None" = None, **options: object) -> PhotoReport:
    return photo_turn(laptop.engine, carrier or laptop.transport, **options)  # type: ignore[arg-type]


def waiting(laptop: Laptop) -> int:
    with reading(laptop.engine) as conn:
        return photos_waiting(conn).photos


def bytes_at(laptop: Laptop, photo: str) -> bytes | None:
    with reading(laptop.engine) as conn:
        return attached.whole_bytes(conn, photo)


def want(laptop: Laptop, photo: str) -> None:
    laptop.do(FetchPhoto(photo=photo))


class Line:
    """A way that breaks: `cuts` gives, for each request, where in it the line is cut (None: not at all).

    A cut at "answer" means that the center did it and nobody heard.
    """

    def __init__(self, laptop: Laptop, cuts: Callable[[int], str | None]) -> None:
        self._laptop, self._cuts = laptop, cuts
        self.requests = 0
        self.sent = 0

    def carry(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        self.requests += 1
        cut = self._cuts(self.requests)
        if cut == "request":
            raise Environment("line_broken")
        answer = self._laptop.transport.carry(method, path, body, headers)
        self.sent += len(body)
        if cut == "answer":
            raise Environment("line_broken")
        return answer
