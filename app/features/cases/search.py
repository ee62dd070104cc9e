"""Finding people and cases by any two characters, by pinyin or its initials, by the end of a number: at a point only.

A full-text index of overlapping pairs of characters, in tables of its own outside the migration chain: it belongs to
this file, is never synced, and is filled anew where its version or the journal says so. It is filled behind the
acts: `step` takes a slice at a time. What leaves the device is forgotten at once, and its words, like those erased by
law, are cleared out of the index's own pages behind. The center has none; `queries.find_cases` serves there and until
the index is there.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.base.changes import Changes
from app.base.pinyin import name_initials, readings
from app.features.cases.queries import find_cases
from app.features.cases.tables import case, encounter, note
from app.features.people.identity import is_real_name
from app.features.people.tables import person
from app.journal.entities import Entity
from app.journal.here import standing
from app.journal.load import chunks
from app.journal.ops import decode_head, kept_parts
from app.journal.projections import register_projection
from app.journal.tables import journal
from app.store.bulk import rows_among

VERSION = 2
SLICE = 200
"""Records, or commits, that one step takes in: some dozen milliseconds."""
_PAGES = 100
"""Pages that one step clears of forgotten words: some dozen milliseconds."""
_PAD = "_"
_CONTENTLESS = (3, 43)  # SQLite from which a contentless index can forget a row

_SOURCES: dict[str, tuple[Entity, tuple[str, ...]]] = {
    "person": (person, ("name", "alias", "id_no", "phone", "features", "accent", "kin_name")),
    "case": (case, ("biz_no", "story", "belongings")),
    "encounter": (encounter, ("place_text",)),
    "note": (note, ("text",)),
}
_ORDER = tuple(_SOURCES)
_NAMES = ("name", "alias", "kin_name")

_TABLES = ("search_text", "search_doc", "search_due", "search_state")
_STATE = sa.table(
    "search_state",
    *(sa.column(name) for name in ("version", "kind", "after", "epoch", "n", "seq", "commits", "clearing")),
)
_DUE, _UNDER_WAY = 1, 2
"""Of `clearing`: forgotten words still stand in the index's pages, because forgetting a record leaves them there until
the pages are written anew. 0: none do that have to go."""
_DOC = sa.table("search_doc", *(sa.column(name) for name in ("doc", "record", "target_kind", "target")))
_AGAIN = sa.table("search_due", *(sa.column(name) for name in ("record", "kind")))
"""Records to be looked at although no new commit tells of them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found. `kind`: person or case."""

    kind: str
    id: str


def is_ready(conn: sa.Connection) -> bool:
    """Whether the index is here and holds everything that was there when it was begun."""
    state = _state(conn)
    return state is not None and state["kind"] is None


def check(conn: sa.Connection) -> None:
    """At the start: begin anew where the index is of another version, or commits came that it did not see."""
    state = _state(conn)
    if state is None:
        _begin(conn)
        return
    here = standing(conn)
    j = journal.c
    own = sa.and_(j.device == here.device, j.epoch == here.epoch)
    news = sa.or_(sa.and_(own, j.n > state["n"]), sa.and_(~own, j.seq > state["seq"]))
    count = sa.select(sa.func.count()).select_from(journal)
    fresh = conn.execute(count.where(news)).scalar_one()
    if here.epoch != state["epoch"] or conn.execute(count).scalar_one() != state["commits"] + fresh:
        _begin(conn)


def begin_again(conn: sa.Connection) -> None:
    """All records were replaced at once: where there is an index, it is filled anew."""
    if _columns(conn):
        _begin(conn)


def step(conn: sa.Connection, changes: Changes | None = None) -> bool:
    """Take in `changes`, what the journal has since the last time, and a slice of what was there before.

    Gives whether there is more to do.
    """
    if _state(conn) is None:
        _begin(conn)
    state = dict(_state(conn) or {})
    touched: dict[str, set[str]] = {kind: set(changes.ids.get(kind, ())) if changes else set() for kind in _ORDER}
    more = _read_journal(conn, state, touched)
    more = _read_due(conn, touched) or more
    for kind, ids in touched.items():
        _take_in(conn, kind, ids)
    if state["kind"] is not None:
        entity, _ = _SOURCES[state["kind"]]
        query = sa.select(entity.c.id).where(entity.c.id > state["after"]).order_by(entity.c.id).limit(SLICE)
        before = list(conn.execute(query).scalars())
        _take_in(conn, state["kind"], before)
        if before:
            state["after"] = before[-1]
        else:
            place = _ORDER.index(state["kind"]) + 1
            state["kind"], state["after"] = (_ORDER[place] if place < len(_ORDER) else None), ""
    more = more or state["kind"] is not None
    if not more and state["clearing"]:
        if not any(touched.values()):  # what is forgotten in this transaction is not in the pages yet
            state["clearing"] = _clear(conn, state["clearing"])
        more = bool(state["clearing"])
    conn.execute(_STATE.update().values(**state))
    return more


def _moved(conn: sa.Connection, records: Changes) -> None:
    """Forget what left; look behind at what was made anew.

    The words of either go out of the pages: what left may stand there although it was forgotten before, because it was
    taken back; what is made anew may have been erased by law in a commit that the index has gone past.
    """
    known = {kind: records.ids[kind] for kind in _ORDER if kind in records.ids}
    if not known:
        return
    if _state(conn) is None:
        begin_again(conn)  # in one that another program made they would stay
        return
    for kind, ids in known.items():
        here = {id_ for (id_,) in rows_among(conn, _SOURCES[kind][0].table, ("id",), "id", ids)}
        if ids - here or any(_numbers(conn, chunk) for chunk in chunks(here)):
            conn.execute(_STATE.update().values(clearing=_DUE))
        for chunk in chunks(ids - here):
            _forget(conn, chunk)
        for chunk in chunks(here):
            conn.execute(_AGAIN.delete().where(_AGAIN.c.record.in_(chunk)))
            conn.execute(_AGAIN.insert(), [{"record": id_, "kind": kind} for id_ in chunk])


def indexed(conn: sa.Connection) -> set[str]:
    """The records whose words are in the index."""
    if _state(conn) is None:
        return set()
    return set(conn.execute(sa.select(_DOC.c.record)).scalars())


def find(conn: sa.Connection, words: str, limit: int = 50) -> list[Hit]:
    """People and cases that hold these words, people first, the latest first. Several words must all be there."""
    if not is_ready(conn):
        return [Hit("case", id_) for id_ in find_cases(conn, words, limit)]
    asked = [asked for word in words.split() if (asked := _asked_for(word))]
    if not asked:
        return []
    found = conn.execute(
        sa.text(
            "SELECT target_kind, target FROM search_text JOIN search_doc ON doc = search_text.rowid"
            " WHERE search_text MATCH :asked ORDER BY search_text.rowid DESC LIMIT :most"
        ),
        {"asked": " AND ".join(asked), "most": limit * 4},
    )
    hits = dict.fromkeys(Hit(kind, target) for kind, target in found)
    return sorted(hits, key=lambda hit: hit.kind != "person")[:limit]


def pairs(text: str) -> list[str]:
    """The text as overlapping pairs of characters, the last one padded: 张大山 → 张大 大山 山_."""
    found: list[str] = []
    for run in _runs(text):
        found += [run[at : at + 2] for at in range(len(run) - 1)] + [run[-1] + _PAD]
    return found


def _asked_for(word: str) -> str:
    """A word of the user as a query: its pairs in a row, or, for letters, a reading that begins so."""
    runs = list(_runs(word))
    if not runs:
        return ""
    parts = []
    for run in runs:
        if len(run) == 1:
            parts.append(f'words : "{run}" *')
        else:
            row = " ".join(run[at : at + 2] for at in range(len(run) - 1))
            parts.append(f'words : "{row}"')
    together = " AND ".join(f"({part})" for part in parts)
    if len(runs) == 1 and runs[0].isascii() and runs[0].isalpha():
        return f'(({together}) OR (sounds : "{runs[0]}" *))'
    return f"({together})"


def _runs(text: str) -> Iterator[str]:
    """Stretches of letters, digits and characters, in one spelling; a dash inside a number divides nothing."""
    run = ""
    for sign in unicodedata.normalize("NFKC", text).casefold():
        if sign.isalnum():
            run += sign
        elif run and sign != "-":
            yield run
            run = ""
    if run:
        yield run


def _columns(conn: sa.Connection) -> set[str]:
    """Those of the index's state as it stands here, whichever program made it; none where there is no index."""
    if conn.dialect.name != "sqlite":
        return set()
    return set(conn.execute(sa.text("SELECT name FROM pragma_table_info('search_state')")).scalars())


