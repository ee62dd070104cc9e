"""Ops and commits: what they are in memory and as bytes, and the digests that chain them.

An op's bytes are those its author made: a JSON array that is kept and forwarded unchanged. Positions:

    ["create", kind, id, node, {field: value}, {set: [element]}]
    ["set",    kind, id, node, group, {field: value}, [base]]
    ["add",    kind, id, node, set, element]
    ["remove", kind, id, node, set, element, [seen]]
    ["void",   kind, id, node, reason, [seen]]
    ["rehome", kind, id, node, to, [base]]
    ["erase",  kind, id, node, [writes]]           the center's alone; no writes: the whole record

A reference to a write is `[n, op]` within the author's own epoch, else `[device, epoch, n, op]`. Values left out are
null. A part of a commit whose op is not kept here any more is blank: `[place, salt, null]`. Where the salt is wanted
for the chain and the op is not what its author made, the salt is `=` and the op's digest in base64. Not here: what
applying ops does, older formats (`upcast.py`).
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from app.base.ids import random_bytes
from app.journal.elements import element_key
from app.journal.upcast import upcast

SCHEMA = 2
"""The number of the op format this program writes; carried by every commit. It grows whenever an older program would
not read all of it: by a new op, kind, group, set or field."""

HOME = "@home"
"""The group every record of one node has beside its own: which node it belongs to. `rehome` sets it."""

SCALARS = frozenset({str, int, bool, type(None)})
"""What a value may be: what every database keeps alike."""

MOST_OPS = 20_000
"""The most ops of one commit, and..."""
MOST_BYTES = 8 * 1024 * 1024
"""...the most bytes of them all: what is more could be kept here and never be sent."""


Key = tuple[str, str]
"""(kind, id): which record is meant. An id alone is none: anybody may have named it for another kind."""


class WriteId(NamedTuple):
    """The id of one write: op `op` of commit (device, epoch, n)."""

    device: str
    epoch: str
    n: int
    op: int

    @property
    def commit(self) -> "CommitId":
        return CommitId(self.device, self.epoch, self.n)

    def text(self) -> str:
        return f"{self.device}.{self.epoch}.{self.n}.{self.op}"


class CommitId(NamedTuple):
    device: str
    epoch: str
    n: int

    def text(self) -> str:
        return f"{self.device}.{self.epoch}.{self.n}"


def write_id(text: str) -> WriteId:
    device, epoch, n, op = text.split(".")
    return WriteId(device, epoch, int(n), int(op))


def commit_id(text: str) -> CommitId:
    """What `CommitId.text` gave. Raises `ValueError`."""
    device, epoch, n = text.split(".")
    return CommitId(device, epoch, int(n))


def is_write_id(ref: WriteId) -> bool:
    """Whether its text can be kept and read back: who wrote it has no dot, and the numbers fit a column."""
    authors = all(isinstance(part, str) and 0 < len(part) <= 32 and "." not in part for part in ref[:2])
    numbers = all(type(number) is int and 0 <= number < 1 << 63 for number in ref[2:])
    return authors and numbers and ref.op < 1 << 31


@dataclass(slots=True)
class Op:
    """One decoded op. `name` is its array's first word; fields it has no use for stay empty."""

    name: str
    kind: str
    id: str
    node: str
    values: dict[str, Any]
    elements: dict[str, list[str]]
    group: str = ""
    element: str = ""
    seen: tuple[WriteId, ...] = ()
    reason: str = ""

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def head_group(self) -> str:
        """The group whose heads it changes; an element of a set has one of its own."""
        return element_key(self.group, self.element) if self.element else self.group


class OpPart(NamedTuple):
    """One op of a commit as carried: its place in the commit, its author's salt (empty to readers), its bytes.

    `raw` is `BLANK` where they are gone; a `salt` that begins with `=` is the digest of what the author made.
    """

    at: int
    salt: str
    raw: msgspec.Raw

    @property
    def is_blank(self) -> bool:
        return bytes(self.raw) == b"null"


BLANK = msgspec.Raw(b"null")
"""The bytes of an op that is not kept here: it stays known, and is applied to nothing."""
DIGEST = "="
"""What a salt begins with that is no salt."""


FRAMED = ("wall", "bound", "schema", "actor")
"""What an author says of a commit beside its ops: of one commit it is the same, whoever brings it."""


