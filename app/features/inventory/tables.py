"""What the supplies feature keeps: the catalogue, lots, movements, counts, transfers, and two derived tables.

Stock is never a number that syncs: it follows from movements and count lines, which are only ever created. `ledger` and
`shelf` are derived from them here (`ledger.py`), never synced, rebuilt at will. Quantities are whole base units.
"""

import sqlalchemy as sa

from app.features.codes import (
    COUNT_STATUS,
    COUNT_VERDICT,
    DIFF_REASON,
    EXPIRY_RULE,
    ITEM_CATEGORY,
    LOT_STATE,
    MOVEMENT,
    RECEIPT_MODE,
    SEASON,
    STOCK_SOURCE,
    TAKE_TYPE,
    TRANSFER_STATUS,
    UNIT,
)
from app.features.inventory import ids
from app.features.roles import IN_CHARGE, KEEPERS, NOBODY, only, work
from app.journal.entities import STOCK_UPWARD, Scope, entity, not_in_the_op
from app.journal.fields import Code, Day, Decimal, Flag, Instant, Integer, Ref, Text
from app.store.schema import metadata

QUANTITY = Integer(1, 10_000_000)
"""Base units that move; which way is said by the kind of movement."""
COUNTED = Integer(0, 10_000_000)

item = entity(
    "item",
    Scope.ALL,
    {
        "naming": {
            "item_code": Text(16),
            "name": Text(40),
            "spec": Text(60),
            "category": Code(ITEM_CATEGORY),
            "season": Code(SEASON),
        },
        "units": {
            "unit": Code(UNIT),
            "pack_unit": Code(UNIT),
            "pack_factor": Integer(2, 100_000),
            "piece_factor": Decimal(),
        },
        "expiry": {"expiry_rule": Code(EXPIRY_RULE)},
        "limits": {"min_level": COUNTED, "max_level": COUNTED, "per_visit_limit": QUANTITY},
        "active": {"active": Flag()},
    },
    sets={"barcodes": Text(64)},
    indexes=[("item_code",)],
    roles=only(KEEPERS),
    meaning=ids.of_item,
)
"""The catalogue."""

item_level = entity(
    "item_level",
    Scope.OWN,
    {"levels": {"item": Ref("item"), "min_level": COUNTED, "max_level": COUNTED, "emergency_level": COUNTED}},
    upward=STOCK_UPWARD,
    indexes=[("node", "item")],
    roles=work(create=IN_CHARGE, levels=IN_CHARGE),
    meaning=ids.of_level,
)
"""What one node should hold of an item."""

lot = entity(
    "lot",
    Scope.ALL,
    {"facts": {"item": Ref("item"), "batch": Text(30), "made_on": Day(), "expires_on": Day()}},
    anyones=True,
    indexes=[("item",)],
    roles=work(),
    meaning=ids.of_lot,
)
"""Goods of one item that expire together."""

lot_state = entity(
    "lot_state",
    Scope.OWN,
    {"state": {"lot": Ref("lot"), "state": Code(LOT_STATE), "reason": Text(200)}, "shelf": {"shelf": Text(20)}},
    upward=STOCK_UPWARD,
    indexes=[("node", "lot")],
    roles=work(),
    meaning=ids.of_lot_state,
)
"""How one node treats a lot: usable or set aside, and where it lies."""

stock_in = entity(
    "stock_in",
    Scope.OWN,
    {
        "paper": {
            "source_type": Code(STOCK_SOURCE),
            "ref_no": Text(40),
            "donor": Text(60),
            "checked_by": Text(30),
            "note": Text(500),
        }
    },
    upward=STOCK_UPWARD,
    roles=work(),
)
"""The paper of one delivery; its movements name it."""

kit = entity(
    "kit", Scope.DOWN, {"content": {"name": Text(40), "content": Text(4000), "active": Flag()}}, roles=only(IN_CHARGE)
)
"""A set of things given together; `content` is JSON, `[[item, base units], …]`."""

movement = entity(
    "movement",
    Scope.OWN,
    {
        "facts": {
            "lot": Ref("lot"),
            "item": Ref("item"),
            "kind": Code(MOVEMENT),
            "quantity": QUANTITY,
            "happened_at": Instant(),
            "of_kind": Text(32),
            "of_id": Text(32),
            "corrects": Ref("movement"),
            "cause": Code(DIFF_REASON),
            "reason": Text(500),
            "witness": Text(30),
            "receipt_mode": Code(RECEIPT_MODE),
            "over_limit_reason": Text(200),
            "unit_price": Decimal(),
        }
    },
    upward=STOCK_UPWARD,
    indexes=[("node", "lot"), ("of_id",), ("corrects",)],
    roles=work(void=NOBODY),
    meaning=ids.of_movement,
)
"""Goods that came or went. `happened_at` is null for "now"; `corrects` names the movement it reverses or puts right and
at whose position it stands. Never voided: undone by a reversal."""

