"""Making commits of what is done here: the next numbers, salts, the chain, a first guess at the center's time.

Pure: no database. Not here: what an act may hold (`runner.py`), what applying it does (`apply.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.base.errors import Refused
from app.journal.here import Here
from app.journal.ops import MOST_BYTES, MOST_OPS, SCALARS, SCHEMA, Commit, Op, encode_op, new_parts, next_link


def author(here: Here, acts: Iterable[tuple[int, Sequence[Op]]], actor: str) -> tuple[list[Commit], Here]:
    """One commit for each act (its wall time in µs, its ops); and what this installation is once they are written.

    Raises `Refused("too_many")` for an act that could be kept and never be sent.
    """
    commits = []
    n, chain, eff = here.n, here.chain, here.last_eff
    for wall, ops in acts:
        encoded = [encode_op(op, here.device, here.epoch) for op in ops]
        if len(encoded) > MOST_OPS or sum(map(len, encoded)) > MOST_BYTES:
            raise Refused("too_many", limit=MOST_OPS)
        n, eff = n + 1, max(wall + here.skew, eff + 1)
        commit = Commit(
            device=here.device,
            epoch=here.epoch,
            serial=here.serial,
            n=n,
            wall=wall,
            bound=here.bound,
            actor=actor,
            schema=SCHEMA,
            parts=new_parts(encoded),
            eff=eff,
            ops={at: op for at, op in enumerate(ops) if _reads_back(op)},
        )
        commit.chain = chain = next_link(chain, commit)
        commits.append(commit)
    return commits, replace(here, n=n, chain=chain, last_eff=eff)


def _reads_back(op: Op) -> bool:
    """Whether decoding the op's bytes would give no more than the op itself."""
    return op.name == "create" and set(map(type, op.values.values())) <= SCALARS
