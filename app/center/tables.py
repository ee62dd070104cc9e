"""The center's own tables: the city, its devices and enrolments, the feed, the counter, the quarantine.

Part of the one metadata: a point has them too and leaves them empty. Keys of the city stand here because the
database is the center's safe; a backup of it is as secret as they are.
"""

import sqlalchemy as sa

from app.store.schema import metadata

city = sa.Table(
    "city",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("sign_key", sa.LargeBinary, nullable=False),
    sa.Column("seal_key", sa.LargeBinary, nullable=False),
    sa.Column("hub_epoch", sa.String(16), nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("trusts", sa.String(16), nullable=False, server_default=""),
)
"""One row. `sign_key`, `seal_key`: the private Ed25519 and X25519 keys, 32 raw bytes each. `hub_epoch` changes when
the center is restored from a backup. `notice`: words for every device's next answer, usually empty. `trusts`: what
devices are told of the center, in short: whom to believe and where it is (`app.sync.pins.known_of`)."""

SELF = 1
"""The only value of `city.one` and `counter.one`."""

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("node", sa.String(32), nullable=False),
    sa.Column("letter", sa.String(4), nullable=False),
    sa.Column("sign_key", sa.LargeBinary, nullable=False),
    sa.Column("seal_key", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("app", sa.String(32), nullable=False),
    sa.Column("admitted_at", sa.BigInteger, nullable=False),
    sa.Column("last_contact", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.Column("twin_at", sa.BigInteger),
    sa.Column("trusts", sa.String(16), nullable=False, server_default=""),
    sa.Column("skew", sa.BigInteger, nullable=False, server_default="0"),
)
"""Keys are public, raw. `status`: DEVICE_STATUS. `epoch`, `app`: those of its last request. `twin_at`: when two
installations were last seen to go on under this id, µs. `trusts`: what of that it knows, as it last said.
`skew`: what to add to its clock, µs, as last seen on the line: files carried by hand say nothing of it."""

authority = sa.Table(
    "authority",
    metadata,
    sa.Column("place", sa.String(8), primary_key=True),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
)
"""The city's own certificate authorities. `place`: "now", the one that vouches for the center; "next", which devices
are told of beforehand; "past", until the center answers under the present one. DER; the key is private, PKCS #8."""

server_certificate = sa.Table(
    "server_certificate",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("certificate", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
)
"""What the center shows to who calls it, one row: `host` as in the city's URL. DER; the key is private, PKCS #8."""

device_epoch = sa.Table(
    "device_epoch",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("acked_n", sa.BigInteger, nullable=False),
    sa.Column("safe_n", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("last_eff", sa.BigInteger, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("begun_seq", sa.BigInteger, nullable=False, server_default="0"),
)
"""How far each epoch of each device has come: `chain` after commit `acked_n`, `last_eff` the greatest eff given.
`begun_seq`: the last seq given when the epoch was first heard of."""

past_hub = sa.Table(
    "past_hub",
    metadata,
    sa.Column("hub_epoch", sa.String(16), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("restored_at", sa.BigInteger, nullable=False),
)
"""What this center was before it was restored: of the epoch `hub_epoch` it still has everything up to `seq`."""

former_seq = sa.Table(
    "former_seq",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("eff", sa.BigInteger, nullable=False),
)
"""Numbers of commits that got another one since: cursors stand there all the same."""

relayed = sa.Table(
    "relayed",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("offered_by", sa.String(32), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Commits that a restored center had lost and that a reader, not their author, brought back: perhaps in part, and their
author's chain cannot vouch for them. The row goes once the author has sent the commit himself."""

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("node", sa.String(32), nullable=False, index=True),
    sa.Column("letter", sa.String(4), nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("used_by", sa.String(32)),
    sa.Column("used_at", sa.BigInteger),
)
"""An enrolment file that was handed out. `tries`: wrong codes so far."""

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("stream", sa.String(48), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("places", sa.Text, nullable=False),
    sa.Column("moves", sa.Boolean, nullable=False, server_default=sa.false()),
    sqlite_with_rowid=False,
)
"""Commit `seq` concerns the readers of `stream`. `places`: which of its ops do, as a JSON array; empty for all.
`moves`: records enter or leave the stream with it."""

moved = sa.Table(
    "moved",
    metadata,
    sa.Column("stream", sa.String(48), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("enters", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)
"""With commit `seq` a record that was there before came into the stream, or left it."""
sa.Index("ix_moved_record", moved.c.record, moved.c.stream)

counter = sa.Table(
    "counter",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("v", sa.BigInteger, nullable=False),
    sa.Column("tree", sa.BigInteger, nullable=False),
)
"""One row. `v`: the last seq given. `tree`: the seq of the last commit that changed the org tree."""

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("chain", sa.LargeBinary),
    sa.Column("eff", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("settled_at", sa.BigInteger),
    sa.Column("settled_as", sa.String(16)),
    sa.Column("settled_why", sa.Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)
"""A commit acknowledged and not applied. `raw`: the pushed commit as JSON. `detail`: the kind of failure, without
anything the commit says. `settled_as`: "applied"; "dropped", with the operator's reason; "came", where
the same came another way."""
sa.Index("ix_quarantine_open", quarantine.c.settled_at, quarantine.c.received_at)

held = sa.Table(
    "held",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Records that a quarantined commit creates: later commits on them wait with it."""

kept_photo = sa.Table(
    "kept_photo",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""Photos whose bytes are in the content store whole. `device`: which brought them; `at`: when, µs. After a
restore they are noted again, when they are found, with no device."""

segment = sa.Table(
    "segment",
    metadata,
    sa.Column("stream", sa.String(48), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha", sa.String(64), nullable=False, index=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("shape", sa.String(16), nullable=False),
    sa.Column("made_at", sa.BigInteger, nullable=False),
)
"""What a stream held when commit `seq` was the last: its bytes are a content. `shape`: which kinds and columns the
program that made it knew. A stream that held nothing has one row without a content."""
