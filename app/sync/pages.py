"""Applying what came from the center. A commit that fails is set aside, raw, and the rest goes on.

Used by online rounds, by the enrolment file and by a newer program that tries again what an older one set aside.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa

from app.base.changes import Changes
from app.journal.apply import apply
from app.journal.here import standing
from app.journal.moving import enter, held
from app.journal.ops import SCHEMA, Commit, Malformed, decode_head, is_about, kept_parts, unpack_parts
from app.journal.parted import forget_parted
from app.store.bulk import Kept
from app.store.trouble import raise_trouble
from app.sync import aside, overruled, tidying
from app.sync.epochs import leave_where_it_went_on
from app.sync.protocol import Move, Page, PageCommit
from app.sync.state import enrolled
from app.sync.tables import past_epoch, sync_state

log = logging.getLogger(__name__)
_FLOOR = Kept(sa.select(sync_state.c.floor_seq))


def commit_of(page_commit: PageCommit) -> Commit:
    """The commit as `apply` takes it; 0 is no number. Raises `Malformed`."""
    p = page_commit
    return Commit(
        device=p.device,
        epoch=p.epoch,
        serial=p.serial,
        n=p.n,
        wall=p.wall,
        bound=p.bound,
        actor=p.actor,
        schema=p.schema,
        parts=unpack_parts(p.parts),
        seq=p.seq or None,
        eff=p.eff,
    )


def clashes(conn: sa.Connection, page: Page) -> bool:
    """Whether the page brings commits of this device under numbers that stand here for others, which the center has
    not: they would be taken for known. The next push tells what became of them."""
    here = standing(conn)
    brought = [(commit.epoch, commit.n) for commit in commits_in(page) if commit.device == here.device]
    if not brought:
        return False
    p = past_epoch.c
    waiting = {
        row.epoch: (row.acked_n, row.n)
        for row in conn.execute(sa.select(p.epoch, p.acked_n, p.n).where(p.n > p.acked_n))
    }
    waiting[here.epoch] = (here.acked_n, here.n)
    spans = ((n, *waiting.get(epoch, (0, 0))) for epoch, n in brought)
    return any(acked_n < n <= last_n for n, acked_n, last_n in spans)


def commits_in(page: Page) -> Iterator[PageCommit]:
    """All that it brings, with what enters here."""
    yield from page.commits
    for move in page.moves:
        yield from move.commits


def take_commits(conn: sa.Connection, commits: Sequence[PageCommit], at: int) -> Changes:
    """Apply these commits inside the caller's transaction. `at`: wall time for what is set aside, µs."""
    floor = _floor(conn) if commits else 0
    commits = [commit for commit in commits if commit.seq > floor]
    if not commits:
        return Changes()
    leave_where_it_went_on(conn, commits, at)
    try:
        return _attempt(conn, commits)
    except Exception as error:
        raise_trouble(error)
    return _one_by_one(conn, commits, at)


def _floor(conn: sa.Connection) -> int:
    """What was numbered up to there came by a snapshot: it is known, whoever brings it again."""
    return int(_FLOOR.scalar(conn) or 0)


def take_items(conn: sa.Connection, items: Sequence[object], at: int) -> Changes:
    """Take these commits and moves of a page in their order; what else is among them is passed over."""
    changes, commits = Changes(), list[PageCommit]()
    for item in items:
        if isinstance(item, PageCommit):
            commits.append(item)
        elif isinstance(item, Move):
            changes = changes | take_commits(conn, commits, at) | take_move(conn, item, at)
            commits = []
    taken = take_commits(conn, commits, at)
    return changes | taken if changes else taken


def in_order(page: Page) -> list[PageCommit | Move]:
    """The commits and moves of a page as the center ordered them: what moves with a commit comes after it."""
    items: list[PageCommit | Move] = [*page.commits]
    if page.moves:
        items = sorted([*page.commits, *page.moves], key=lambda item: (item.seq, isinstance(item, Move)))
    return items


