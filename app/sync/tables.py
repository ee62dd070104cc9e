"""What a point keeps about its syncing: where it stands with the center, what it set aside, the last rounds.

Local, never synced; part of the one metadata, so the center has these tables too and leaves them empty. The private
keys of the device stand here because the file is encrypted. How far the center has this device's commits is in
`here` (`app.journal.tables`), not here.
"""

import sqlalchemy as sa

from app.store.schema import metadata

sync_state = sa.Table(
    "sync_state",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("city", sa.String(32), nullable=False),
    sa.Column("city_name", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("pins", sa.Text, nullable=False),
    sa.Column("city_sign_key", sa.LargeBinary, nullable=False),
    sa.Column("city_seal_key", sa.LargeBinary, nullable=False),
    sa.Column("enrolment", sa.String(32), nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("sign_key", sa.LargeBinary, nullable=False),
    sa.Column("seal_key", sa.LargeBinary, nullable=False),
    sa.Column("admitted_at", sa.BigInteger),
    sa.Column("hub_epoch", sa.String(16), nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("behind", sa.BigInteger, nullable=False),
    sa.Column("batch_bytes", sa.Integer, nullable=False),
    sa.Column("max_bytes", sa.Integer, nullable=False),
    sa.Column("next_in_s", sa.Integer, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
    sa.Column("last_contact", sa.BigInteger),
    sa.Column("last_error", sa.String(32), nullable=False),
    sa.Column("must_offer", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("twin", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("told", sa.String(32), nullable=False, server_default=""),
    sa.Column("told_at", sa.BigInteger),
    sa.Column("floor_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("lacking", sa.Text, nullable=False, server_default=""),
    sa.Column("url_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("pins_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("settled_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("streams", sa.Text, nullable=False, server_default=""),
    sa.Column("compared_at", sa.BigInteger),
    sa.Column("next_url", sa.Text, nullable=False, server_default=""),
)
"""One row. `pins`: JSON list. `city_*`: the city's public keys; `sign_key`, `seal_key`: this device's private ones, 32
raw bytes each. `enrolment`, `code`: the file it was enrolled with and the one-time code not yet used, else empty.
`behind`: about how many commits the center still holds for us. `batch_bytes`: how large a push may be now, compressed;
`max_bytes`: how large a page the center may send. `last_contact`: wall time of the last answer taken, µs.
`last_error`: why the last round ended early, empty where it did not. `must_offer`: the center was restored, and what
others wrote since is still to be offered to it. `twin`: another installation goes on under this device's id. `told`,
`told_at`: what last made this device begin anew (`app.sync.epochs`), and when (wall time, µs). `floor_seq`: up to
there everything came by a snapshot: what the center numbered before is known, though it is not here. `lacking`: kinds
and columns of that snapshot that the program of then did not know, space between; `!` where a new one is due.
`url_at`, `pins_at`: when the center said what `url` and `pins` hold, by its own clock, µs: what it said before does not
set them back (`app.sync.state.is_later`). `settled_seq`: up to which commit settlements by others were looked for.
`streams`: those that were read when the org tree last changed here, space between; `?` before it while it may have
changed since and more is to be read. `compared_at`: when all that is held was last compared with the center, or could
not be because its program is another version; wall time, µs. `next_url`: where the center said it moves to, empty once
it answered there."""

overruled = sa.Table(
    "overruled",
    metadata,
    sa.Column("record", sa.String(32), primary_key=True),
    sa.Column("mine", sa.String(96), primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("grp", sa.String(96), nullable=False),
    sa.Column("by", sa.String(96), nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger),
    sqlite_with_rowid=False,
)
"""Writes made here that lost when somebody else settled a conflict. `mine`, `by`: the writes; `actor`: who wrote it;
`at`: effective time of the settlement, µs; `seen_at`: when its author had read of it."""

SELF = 1
"""The only value of `sync_state.one`."""

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hub_epoch", sa.String(16), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("stamps", sa.Text, nullable=False),
    sa.Column("lacking", sa.Text, nullable=False),
    sa.Column("begun_at", sa.BigInteger, nullable=False),
)
"""The snapshot that is being fetched, one row, and none when there is none. `stamps`: the center's order for own
commits, as JSON. `lacking`: kinds and columns it names that this program does not know, space between. What it brings
stands in tables `fresh_…`, which this program makes and drops by itself."""

snapshot_segment = sa.Table(
    "snapshot_segment",
    metadata,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sha", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("here", sa.BigInteger, nullable=False),
    sa.Column("lines", sa.BigInteger, nullable=False),
    sa.Column("loaded", sa.Boolean, nullable=False),
)
"""One segment of it. `here`: how many of its bytes are; `lines`: how many of its lines are in the fresh tables, all of
them once it is `loaded`."""

snapshot_piece = sa.Table(
    "snapshot_piece",
    metadata,
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""The bytes of a segment that came, each piece at its offset; gone once it is loaded."""

past_epoch = sa.Table(
    "past_epoch",
    metadata,
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("chain", sa.LargeBinary, nullable=False),
    sa.Column("acked_n", sa.BigInteger, nullable=False),
    sa.Column("safe_n", sa.BigInteger, nullable=False),
)
"""Epochs this device wrote before the present one, with what `here` said of them: their rest is sent too."""

carried = sa.Table(
    "carried",
    metadata,
    sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file", sa.String(32), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""One row once a file was packed for the center: it holds all own commits up to `n` of `epoch` that were not
acknowledged then. `file`: its id, empty once its answer was read; `at`: wall time, µs."""

set_aside = sa.Table(
    "set_aside",
    metadata,
    sa.Column("device", sa.String(32), primary_key=True),
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Commits that came and could not be applied. `seq`: 0 where the center was put back and has lost that number; `raw`:
the commit of the page as JSON. Tried again by a newer program."""

verdict = sa.Table(
    "verdict",
    metadata,
    sa.Column("epoch", sa.String(16), primary_key=True),
    sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("code", sa.String(32), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("dropped_at", sa.BigInteger),
    sa.Column("why", sa.Text, nullable=False, server_default=""),
    sa.Column("seen_at", sa.BigInteger),
    sqlite_with_rowid=False,
)
"""Own commits that the center took and holds back, and why (`code`). Removed once it numbers them after all.
`dropped_at`: when an operator settled that it never will, by the center's clock, µs; `why`: in the operator's words;
`seen_at`: when the author had read of it."""

sync_round = sa.Table(
    "sync_round",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("sent", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("bytes_out", sa.BigInteger, nullable=False),
    sa.Column("bytes_in", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(32), nullable=False),
)
"""The last ten rounds. `at`: when it began, µs. `sent`, `received`: commits. `outcome`: "ok" or why it ended early."""

ROUNDS_KEPT = 10
