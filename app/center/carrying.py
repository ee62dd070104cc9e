"""An exchange carried by hand, as the center sees it: a file from a device, and the file that answers it.

Each request in it is answered by the code that answers it over the line; then the feed is read until there is no more,
within bounds. The same file may come any number of times. Not here: the container (`app.sync.sealed`), folders.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.base.errors import Refused
from app.base.ids import new_id
from app.center.admission import admit
from app.center.bodies import unpacked
from app.center.calls import CALLS
from app.center.hub import Declined, Hub, standing_city
from app.center.links import answer_links, epochs_of
from app.center.tables import device, device_epoch
from app.features.org.queries import node_row
from app.store.engine import reading
from app.store.stick import on_stick, whole_file
from app.sync.bytes import MOST_PIECE
from app.sync.carried import (
    FILE_VERSION,
    MOST_OPENING,
    TO_CENTER,
    TO_POINT,
    Answered,
    Asked,
    Opening,
    Piece,
    encode,
    frame_in,
    opening_in,
)
from app.sync.folders import file_at, files_in, going
from app.sync.links import LINKS_PATH, LinksRequest
from app.sync.protocol import (
    ADMIT_PATH,
    EXCHANGE_PATH,
    HUB_LEVEL,
    AdmitRequest,
    ExchangeRequest,
    ExchangeResponse,
    Problem,
    Pull,
    Push,
    pack,
)
from app.sync.sealed import Opened, Sealing, Way
from app.sync.snapshot_wire import SNAPSHOT_PATH, SnapshotRequest, SnapshotResponse

MOST_ANSWER = 64 * 1024 * 1024
"""Bytes of pages, or of links, in one answer, about; of pages the next one brings the rest."""
_PAGE_BYTES = 256 * 1024
_MOST_LINKS = 25
"""Answers about one epoch, 4,000 commits each."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file came to. `device`: whose it was; `point`, `letter`: where that is known.

    `commits`: new ones that were taken, `aside` of them kept apart; `pages`: commits of others in the answer,
    `behind`: about how many are left for the next. `declined`: empty, or the code of what the answer says no to.
    """

    device: str
    point: str
    letter: str
    commits: int
    aside: int
    pages: int
    behind: int
    declined: str


def take_file(hub: Hub, source: BinaryIO, answer: BinaryIO, *, most: int = MOST_ANSWER) -> Taken:
    """Take a device's file and write the answer, which counts once it is whole.

    Raises `Refused`: those of `Opened`, "carried_other_center", "carried_bad_signature"; and `Environment`.
    """
    with reading(hub.engine) as conn:
        city = standing_city(conn)
    opened = Opened(source, Way.TO_CENTER, city["seal_key"])
    opening = opening_in(opened.first(MOST_OPENING))
    with reading(hub.engine) as conn:
        known = conn.execute(sa.select(device).where(device.c.id == opening.device)).mappings().one_or_none()
    sign_key, seal_key = _keys_of(opening, known)
    opened.check(Ed25519PublicKey.from_public_bytes(sign_key))
    if opening.city != city["id"]:
        raise Refused("carried_other_center", "file")
    city_key = Ed25519PrivateKey.from_private_bytes(city["sign_key"])
    sealing = Sealing(answer, Way.TO_POINT, seal_key, city_key)
    now = hub.clock()
    sealing.add(encode(Opening(FILE_VERSION, new_id(), city["id"], opening.device, now, asked=opening.id)))
    answering = _Answering(hub, opening, sign_key, sealing, now, most)
    frames = opened.frames()
    next(frames)
    answering.answer_all(frames)
    sealing.finish()
    return answering.taken()


def _keys_of(opening: Opening, known: sa.RowMapping | None) -> tuple[bytes, bytes]:
    """The keys it must be signed with and its answer sealed to. Of a device that is not known only it can say."""
    if known is not None:
        return known["sign_key"], known["seal_key"]
    if len(opening.sign_key) != 32 or len(opening.seal_key) != 32:
        raise Refused("carried_unreadable", "file")
    return opening.sign_key, opening.seal_key


@dataclass
class _Answering:
    hub: Hub
    opening: Opening
    sign_key: bytes
    sealing: Sealing
    receipt: int
    most: int
    commits: int = 0
    aside: set[tuple[str, int]] = field(default_factory=set)
    pages: int = 0
    behind: int = 0
    declined: str = ""
    last: ExchangeRequest | None = None
    snapshot: SnapshotRequest | None = None

    def answer_all(self, frames: Iterator[bytes]) -> None:
        """Answer what was asked, in its order, up to the first no; then give what is new."""
        for content in frames:
            frame = frame_in(content)
            if not isinstance(frame, Asked):
                raise Refused("carried_unreadable", "file")
            if not self.declined:  # the rest is read all the same: a file is right as a whole or refused
                self._answer(frame)
        if self.last is not None and not self.declined:
            self._give_pages(self.last)

    def _answer(self, frame: Asked) -> None:
        if frame.path == ADMIT_PATH:
            self._admit(self._read(frame.body, AdmitRequest))
        elif frame.path == EXCHANGE_PATH:
            self._exchange(self._read(frame.body, ExchangeRequest))
        elif frame.path == SNAPSHOT_PATH:
            self.snapshot = self._read(frame.body, SnapshotRequest)
        elif frame.path in CALLS:
            call = CALLS[frame.path]
            request = self._read(frame.body, call.request)
            self._call(frame.path, request, request)

    def _read(self, body: bytes, expected: type[Any]) -> Any:
        try:
            request = unpacked(body, expected)
        except Declined:
            raise Refused("carried_unreadable", "file") from None
        if request.device != self.opening.device:
            raise Refused("carried_bad_signature", "file")
        return request

    def _admit(self, request: AdmitRequest) -> None:
        if _raw(request.sign_key) != self.sign_key:
            raise Refused("carried_bad_signature", "file")
        try:
            self._add(ADMIT_PATH, request, admit(self.hub, request))
        except Declined as declined:
            self._decline(ADMIT_PATH, request, declined)

    def _exchange(self, request: ExchangeRequest) -> None:
        """Take what it pushes. Pages come at the end, when all is in."""
        self.last = request
        asked = msgspec.structs.replace(request, pull=Pull(request.pull.cursor, 0))
        before = self._acked(request)
        response = self._call(EXCHANGE_PATH, self._without_push(request), asked)
        if isinstance(response, ExchangeResponse):
            self.commits += max(0, response.ack.n - before)
            self.aside.update((request.epoch, told.n) for told in response.ack.verdicts if told.n > before)

    def _give_pages(self, request: ExchangeRequest) -> None:
        """The feed from where the device stood, until there is no more or no room for more."""
        end = request.push.from_n + len(request.push.commits)
        if request.pull.max_bytes == 0:  # it wants nothing yet
            return
        request = msgspec.structs.replace(request, push=Push(end, []), pull=Pull(request.pull.cursor, _PAGE_BYTES))
        while True:
            response = self._call(EXCHANGE_PATH, request, request)
            if not isinstance(response, ExchangeResponse):
                if self.declined == "snapshot_required" and self.snapshot is not None:
                    self._give_snapshot(self.snapshot)
                return
            self.pages += len(response.page.commits)
            self.behind = response.page.behind
            cursor = response.page.cursor
            if not response.page.more or cursor == request.pull.cursor or self.sealing.size > self.most:
                return
            request = msgspec.structs.replace(request, pull=Pull(cursor, _PAGE_BYTES))

    def _give_snapshot(self, request: SnapshotRequest) -> None:
        """The state of all the device reads, with its bytes: in place of the history it has missed."""
        self.declined = ""
        answer = self._call(SNAPSHOT_PATH, request, request)
        if not isinstance(answer, SnapshotResponse):
            return
        for part in answer.segments:
            for offset in range(0, part.bytes, MOST_PIECE):
                body = self.hub.content.read(part.sha, offset, MOST_PIECE)
                self.sealing.add(encode(Piece(part.sha, offset, part.bytes, body)))

    def _call(self, path: str, echo: msgspec.Struct, request: Any) -> msgspec.Struct | None:
        """Ask, and put the answer into the file; None where it is a no."""
        if isinstance(request, ExchangeRequest):
            # What a file says of the clock is as old as the file: the skew last seen on the line stands for it.
            request = msgspec.structs.replace(request, wall=self.receipt - self._skew())
        try:
            response = CALLS[path].answer(self.hub, request, self.receipt)
        except Declined as declined:
            self._decline(path, echo, declined)
            return None
        self._add(path, echo, response)
        return response

    def _decline(self, path: str, echo: msgspec.Struct, declined: Declined) -> None:
        self.declined = declined.code
        if isinstance(echo, ExchangeRequest):
            for epoch, upto in self._links_due(echo, declined.code):
                self._give_links(echo, epoch, upto)
        problem = Problem("", declined.code, self.hub.clock(), declined.facts)
        self._put(Answered(path, pack(echo, HUB_LEVEL), True, pack(problem, HUB_LEVEL)))

    def _links_due(self, request: ExchangeRequest, code: str) -> list[tuple[str, int]]:
        """Of which epochs the device would ask for the links now, and up to which commit."""
        if code == "fork":
            return [(request.epoch, request.have_n)]
        if code != "epoch":
            return []
        with reading(self.hub.engine) as conn:  # which of them are past, and how much of them it has, it alone knows
            return [(e["epoch"], e["acked_n"]) for e in epochs_of(conn, request.device) if e["acked_n"]]

    def _give_links(self, request: ExchangeRequest, epoch: str, upto: int) -> None:
        """What the device would ask for next, to find where its history went another way: the newest first."""
        for _ in range(_MOST_LINKS):
            if self.sealing.size > self.most:
                return
            asked = LinksRequest(request.version, new_id(), request.device, epoch, upto)
            links = answer_links(self.hub, asked, self.receipt)
            self._add(LINKS_PATH, asked, links)
            upto = links.from_n - 1
            if upto < 1:
                return

    def _add(self, path: str, echo: msgspec.Struct, response: msgspec.Struct) -> None:
        self._put(Answered(path, pack(echo, HUB_LEVEL), False, pack(response, HUB_LEVEL)))

    def _put(self, answered: Answered) -> None:
        self.sealing.add(encode(answered))

    def _without_push(self, request: ExchangeRequest) -> ExchangeRequest:
        return msgspec.structs.replace(request, push=Push(request.push.from_n, []))

    def _acked(self, request: ExchangeRequest) -> int:
        e = device_epoch.c
        query = sa.select(e.acked_n).where(e.device == request.device, e.epoch == request.epoch)
        with reading(self.hub.engine) as conn:
            return int(conn.execute(query).scalar() or 0)

    def _skew(self) -> int:
        query = sa.select(device.c.skew).where(device.c.id == self.opening.device)
        with reading(self.hub.engine) as conn:
            return int(conn.execute(query).scalar() or 0)

    def taken(self) -> Taken:
        with reading(self.hub.engine) as conn:
            row = conn.execute(sa.select(device).where(device.c.id == self.opening.device)).mappings().one_or_none()
            place = None if row is None else node_row(conn, row["node"])
        return Taken(
            device=self.opening.device,
            point="" if place is None else place.code,
            letter="" if row is None else row["letter"],
            commits=self.commits,
            aside=len(self.aside),
            pages=self.pages,
            behind=self.behind,
            declined=self.declined,
        )


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def take_into(hub: Hub, source: Path, target: Path, *, most: int = MOST_ANSWER) -> tuple[Path, Taken]:
    """`take_file` from one file into a folder, or the file named; gives where the answer is, which is there whole.

    Raises `Refused`: those of `take_file`, "file_missing", "carried_no_place"; and `Environment` as sticks do.
    """
    with on_stick():
        if not source.is_file():
            raise Refused("file_missing", "file")
    path = file_at(target, answer_name(source.name))
    with on_stick(), source.open("rb") as file, whole_file(path) as answer:
        taken = take_file(hub, file, answer, most=most)
    return path, taken


def requests_at(hub: Hub, place: Path) -> list[Path]:
    """The files for this center there: the file itself, or those in a folder, with those of them that cannot be read.
    Raises `Refused`: "file_missing", "carried_none_here"."""
    with on_stick():
        if place.is_file():
            return [place]
        if not place.is_dir():
            raise Refused("file_missing", "file")
    with reading(hub.engine) as conn:
        key = X25519PrivateKey.from_private_bytes(standing_city(conn)["seal_key"])
    found, unread = going(Way.TO_CENTER, files_in(place), key.public_key().public_bytes_raw())
    if not found and not unread:
        raise Refused("carried_none_here", "file")
    return sorted([*found, *unread])


def check_answers_fit(place: Path, requests: list[Path]) -> None:
    """Whether the answers to all of these have a place there, each its own: asked before the first is taken.

    Raises `Refused`: "carried_no_place", "answers_need_folder".
    """
    is_file = file_at(place, answer_name(requests[0].name)) == place
    if is_file and len(requests) > 1:
        raise Refused("answers_need_folder", "out", place=str(place), count=len(requests))


def answer_name(request: str) -> str:
    """What the answer to a file of this name is called."""
    return TO_POINT + request.removeprefix(TO_CENTER)