def take_move(conn: sa.Connection, move: Move, at: int, *, anew: bool = False) -> Changes:
    """Drop what left, take in what entered; with `anew`, as a comparison tells, also records that are here are made
    from nothing."""
    is_offered = not enrolled(conn).must_offer
    changes = aside.leave(conn, move.leave, is_offered=is_offered, is_compared=anew) if move.leave else Changes()
    if not move.enter:
        return changes
    leave_where_it_went_on(conn, move.commits, at)
    floor = _floor(conn)
    # One that was made after the snapshot did not come with it: of what is older and about it nothing may be known.
    here = frozenset[str]() if anew else held(conn, move.enter, floor) - _written_here(conn, move)
    known = _Known(floor, here)
    try:
        with conn.begin_nested():
            commits = [commit for told in move.commits for commit in known.lacking(told)]
            forget_parted(conn, commits)
            changes = changes | enter(conn, move.enter, commits, here)
            _look_again(conn, commits)
            return changes
    except Exception as error:
        raise_trouble(error)
    # Somewhere among them is a commit that cannot be applied: it alone is set aside.
    changes = changes | enter(conn, move.enter, [], here)
    fresh = {id_ for _, id_ in move.enter}.difference(here)
    return changes | _one_by_one(conn, move.commits, at, known, fresh)


def _written_here(conn: sa.Connection, move: Move) -> set[str]:
    """What of it this device wrote to. Own commits stay known when a record leaves: one that was made here again by its
    creation alone, on the way to where it enters, says nothing of them."""
    own, found = standing(conn).device, set[str]()
    for told in move.commits:
        if told.device == own:
            with suppress(Malformed):  # it fails where it is applied
                found.update(decode_head(part.raw, told.schema).id for part in kept_parts(told.parts))
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """Of these records everything is known that was numbered up to `floor`: they came by a snapshot, which says what
    they are and not all that led to it."""

    floor: int = 0
    records: Collection[str] = frozenset()

    def lacking(self, told: PageCommit) -> list[Commit]:
        """The commit with what is not known of it; none where nothing is left. Raises `Malformed`."""
        commit = commit_of(told)
        if told.seq <= self.floor and self.records:
            commit.parts = [part for part in commit.parts if not is_about(part, told.schema, self.records)]
        return [commit] if commit.parts else []


_NOTHING_KNOWN = _Known()


def retry_set_aside(conn: sa.Connection) -> Changes:
    """Try once more what could not be applied; what still fails stays."""
    changes = Changes()
    for commit in aside.all_aside(conn):
        try:
            changes = changes | _attempt(conn, [commit])
        except Exception as error:
            raise_trouble(error)
            continue
        aside.forget(conn, commit)
    return changes


def _one_by_one(
    conn: sa.Connection,
    commits: Sequence[PageCommit],
    at: int,
    known: _Known = _NOTHING_KNOWN,
    anew: Collection[str] = frozenset(),
) -> Changes:
    """Apply what can be applied; the rest is set aside."""
    changes = Changes()
    for commit in commits:
        try:
            changes = changes | _attempt(conn, [commit], known, anew)
        except Exception as error:
            raise_trouble(error)
            _set_aside(conn, commit, error, at)
    return changes


def _attempt(
    conn: sa.Connection,
    commits: Sequence[PageCommit],
    known: _Known = _NOTHING_KNOWN,
    anew: Collection[str] = frozenset(),
) -> Changes:
    with conn.begin_nested():
        taken = [commit for told in commits for commit in known.lacking(told)]
        forget_parted(conn, taken)
        changes = apply(conn, taken, anew=anew)
        _look_again(conn, taken)
        return changes


def _look_again(conn: sa.Connection, commits: Sequence[Commit]) -> None:
    """What is looked for in commits by their numbers goes ahead with these; some may come behind it. What they erase
    may lie aside."""
    aside.strip_erased(conn, commits)
    overruled.look_at_late(conn, commits)
    tidying.look_at_late(conn, commits)


def _set_aside(conn: sa.Connection, commit: PageCommit, error: Exception, at: int) -> None:
    if commit.schema > SCHEMA:
        code = "newer"
    else:
        code = "malformed" if isinstance(error, Malformed) else "apply_failed"
    # The name of the error alone: its text could hold what the commit says about somebody.
    log.info("commit %d of the center set aside: %s, %s", commit.seq, code, type(error).__name__)
    aside.put(conn, commit, code, at)
