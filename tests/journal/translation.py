"""From the reference model's commits to the real ones."""

from collections.abc import Iterable

from app.journal.ops import HOME, SCHEMA, Commit, Op, OpPart, WriteId, encode_op, new_parts
from tests.journal.model_entities import PREFIX, _column
from tests.reference import model


def real_commit(commit: model.Commit, skew: int) -> Commit:
    """The same commit as the journal takes it. `skew`: for the provisional time where the hub gave none yet."""
    parts: list[OpPart] = []
    for index, op in enumerate(commit.ops):
        if op is not None:
            (part,) = new_parts([encode_op(real_op(op), commit.device, commit.epoch)])
            parts.append(part._replace(at=index))
    return Commit(
        device=commit.device,
        epoch=commit.epoch,
        serial=commit.serial,
        n=commit.n,
        wall=commit.wall,
        bound=0,
        actor="f" * 32,
        schema=SCHEMA,
        parts=parts,
        seq=commit.seq,
        eff=commit.wall + skew if commit.eff is None else commit.eff,
        chain=b"" if commit.eff is None else None,  # what is written here stands in a chain
    )


def real_op(op: model.Op) -> Op:
    kind = PREFIX + op.kind
    if isinstance(op, model.Create):
        values = {_column(name): value for name, value in op.values.items()}
        return Op("create", kind, op.id, op.node, values, {name: sorted(e) for name, e in op.elements.items()})
    node = "0" * 32
    if isinstance(op, model.Set):
        values = {_column(name): value for name, value in op.values.items()}
        return Op("set", kind, op.id, node, values, {}, op.group, "", refs(op.bases))
    if isinstance(op, model.Add):
        return Op("add", kind, op.id, node, {}, {}, op.set, op.element)
    if isinstance(op, model.Remove):
        return Op("remove", kind, op.id, node, {}, {}, op.set, op.element, refs(op.seen))
    if isinstance(op, model.Rehome):
        return Op("rehome", kind, op.id, node, {"node": op.node}, {}, HOME, "", refs(op.bases))
    return Op("void", kind, op.id, node, {}, {}, "", "", refs(op.seen), op.reason)


def refs(found: Iterable[model.Ref]) -> tuple[WriteId, ...]:
    return tuple(WriteId(*ref) for ref in found)
