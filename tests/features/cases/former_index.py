"""A search index as the first program made it: its state had no column `clearing`, and there was no list of what is due
again."""

import sqlalchemy as sa

from app.features.cases.search import pairs
from app.features.people.tables import person
from app.journal.here import standing
from app.journal.tables import journal
from app.store.engine import writing

_TABLES = ("search_text", "search_doc", "search_due", "search_state")
_LEAN = ", content='', contentless_delete=1"
_TEXT = (
    "CREATE VIRTUAL TABLE search_text USING"
    " fts5(words, sounds{lean}, tokenize='unicode61 remove_diacritics 0 tokenchars ''_''')"
)
_DOC = (
    "CREATE TABLE search_doc"
    " (doc INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL UNIQUE, target_kind TEXT, target TEXT)"
)
_STATE = (
    "CREATE TABLE search_state"
    " (version INTEGER, kind TEXT, after TEXT, epoch TEXT, n INTEGER, seq INTEGER, commits INTEGER)"
)


def plant_former_index(engine: sa.Engine) -> None:
    """In place of any other, full of the people who are here."""
    with writing(engine) as conn:
        for name in _TABLES:
            conn.execute(sa.text(f"DROP TABLE IF EXISTS {name}"))
        version = str(conn.execute(sa.text("SELECT sqlite_version()")).scalar()).split(".")
        lean = _LEAN if tuple(map(int, version)) >= (3, 43) else ""
        for statement in (_TEXT.format(lean=lean), _DOC, _STATE):
            conn.execute(sa.text(statement))
        people = conn.execute(sa.select(person.c.id, person.c.name).order_by(person.c.id)).all()
        for number, (id_, name) in enumerate(people, 1):
            doc = {"doc": number, "record": id_}
            conn.execute(sa.text("INSERT INTO search_doc VALUES (:doc, :record, 'person', :record)"), doc)
            text = {"doc": number, "words": " ".join(pairs(name or ""))}
            conn.execute(sa.text("INSERT INTO search_text (rowid, words, sounds) VALUES (:doc, :words, '')"), text)
        here = standing(conn)
        seq, commits = conn.execute(sa.select(sa.func.max(journal.c.seq), sa.func.count())).one()
        told = {"epoch": here.epoch, "n": here.n, "seq": seq or 0, "commits": commits}
        conn.execute(sa.text("INSERT INTO search_state VALUES (1, NULL, '', :epoch, :n, :seq, :commits)"), told)