@dataclass(slots=True)
class Commit:
    """One user act, atomic at its author and at the hub; a reader holds the ops in its scope.

    wall, bound, eff: microseconds UTC. `bound` is the `now` of the last answer the author had applied. `seq` is None
    until the hub numbered it; `eff` is then provisional.
    """

    device: str
    epoch: str
    serial: int
    n: int
    wall: int
    bound: int
    actor: str
    schema: int
    parts: list[OpPart]
    seq: int | None = None
    eff: int = 0
    chain: bytes | None = None
    ops: Mapping[int, Op] = field(default_factory=dict)
    """Place → op, of those that were decoded from `parts` before."""

    @property
    def id(self) -> CommitId:
        return CommitId(self.device, self.epoch, self.n)


class Malformed(Exception):
    """Bytes that are no op of ours. At the hub the commit is quarantined, at a point set aside."""


class OpHead(msgspec.Struct, array_like=True):
    """How every op begins: what it does, to which record."""

    name: str
    kind: str
    id: str


class _Creation(msgspec.Struct, array_like=True, gc=False):
    """A whole op `create`. Read as what it should be it costs half of reading it as anything and looking through it."""

    name: str
    kind: str
    id: str
    node: str
    values: dict[str, str | int | bool | None]
    elements: dict[str, list[str]] = {}


_CREATION = b'["create",'
_creation_decoder = msgspec.json.Decoder(_Creation)
_encoder = msgspec.json.Encoder()
_head_decoder = msgspec.json.Decoder(OpHead)
_decoder = msgspec.json.Decoder()
_parts_decoder = msgspec.json.Decoder(list[tuple[int, str, msgspec.Raw]])


def encode(value: object) -> bytes:
    """Canonical enough for our own bytes: compact JSON, keys in the order given."""
    return _encoder.encode(value)


def decode_op(raw: bytes | msgspec.Raw, device: str, epoch: str, schema: int = SCHEMA) -> Op:
    """The op in these bytes of a commit of (device, epoch), written in format `schema`. Raises `Malformed`."""
    try:
        if schema >= SCHEMA and bytes(raw).startswith(_CREATION):
            return _read_creation(raw)
        array = _decoder.decode(raw)
        if schema < SCHEMA:
            array = upcast(array, schema, SCHEMA)
        name, kind, id_, node = array[0], array[1], array[2], array[3]
        if not (isinstance(kind, str) and isinstance(id_, str) and isinstance(node, str)):
            raise Malformed("op head")
        if name == "create":  # of an older format, or not written as programs write
            elements = _elements(array[5]) if len(array) > 5 else {}
            return Op(name, kind, id_, node, _values(array[4]), elements)
        if name == "set":
            return Op(
                name, kind, id_, node, _values(array[5]), {}, _name(array[4]), "", _refs(array[6], device, epoch)
            )  # fmt: skip
        if name == "add":
            return Op(name, kind, id_, node, {}, {}, _name(array[4]), _text(array[5]))
        if name == "remove":
            seen = _refs(array[6], device, epoch)
            return Op(name, kind, id_, node, {}, {}, _name(array[4]), _text(array[5]), seen)
        if name == "void":
            seen = _refs(array[5], device, epoch)
            return Op(name, kind, id_, node, {}, {}, "", "", seen, _text(array[4]))
        if name == "rehome":
            seen = _refs(array[5], device, epoch)
            return Op(name, kind, id_, node, {"node": _text(array[4])}, {}, HOME, "", seen)
        if name == "erase":
            return Op(name, kind, id_, node, {}, {}, "", "", _refs(array[4], device, epoch))
    except (msgspec.DecodeError, RecursionError, LookupError, TypeError, ValueError) as error:
        raise Malformed(type(error).__name__) from error
    raise Malformed("op name")


def _read_creation(raw: bytes | msgspec.Raw) -> Op:
    made = _creation_decoder.decode(raw)
    for name in made.elements:
        _name(name)
    return Op(made.name, made.kind, made.id, made.node, made.values, made.elements)


def decode_head(raw: bytes | msgspec.Raw, schema: int = SCHEMA) -> OpHead:
    """The beginning of an op alone, where the rest is not needed. Raises `Malformed`."""
    try:
        if schema < SCHEMA:
            return msgspec.convert(upcast(_decoder.decode(raw), schema, SCHEMA), OpHead)
        return _head_decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, LookupError, TypeError) as error:
        raise Malformed(str(error)) from error


def _values(given: Any) -> dict[str, Any]:
    """A value is text, a whole number, yes or no, or null."""
    if not isinstance(given, dict) or not set(map(type, given.values())) <= SCALARS:
        raise Malformed("values")
    return given


def _elements(given: Any) -> dict[str, list[str]]:
    if not isinstance(given, dict):
        raise Malformed("elements")
    for name, elements in given.items():
        if not isinstance(elements, list) or not all(isinstance(element, str) for element in elements):
            raise Malformed("elements")
        _name(name)
    return given


