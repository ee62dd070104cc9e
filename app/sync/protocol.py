"""The exchange as typed JSON: what a device sends, what the center answers, how bodies are packed.

One round trip carries push, acks and pull. Envelopes are objects, commits are positional arrays. Bodies are compressed
with zstd. Unknown members are ignored, so that a newer side may add some. Not here: who does what with them.
"""

import sys
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

VERSION = 1
MEDIA_TYPE = "application/vnd.aidpoint.sync+zstd"
EXCHANGE_PATH = "/sync/v1/exchange"
ADMIT_PATH = "/sync/v1/admit"
CLIENT_LEVEL = 10
CLIENT_LEVEL_LARGE = 8
"""For a push of `LARGE` bytes of JSON and more: a line that takes so much at once is not the slow one."""
LARGE = 512 * 1024
HUB_LEVEL = 6
HUB_LEVEL_PRESSED = 3
"""While many wait for the hub."""
MAX_BODY = 16 * 1024 * 1024
"""The most a decompressed body may hold, in bytes."""

Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""Of a commit, as an asking device names it: what every database holds."""


class PushedCommit(msgspec.Struct, array_like=True):
    """One commit of the sender. `parts`: [[place, salt, op]], every op of it, as the author made them."""

    n: Number
    wall: int
    bound: int
    schema: int
    actor: str
    parts: msgspec.Raw


class Push(msgspec.Struct):
    from_n: Number
    """The number of the first commit sent, or of the next one where none is."""
    commits: list[PushedCommit]


class Pull(msgspec.Struct):
    cursor: str
    """Opaque; empty at first."""
    max_bytes: int


class Held(msgspec.Struct, array_like=True):
    """Commits of one epoch of the asking device that are kept apart at the center, as who says it believes, and why."""

    epoch: str
    ns: list[Number]
    code: str | None = None
    """In a question empty where it is not known whether they are; None from a program that does not say."""


class ExchangeRequest(msgspec.Struct):
    version: int
    request_id: str
    app: str
    schema: int
    device: str
    epoch: str
    serial: int
    have_n: Number
    """The last commit this device has written in this epoch."""
    head: str
    """The chain's value after the last commit of this push (at acked_n where it is empty), base64."""
    wall: int
    push: Push
    pull: Pull
    hub_epoch: str = ""
    """The epoch of the center as last heard, empty before first contact."""
    trusts: str = ""
    """What the device knows of its center (`app.sync.pins.known_of`); empty from one that cannot be told more."""
    held: list[Held] = []
    """Of which the center says what became of them."""


class PageCommit(msgspec.Struct, array_like=True):
    """One commit as a reader gets it: the ops in the reader's scope, without salts ([[place, "", op]])."""

    device: str
    epoch: str
    serial: int
    n: int
    seq: int
    eff: int
    wall: int
    bound: int
    schema: int
    actor: str
    parts: msgspec.Raw

    def pushed(self) -> PushedCommit:
        """As its author pushes it: device, epoch and serial stand in the request."""
        return PushedCommit(self.n, self.wall, self.bound, self.schema, self.actor, self.parts)


FRAME = PageCommit.__struct_fields__[:-1]
"""The columns of the journal that a `PageCommit` has before its parts."""


def page_commit(row: Mapping[str, Any], parts: bytes) -> PageCommit:
    """The commit in this row of the journal, with these parts."""
    return PageCommit(**{name: row[name] for name in FRAME}, parts=msgspec.Raw(parts))


def unnumbered(row: Mapping[str, Any], parts: bytes) -> PageCommit:
    """The same for a center that has lost it: the number it had there says nothing any more."""
    return page_commit({**row, "seq": 0}, parts)


class OwnStamp(msgspec.Struct, array_like=True):
    """The center's order for commits of the asking device: `count` in a row from (n, seq), each with its eff."""

    epoch: str
    n: int
    seq: int
    effs: list[int]
    """The first eff, then the difference to the one before, µs."""


class Move(msgspec.Struct, array_like=True):
    """Records that leave or enter the reader's scope, after commit `seq` and before the next.

    `leave`, `enter`: [kind, id]. `commits`: whatever was written about those that enter, by anybody and however long
    ago: the reader makes them anew from it. Of a record that the reader has already, nothing changes.
    """

    seq: int
    leave: list[tuple[str, str]]
    enter: list[tuple[str, str]]
    commits: list[PageCommit]


