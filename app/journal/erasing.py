"""Erasing by law: what an erase takes out of a record, of an op, of a commit. Pure: no database.

The op `erase` names writes of a record, or none: then the whole record. What they said is gone (values are null, set
elements out, a void's reason empty); that they were written, when and on what, stays, and what says who holds the
record (what it hangs on, its status, grants), so that every node goes on to agree: whoever took in the full op before,
whoever gets it without its values, and whoever gets the erase first. Erases are kept as heads of the group `ERASED`
and are part of the digest. Not here: finding the commits (`sweep.py`), who may erase (the center alone).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from app.base.ids import ids_named
from app.journal.elements import decode_elements, element_key, encode_elements
from app.journal.entities import Entity, find_entity
from app.journal.ops import (
    BLANK,
    CommitId,
    Malformed,
    Op,
    OpPart,
    WriteId,
    decode_head,
    encode,
    pack_parts,
    unpack_parts,
    without_op,
)

if TYPE_CHECKING:
    from app.journal.record import Record

ERASED = "@erased"
"""The group that lists a record's erases: erase → the writes it names, as texts."""
_BUILT_IN = ("@", "*")
"""How groups begin that hold no values of the record."""

_LENGTHS = {"create": 6, "set": 7, "add": 6, "remove": 7, "void": 6, "rehome": 6, "erase": 5}
"""How long the arrays of ops are. What a newer program puts behind that may say anything."""

Erases = Collection[Collection[str]]
"""Of one record: what each erase of it names."""


def is_erased(erases: Erases, write: WriteId) -> bool:
    """Whether one of a record's erases takes this write."""
    text = write.text()
    return any(not named or text in named for named in erases)


def without_values(op: Op) -> Op | None:
    """The op as it is taken in once it is erased; None where nothing of it is."""
    entity = find_entity(op.kind)
    if op.name == "create":
        return replace(op, values=_kept(entity, op.values), elements=_kept_sets(entity, op.elements))
    if op.name == "set":
        return replace(op, values=_kept(entity, op.values))
    if op.name == "void":
        return replace(op, reason="")
    return None if op.name in ("add", "remove") and not _is_grant(entity, op.group) else op


def strip(part: OpPart) -> OpPart:
    """The part as it is kept once its op is erased. (In the words of its own format, whatever that is.) Of an op that
    this program has no word for nothing stays: nobody here can tell what of it is somebody's."""
    array = None if part.is_blank else msgspec.json.decode(part.raw)
    name = array[0] if isinstance(array, list) and array else None
    if not isinstance(array, list) or not isinstance(name, str) or name not in _LENGTHS:
        return part if part.is_blank else without_op(part)
    entity, kept = find_entity(array[1]), array[: _LENGTHS[name]]
    if name == "create":
        sets = _kept_sets(entity, kept[5]) if len(kept) > 5 else {}
        kept = [*kept[:4], _kept(entity, kept[4]), *([sets] if sets else [])]
    elif name == "set":
        kept[5] = _kept(entity, kept[5])
    elif name == "void":
        kept[4] = ""
    elif name in ("add", "remove") and not _is_grant(entity, kept[4]):
        return without_op(part)
    return part if kept == array else without_op(part, msgspec.Raw(encode(kept)))


def stripped(part: OpPart, schema: int) -> OpPart:
    """`strip` of whatever it is: of what cannot be read as an op, or has a salt that is none, nothing stays."""
    try:
        decode_head(part.raw, schema)
        return strip(part)
    except (Malformed, LookupError, TypeError, AttributeError, ValueError):
        try:
            return without_op(part)
        except ValueError:
            return OpPart(part.at, "", BLANK)


def records_in(part: OpPart, schema: int) -> frozenset[str]:
    """The record that the op is about; of what cannot be read, whatever it names."""
    if part.is_blank:
        return frozenset()
    try:
        return frozenset((decode_head(part.raw, schema).id,))
    except Malformed:
        return frozenset(id_.decode() for id_ in ids_named(bytes(part.raw)))