def _state(conn: sa.Connection) -> sa.RowMapping | None:
    """None where there is no index, or one that another program made: nobody migrates these tables, and nothing else of
    such a one may be read."""
    if _columns(conn) != set(_STATE.c.keys()):
        return None
    return conn.execute(sa.select(_STATE).where(_STATE.c.version == VERSION)).mappings().one_or_none()


def _begin(conn: sa.Connection) -> None:
    """An empty index that knows where the journal stands now and reads the tables from their start."""
    for name in _TABLES:
        conn.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
    version = tuple(int(part) for part in str(conn.execute(sa.text("SELECT sqlite_version()")).scalar()).split("."))
    lean = ", content='', contentless_delete=1" if version >= _CONTENTLESS else ""
    spelling = "unicode61 remove_diacritics 0 tokenchars ''_''"
    text = f"fts5(words, sounds{lean}, tokenize='{spelling}')"
    doc = "(doc INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL UNIQUE, target_kind TEXT, target TEXT)"
    state = (
        "(version INTEGER, kind TEXT, after TEXT, epoch TEXT, n INTEGER, seq INTEGER, commits INTEGER,"
        " clearing INTEGER)"
    )
    conn.execute(sa.text(f"CREATE VIRTUAL TABLE search_text USING {text}"))
    conn.execute(sa.text(f"CREATE TABLE search_doc {doc}"))
    conn.execute(sa.text("CREATE TABLE search_due (record TEXT PRIMARY KEY, kind TEXT NOT NULL)"))
    conn.execute(sa.text(f"CREATE TABLE search_state {state}"))
    here = standing(conn)
    j = journal.c
    seq, commits = conn.execute(sa.select(sa.func.coalesce(sa.func.max(j.seq), 0), sa.func.count(j.n))).one()
    conn.execute(
        _STATE.insert(),
        {
            "version": VERSION, "kind": _ORDER[0], "after": "", "epoch": here.epoch, "n": here.n, "seq": seq,
            "commits": commits, "clearing": 0,
        },
    )  # fmt: skip


