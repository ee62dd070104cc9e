"""The journal's own tables: commits, heads, covers, voids, and what this installation is.

A row of `journal` without `seq`, of this device, above `acked_n` IS the outbox. Heads are stored only for groups that
differ from their record's creation. No foreign keys: scope and merging break them.
"""

import sqlalchemy as sa

from app.store.schema import metadata

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger),
    sa.Column("eff", sa.BigInteger, nullable=False),
    sa.Column("wall", sa.BigInteger, nullable=False),
    sa.Column("bound", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("schema", sa.Integer, nullable=False),
    sa.Column("chain", sa.LargeBinary),
    sa.Column("payload", sa.LargeBinary, nullable=False),
)
sa.Index("uq_journal_seq", journal.c.seq, unique=True)
sa.Index("ix_journal_device_seq", journal.c.device, journal.c.seq)

GAP = 10**9
"""How far numbers jump when the center is put back: more than were ever given since the backup. What it has no number
for any more gets one above, in the order in which it comes again."""

head = sa.Table(
    "head",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("grp", sa.String(96), primary_key=True),
    sa.Column("write", sa.String(96), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
"""A write to one group that no sequenced write has superseded, with its value as JSON. A set's element is the group
`set=element` with the value `true`."""

cover = sa.Table(
    "cover",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("grp", sa.String(96), primary_key=True),
    sa.Column("write", sa.String(96), primary_key=True),
    sa.Column("by", sa.String(96), primary_key=True),
    sqlite_with_rowid=False,
)
"""`by` names `write` as a base. Kept only while `by` has no seq, or `write` is not known yet."""

void = sa.Table(
    "void",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("write", sa.String(96), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("seen", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

here = sa.Table(
    "here",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("acked_n", sa.BigInteger, nullable=False),
    sa.Column("safe_n", sa.BigInteger, nullable=False),
    sa.Column("skew", sa.BigInteger, nullable=False),
    sa.Column("bound", sa.BigInteger, nullable=False),
    sa.Column("last_eff", sa.BigInteger, nullable=False),
    sa.Column("letter", sa.String(16), nullable=False),
    sa.Column("node", sa.String(32), nullable=False),
    sa.Column("city", sa.String(64), nullable=False),
)
"""This installation: one row. `skew` is added to the wall clock to guess the center's time (µs); `bound` is the `now`
of the last answer applied; `last_eff` the provisional effective time of the last own commit."""

SELF = 1
"""The only value of `here.one`."""

reissued = sa.Table(
    "reissued",
    metadata,
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("above", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("to_epoch", sa.String(16), nullable=False),
    sa.Column("shift", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Own commits of `epoch` with n > `above` were given new ids: (to_epoch, n + shift). Forms and drafts that were opened
before name the old ones. The greatest `above` counts; where it leads to the same epoch, an id is what it was."""

series = sa.Table(
    "series",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("last", sa.BigInteger, nullable=False),
)
"""The last number given of each series of readable numbers, on this device."""

draft = sa.Table(
    "draft",
    metadata,
    sa.Column("key", sa.String(128), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("kept_at", sa.BigInteger, nullable=False),
)
"""What was typed and not saved yet, with the bases the form was shown. Local; never synced."""

attached = sa.Table(
    "attached",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("here", sa.BigInteger, nullable=False),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("thumbnail", sa.Text, nullable=False),
    sa.Column("staged_at", sa.BigInteger),
    sa.Column("wanted_at", sa.BigInteger),
    sa.Column("kept_in", sa.String(16), nullable=False),
    sa.Column("trouble", sa.String(32), nullable=False),
)
"""Bytes that records name (photos), at a point; local. `here`: how many of `size` bytes are here, from the first on.
`staged_at`: added to a form and not saved yet, µs. `thumbnail`: of what was added here, base64; kept, so that what is
taken back right after saving stands in the form again. `wanted_at`: somebody opened it, and it is to be fetched.
`kept_in`: the epoch of the center that has them whole, else empty. `trouble`: why the last try to send or fetch it
ended, else empty."""
sa.Index("ix_attached_wanted_at", attached.c.wanted_at)
sa.Index("ix_attached_kept_in", attached.c.kept_in, attached.c.staged_at)

attached_piece = sa.Table(
    "attached_piece",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""The bytes themselves, in pieces without gaps, each at its offset. In the encrypted file they are as safe as the
record that names them."""

erasing = sa.Table(
    "erasing",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
)
"""Records erased whole whose ops are still being taken out of the journal, and the commit up to where they are out."""

unread = sa.Table(
    "unread",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("op", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Writes that name a kind, group, set or field this program does not know: taken in anew by one that does."""

retention = sa.Table(
    "retention",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("others_seq", sa.BigInteger, nullable=False),
    sa.Column("own_seq", sa.BigInteger, nullable=False),
    sa.Column("tidy_upto", sa.BigInteger, nullable=False),
    sa.Column("tidy_seq", sa.BigInteger, nullable=False),
)
"""How far the journal was looked through for what may go, one row, by seq: what others wrote, what was written here;
and, up to `tidy_upto`, for what a snapshot left without its record."""