def _name(given: Any) -> str:
    """The name of a group or set: never one under which heads of another sort are kept."""
    if not isinstance(given, str) or not given or "=" in given or "*" in given or given.startswith("@"):
        raise Malformed("name")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise Malformed("text")
    return given


def _refs(arrays: Iterable[Sequence[Any]], device: str, epoch: str) -> tuple[WriteId, ...]:
    found = []
    for array in arrays:
        author = (device, epoch) if len(array) == 2 else array[:-2]
        ref = WriteId(*author, *array[-2:])
        if not is_write_id(ref):
            raise Malformed("reference")
        found.append(ref)
    return tuple(found)


def encode_op(op: Op, device: str, epoch: str) -> bytes:
    """The bytes an author at (device, epoch) gives this op."""
    head: list[object] = [op.name, op.kind, op.id, op.node]
    if op.name == "create":
        head.append({name: value for name, value in op.values.items() if value is not None})
        if op.elements:
            head.append(op.elements)
    elif op.name == "set":
        head += [op.group, op.values, _ref_arrays(op.seen, device, epoch)]
    elif op.name == "add":
        head += [op.group, op.element]
    elif op.name == "remove":
        head += [op.group, op.element, _ref_arrays(op.seen, device, epoch)]
    elif op.name == "void":
        head += [op.reason, _ref_arrays(op.seen, device, epoch)]
    elif op.name == "rehome":
        head += [op.values["node"], _ref_arrays(op.seen, device, epoch)]
    elif op.name == "erase":
        head.append(_ref_arrays(op.seen, device, epoch))
    else:
        raise ValueError(op.name)
    return encode(head)


def _ref_arrays(refs: Iterable[WriteId], device: str, epoch: str) -> list[list[object]]:
    return [[ref.n, ref.op] if (ref.device, ref.epoch) == (device, epoch) else list(ref) for ref in sorted(refs)]


def new_parts(ops: Iterable[bytes]) -> list[OpPart]:
    """Parts for ops just made here, each with a fresh salt of 8 bytes."""
    return [
        OpPart(index, base64.b64encode(random_bytes(8)).decode().rstrip("="), msgspec.Raw(raw))
        for index, raw in enumerate(ops)
    ]


def pack_parts(parts: Sequence[OpPart]) -> bytes:
    """The payload as stored in the journal."""
    return _encoder.encode(parts)


def unpack_parts(payload: bytes | msgspec.Raw) -> list[OpPart]:
    """Raises `Malformed` where the bytes are not a payload."""
    try:
        return [OpPart(*part) for part in _parts_decoder.decode(payload)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(type(error).__name__) from error


def kept_parts(payload: bytes | msgspec.Raw) -> list[OpPart]:
    """`unpack_parts` without the blank ones: those that say something."""
    return [part for part in unpack_parts(payload) if not part.is_blank]


def is_about(part: OpPart, schema: int, records: Collection[str]) -> bool:
    """Whether the part says something of one of these records; of one that cannot be read nobody knows."""
    try:
        return not part.is_blank and decode_head(part.raw, schema).id in records
    except Malformed:
        return False


def payload_digest(parts: Iterable[OpPart]) -> bytes:
    """H(list of H(salt ‖ op)): one op can be blanked by law while the chain still verifies."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(op_digest(part))
    return whole.digest()


def op_digest(part: OpPart) -> bytes:
    """H(salt ‖ op) as its author made it; kept in place of both where the op is not what it was."""
    _, salt, raw = part
    if salt.startswith(DIGEST):
        return base64.b64decode(salt[1:], validate=True)
    return hashlib.sha256(base64.b64decode(salt + "=" * (-len(salt) % 4)) + bytes(raw)).digest()


def without_op(part: OpPart, raw: msgspec.Raw = BLANK) -> OpPart:
    """The part with its op gone, or with `raw` in its place; where it had a salt the chain still verifies."""
    salt = part.salt
    if salt and not salt.startswith(DIGEST):
        salt = DIGEST + base64.b64encode(op_digest(part)).decode()
    return OpPart(part.at, salt, raw)


def first_link(device: str, epoch: str) -> bytes:
    """What a chain starts from, before its first commit."""
    return hashlib.sha256(f"{device}.{epoch}".encode()).digest()


def next_link(previous: bytes, commit: Commit) -> bytes:
    """The chain's value after this commit, which must hold all its ops with their salts."""
    head = f"{commit.n}.{commit.wall}.{commit.bound}.{commit.schema}.{commit.actor}".encode()
    return hashlib.sha256(previous + head + b"\x00" + payload_digest(commit.parts)).digest()