def _read_journal(conn: sa.Connection, state: dict[str, Any], touched: dict[str, set[str]]) -> bool:
    """Add to `touched` what commits newer than `state` wrote to, and move `state` on; whether there are more."""
    here = standing(conn)
    j = journal.c
    own = sa.and_(j.device == here.device, j.epoch == here.epoch)
    columns = (j.n, j.seq, j.schema, j.payload)
    mine = conn.execute(sa.select(*columns).where(own, j.n > state["n"]).order_by(j.n).limit(SLICE)).all()
    theirs = conn.execute(sa.select(*columns).where(~own, j.seq > state["seq"]).order_by(j.seq).limit(SLICE)).all()
    for row in (*mine, *theirs):
        for part in kept_parts(row.payload):
            op = decode_head(part.raw, row.schema)
            if op.kind in touched:
                touched[op.kind].add(op.id)
                if op.name == "erase":
                    state["clearing"] = _DUE
    if mine:
        state["n"] = mine[-1].n
    if theirs:
        state["seq"] = theirs[-1].seq
    state["commits"] += len(mine) + len(theirs)
    return len(mine) == SLICE or len(theirs) == SLICE


def _read_due(conn: sa.Connection, touched: dict[str, set[str]]) -> bool:
    """Add to `touched` what is due without a commit; whether there is more."""
    due = conn.execute(sa.select(_AGAIN).limit(SLICE)).all()
    for row in due:
        touched[row.kind].add(row.record)
    if due:
        conn.execute(_AGAIN.delete().where(_AGAIN.c.record.in_([row.record for row in due])))
    return len(due) == SLICE