def left_of(payload: msgspec.Raw, schema: int, commit: CommitId, erases: Mapping[str, Erases]) -> msgspec.Raw:
    """What stays of the parts of a commit that is kept raw, whoever can read them, once this was erased (record → its
    erases); the very same where nothing goes. Of what cannot be told apart nothing stays if it names such a record."""
    try:
        parts = unpack_parts(payload)
    except Malformed:
        named = {id_.decode() for id_ in ids_named(bytes(payload))}
        return payload if named.isdisjoint(erases) else msgspec.Raw(pack_parts(()))

    def is_gone(part: OpPart) -> bool:
        return any(is_erased(erases.get(id_, ()), WriteId(*commit, part.at)) for id_ in records_in(part, schema))

    left = [stripped(part, schema) if is_gone(part) else part for part in parts]
    return payload if left == parts else msgspec.Raw(pack_parts(left))


def erase(record: "Record", op: Op, write: WriteId) -> None:
    """Take what this op names out of a record that is being folded."""
    record.group(ERASED).heads[write] = sorted(ref.text() for ref in op.seen)
    named = frozenset(op.seen)
    _erase_heads(record, named)
    for ref, mark in list(record.voids.items()):
        if mark.reason and (not named or ref in named):
            record.voids[ref] = mark._replace(reason="")
            record.rewritten.add(("", ref))
    born = record.born()
    if born is not None and (not named or born in named):
        _erase_birth(record)


def _erase_heads(record: "Record", named: frozenset[WriteId]) -> None:
    for name, group in record.groups.items():
        set_, _, element = name.partition("=")
        if name.startswith(_BUILT_IN) or (element and _is_grant(record.entity, set_)):
            continue
        taken = [ref for ref in group.heads if not named or ref in named]
        if element:
            for ref in taken:
                del group.heads[ref]
            if not named:
                group.covers.clear()
            continue
        nothing = dict.fromkeys(record.entity.groups.get(name, ()))
        for ref in taken:
            left = {**nothing, **_kept(record.entity, group.heads[ref])}
            if group.heads[ref] != left:
                group.heads[ref] = left
                record.rewritten.add((name, ref))


def _erase_birth(record: "Record") -> None:
    """What the row shows of its creation and of nothing later is gone."""
    entity, row = record.entity, record.row or {}
    values: dict[str, Any] = {}
    for name, fields in entity.groups.items():
        if name not in record.groups:
            values.update(dict.fromkeys(fields.keys() - _places(entity)))
    for name in entity.sets:
        if not _is_grant(entity, name):
            elements = decode_elements(row[name])
            values[name] = encode_elements(one for one in elements if element_key(name, one) in record.groups)
    record.put(**values)


@cache
def _places(entity: Entity) -> frozenset[str]:
    """The fields that say who holds a record."""
    return frozenset(entity.hung_on) | ({entity.open_while[0]} if entity.open_while else frozenset())


def _kept(entity: Entity | None, values: Mapping[str, Any]) -> dict[str, Any]:
    return {} if entity is None else {name: value for name, value in values.items() if name in _places(entity)}


def _kept_sets(entity: Entity | None, elements: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given for name, given in elements.items() if _is_grant(entity, name)}


def _is_grant(entity: Entity | None, set_: str) -> bool:
    return entity is not None and bool(entity.granted) and set_ == entity.granted


def contradict(one: OpPart, other: OpPart) -> bool:
    """Whether two tellings of one op say different things. What is gone from one by erasure does not."""
    if one.is_blank or other.is_blank or bytes(one.raw) == bytes(other.raw):
        return False
    try:
        return bytes(strip(one).raw) != bytes(other.raw) and bytes(strip(other).raw) != bytes(one.raw)
    except (LookupError, TypeError, AttributeError, ValueError):  # no op at all
        return True