class Page(msgspec.Struct):
    commits: list[PageCommit]
    stamps: list[OwnStamp]
    cursor: str
    more: bool
    behind: int
    """About how many commits are still to come."""
    moves: list[Move] = []
    """In order of `seq`; one with the `seq` of a commit comes after it."""


class Verdict(msgspec.Struct, array_like=True):
    """A commit that was stored but not applied, and why; it is acknowledged all the same."""

    n: int
    code: str


class LateAck(msgspec.Struct):
    """What a refusal says of the push that came with it and was kept all the same: part of its `Problem.facts`."""

    acked_n: int
    verdicts: list[Verdict] = msgspec.field(default_factory=list)


class Dropped(msgspec.Struct, array_like=True):
    """A commit of the asking device of which an operator settled that it is never applied, `at` when (µs) and why."""

    epoch: str
    n: int
    at: int
    why: str


class PastAck(msgspec.Struct, array_like=True):
    """How far an earlier epoch of the asking device has come."""

    epoch: str
    n: int
    safe_n: int


class Ack(msgspec.Struct, omit_defaults=True):
    n: int
    safe_n: int
    verdicts: list[Verdict]
    past: list[PastAck] = []
    """The device's other epochs, where it has any."""
    dropped: list[Dropped] = []
    """Of those it named as held, or sent again."""
    held: list[Held] = []
    """Of those it named, which are kept apart for another reason than it believes, or it has not heard of."""


class Directives(msgspec.Struct):
    next_in_s: int
    max_bytes: int
    schema_min: int
    schema_max: int
    notice: str = ""
    twin: bool = False
    """Another installation goes on under this device's id: its disk was copied."""
    pins: list[str] = []
    """The certificates the city's center answers under, now and next; empty where nothing changed."""
    url: str = ""
    """Where the center is found from now on; empty where that is known."""


class ExchangeResponse(msgspec.Struct):
    request_id: str
    now: int
    hub_epoch: str
    ack: Ack
    page: Page
    directives: Directives


class Problem(msgspec.Struct):
    """Any other answer of ours. `code`: fork, serial (the epoch's is not the next), epoch (the center was restored),
    snapshot_required, not_even (news come first), summed_otherwise (by a program of another version), too_large,
    too_old, aside_full (too much of this device waits for the operator), busy, center_failed, not_admitted, revoked,
    bad_signature, bad_request, code_wrong, code_used, code_expired; of bytes also not_referenced, not_here_yet,
    offset, mismatch, photo_too_large, center_full."""

    request_id: str
    code: str
    now: int
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


class AdmitRequest(msgspec.Struct):
    """First contact: the device offers its keys under the one-time code of its enrolment. Signed by the very key."""

    version: int
    request_id: str
    code: str
    enrolment: str
    """The id of the enrolment file."""
    device: str
    epoch: str
    serial: int
    sign_key: str
    """Ed25519 public key, base64."""
    seal_key: str
    """X25519 public key, base64."""


class AdmitResponse(msgspec.Struct):
    request_id: str
    now: int
    hub_epoch: str


class BadBody(Exception):
    """Not a body of this protocol."""


S = TypeVar("S", bound=msgspec.Struct)
_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def pack(message: msgspec.Struct, level: int) -> bytes:
    return zstd.compress(_encoder.encode(message), level)


def unpack(body: bytes, expected: type[S]) -> S:
    """The message in these bytes. Raises `BadBody`; a body larger than `MAX_BODY` is refused before it is held."""
    decoder = _decoders.get(expected)
    if decoder is None:
        decoder = _decoders[expected] = msgspec.json.Decoder(expected)
    try:
        unzip = zstd.ZstdDecompressor()
        plain = unzip.decompress(body, MAX_BODY)
        if not unzip.eof:
            raise BadBody("too large or cut")
        message: S = decoder.decode(plain)
        return message
    except (zstd.ZstdError, msgspec.DecodeError, RecursionError, EOFError) as error:
        raise BadBody(str(error)) from error