def _clear(conn: sa.Connection, clearing: int) -> int:
    """Write some of the index's pages anew, without what was forgotten; gives how `clearing` stands then."""
    merge = sa.text("INSERT INTO search_text (search_text, rank) VALUES ('merge', :pages)")
    if clearing == _DUE:  # of all there is, from here on
        conn.execute(merge, {"pages": -_PAGES})
        return _UNDER_WAY
    changed = sa.text("SELECT total_changes()")
    before = conn.execute(changed).scalar_one()
    conn.execute(merge, {"pages": _PAGES})
    return _UNDER_WAY if conn.execute(changed).scalar_one() - before > 1 else 0  # one: there was nothing to write


def _take_in(conn: sa.Connection, kind: str, ids: Collection[str]) -> None:
    """Index these records as they stand; those that are gone or empty are forgotten."""
    for chunk in chunks(ids):
        _forget(conn, chunk)
        docs = [doc for doc in _docs(conn, kind, chunk) if doc["words"]]
        if not docs:
            continue
        conn.execute(_DOC.insert(), [{name: doc[name] for name in ("record", "target_kind", "target")} for doc in docs])
        numbers = conn.execute(sa.select(_DOC.c.record, _DOC.c.doc).where(_DOC.c.record.in_(chunk)))
        number_of = {row.record: row.doc for row in numbers}
        conn.execute(
            sa.text("INSERT INTO search_text (rowid, words, sounds) VALUES (:doc, :words, :sounds)"),
            [{"doc": number_of[doc["record"]], "words": doc["words"], "sounds": doc["sounds"]} for doc in docs],
        )


def _numbers(conn: sa.Connection, records: list[str]) -> list[int]:
    """Those of these records that are in the index, as it counts them."""
    return list(conn.execute(sa.select(_DOC.c.doc).where(_DOC.c.record.in_(records))).scalars())


def _forget(conn: sa.Connection, records: list[str]) -> None:
    known = _numbers(conn, records)
    if known:
        conn.execute(sa.text("DELETE FROM search_text WHERE rowid = :doc"), [{"doc": doc} for doc in known])
        conn.execute(_DOC.delete().where(_DOC.c.record.in_(records)))


def _docs(conn: sa.Connection, kind: str, ids: list[str]) -> Iterator[dict[str, str]]:
    entity, names = _SOURCES[kind]
    columns: list[Any] = [entity.c.id, *(entity.c[name] for name in names)]
    if kind == "encounter":
        columns.append(entity.c.case.label("target"))
    query = sa.select(*columns).where(entity.c.id.in_(ids), ~entity.c.hidden)
    if kind == "note":
        query = query.add_columns(encounter.c.case.label("target")).join(
            encounter.table, sa.and_(encounter.c.id == note.c.encounter, ~encounter.c.hidden)
        )
    for row in conn.execute(query).mappings():
        texts = {name: row[name] for name in names if row[name]}
        target = row.get("target") or row["id"]
        yield {
            "record": row["id"],
            "target_kind": "person" if kind == "person" else "case",
            "target": target,
            "words": " ".join(pair for text in texts.values() for pair in pairs(text)),
            "sounds": " ".join(_sounds(texts[name] for name in _NAMES if name in texts)),
        }


def _sounds(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if is_real_name(name):
            yield from readings(name)
            yield from name_initials(name)


register_projection(frozenset(), lambda _conn, _touched: Changes(), begin_again, _moved)