hand_out = entity(
    "hand_out",
    Scope.OWN,
    {
        "given": {
            "item": Ref("item"),
            "quantity": QUANTITY,
            "head_count": Integer(1, 100_000),
            "place": Text(120),
            "happened_at": Instant(),
        }
    },
    upward=STOCK_UPWARD,
    roles=work(),
)
"""便民发放: things given to nameless passers-by; its movements name it."""

count = entity(
    "count",
    Scope.OWN,
    {
        "head": {
            "take_type": Code(TAKE_TYPE),
            "blind": Flag(),
            "full": Flag(),
            "opened_at": Instant(),
            "closed_at": Instant(),
            "counter": Text(30),
            "observer": Text(30),
            "status": Code(COUNT_STATUS),
            "action": Text(500),
        }
    },
    upward=STOCK_UPWARD,
    indexes=[("node", "status")],
    roles=work(),
)
"""One stocktake. `full`: what has no line when it is finished is not there. Names, not staff records: the second person
is often a neighbour."""

count_line = entity(
    "count_line",
    Scope.OWN,
    {
        "counted": {
            "count": Ref("count"),
            "lot": Ref("lot"),
            "item": Ref("item"),
            "quantity": COUNTED,
            "entered_at": Instant(),
            "diff_reason": Code(DIFF_REASON),
            "note": Text(200),
            "shelf": Text(20),
        }
    },
    hung_on={"count": "count"},
    upward=STOCK_UPWARD,
    indexes=[("node", "lot"), ("count",)],
    roles=work(),
    meaning=ids.of_line,
)
"""What was seen of one lot, a checkpoint of its stock. `entered_at` is never null: a recount moves the line, a mended
reason does not."""

answer = entity(
    "answer",
    Scope.OWN,
    {
        "verdict": {
            "movement": Ref("movement"),
            "line": Ref("count_line"),
            "verdict": Code(COUNT_VERDICT),
            "reason": Text(200),
        }
    },
    upward=STOCK_UPWARD,
    indexes=[("movement",), ("line",)],
    roles=work(),
    meaning=ids.of_answer,
)
"""Whether a movement was before or after a count, as a person says."""

transfer = entity(
    "transfer",
    Scope.BOTH,
    {
        "plan": {"from_point": Ref("node"), "to_point": Ref("node"), "reason": Text(500)},
        "approval": {"approved_by": Text(30), "approved_at": Instant()},
        "sent": {"sender": Text(30), "sent_at": Instant()},
        "received": {"receiver": Text(30), "received_at": Instant()},
        "status": {"status": Code(TRANSFER_STATUS), "status_reason": Text(200)},
    },
    roles=work(approval=IN_CHARGE, **{"status=REJECTED": IN_CHARGE}),
)
"""Goods asked of another node, and their way here."""

transfer_line = entity(
    "transfer_line",
    Scope.BOTH,
    {
        "asked": {"transfer": Ref("transfer"), "item": Ref("item"), "asked": COUNTED},
        "approved": {"approved": COUNTED},
        "sent": {"lot": Ref("lot"), "sent": COUNTED},
        "received": {"received": COUNTED},
    },
    hung_on={"transfer": "transfer"},
    indexes=[("transfer",)],
    roles=work(approved=IN_CHARGE),
    meaning=not_in_the_op,
)
"""One lot of one transfer; a split makes new lines, whose ids come from the line they were split from."""

POSITION = ("at", "device", "serial", "n", "op", "side")
"""The columns of a place in `ledger`, in the order in which they compare. `side`: just before (-1), at (0) or just
after (1) the position, for movements a person has placed beside a count line."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("node", sa.String(32), nullable=False),
    sa.Column("lot", sa.String(32), nullable=False),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("device", sa.String(32), nullable=False),
    sa.Column("serial", sa.Integer, nullable=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sa.Column("op", sa.Integer, nullable=False),
    sa.Column("side", sa.Integer, nullable=False),
)
"""Every movement and count line at its position. `amount`: what a movement did to the shelf, signed; of a line (kind
COUNT) what was counted."""
# The first also holds what is summed up, so that a lot with years of movements costs no look at its rows.
sa.Index("ix_ledger_node_lot_at_amount", ledger.c.node, ledger.c.lot, ledger.c.at, ledger.c.amount)
sa.Index("ix_ledger_node_item_at", ledger.c.node, ledger.c.item, ledger.c.at)
sa.Index("ix_ledger_node_kind_lot_at", ledger.c.node, ledger.c.kind, ledger.c.lot, ledger.c.at)

shelf = sa.Table(
    "shelf",
    metadata,
    sa.Column("node", sa.String(32), primary_key=True),
    sa.Column("lot", sa.String(32), primary_key=True),
    sa.Column("item", sa.String(32), nullable=False),
    sa.Column("on_hand", sa.BigInteger, nullable=False),
    sa.Column("counted_at", sa.BigInteger),
    sa.Column("moved_at", sa.BigInteger),
)
"""What lies on the shelf of each node, by lot: the last count line and what moved after it. May be below zero."""
sa.Index("ix_shelf_node_item", shelf.c.node, shelf.c.item)
