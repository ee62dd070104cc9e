"""What the network consists of, and the two records every feature writes beside its own: amendments and look-ups.

Fields after `domain.md` 2.0 and 2.10-2.15, groups after `model.md`.
"""

from app.base.ids import meaning_id
from app.features import codes
from app.features.roles import AT_WORK, CHIEFS, EVERYBODY, HEADS, IN_CHARGE, OFFICE, engaging, only, written_once
from app.journal.entities import Scope, entity, not_in_the_op
from app.journal.fields import Code, Day, Flag, Instant, Ref, Text


def node_id(code: str) -> str:
    """Of the node that has this code."""
    return meaning_id("node", code)


node = entity(
    "node",
    Scope.ALL,
    {
        "identity": {
            "name": Text(40),
            "code": Text(24),
            "tier": Code(codes.TIER),
            "parent": Ref("node"),
        },
        "contact": {
            "address": Text(120),
            "division_code": Text(12),
            "geo": Text(40),
            "phone": Text(20),
            "hotline": Text(20),
            "hours": Text(120),
        },
        "profile": {
            "point_type": Code(codes.POINT_TYPE),
            "host_unit": Text(60),
            "sign_ok": Flag(),
            "risk_level": Code(codes.RISK_LEVEL),
        },
        "status": {"status": Code(codes.POINT_STATUS), "opened_on": Day()},
    },
    sets={"circle": Code(codes.CIRCLE)},
    indexes=[("parent",), ("code",)],
    roles=only(OFFICE, create=CHIEFS, identity=CHIEFS, void=CHIEFS),
    meaning=lambda op: (node_id(str(op.values.get("code"))),),
)

staff = entity(
    "staff",
    Scope.DOWN,
    {
        "login": {"code": Text(24)},
        "name": {"name": Text(30), "phone": Text(20)},
        "role": {"role": Code(codes.ROLE), "unit": Text(60)},
        "certificate": {"trained_on": Day(), "cert_until": Day()},
        "active": {"active": Flag()},
    },
    indexes=[("node",), ("code",)],
    roles=engaging(),
)
"""`code` is what the person signs in with; the key slots are local and never synced."""

campaign = entity(
    "campaign",
    Scope.DOWN,
    {
        "facts": {
            "type": Code(codes.CAMPAIGN),
            "name": Text(60),
            "mode": Code(codes.MODE),
            "starts_on": Day(),
            "ends_on": Day(),
            "plan": Text(4000),
        },
        "status": {"active": Flag()},
    },
    writers=frozenset({"CITY", "COUNTY"}),
    indexes=[("node",)],
    roles=only(OFFICE),
)

notice = entity(
    "notice",
    Scope.DOWN,
    {
        "facts": {"title": Text(80), "text": Text(4000), "expires_at": Instant()},
        "status": {"active": Flag()},
    },
    indexes=[("node",)],
    roles=only(IN_CHARGE),
)
"""An announcement from above, shown until it expires or is taken down."""

partner = entity(
    "partner",
    Scope.DOWN,
    {
        "facts": {
            "name": Text(60),
            "partner_type": Code(codes.PARTNER_TYPE),
            "contact": Text(30),
            "phone": Text(20),
            "agreement": Text(400),
        },
        "status": {"active": Flag()},
    },
    indexes=[("node",)],
    roles=only(IN_CHARGE),
)

place = entity(
    "place",
    Scope.DOWN,
    {
        "facts": {
            "code": Text(24),
            "name": Text(60),
            "place_type": Code(codes.PLACE_TYPE),
            "key_times": Text(120),
            "risk_level": Code(codes.RISK_LEVEL),
            "division_code": Text(12),
            "geo": Text(40),
            "description": Text(400),
        },
        "status": {"active": Flag()},
    },
    sets={"circle": Code(codes.CIRCLE)},
    indexes=[("node",)],
    roles=only(AT_WORK),
)
"""A key area, or one spot of it that patrols look at."""

amendment = entity(
    "amendment",
    Scope.BOTH,
    {"amendment": {"record": Text(32), "kind": Text(32), "reason": Text(400)}},
    indexes=[("record",)],
    roles=written_once(AT_WORK | HEADS),
)
"""Why a saved record was corrected. It stands in the commit that corrects, at the node or nodes of the record."""

audit_entry = entity(
    "audit_entry",
    Scope.OWN,
    {
        "entry": {
            "record": Text(32),
            "kind": Text(32),
            "purpose": Code(codes.LOOKUP_PURPOSE),
            "note": Text(200),
        }
    },
    sets={"fields": Text(40)},
    upward=frozenset({"CITY"}),
    indexes=[("record",)],
    roles=written_once(EVERYBODY),
)
"""Who was shown which masked fields, and what for. The chain of its author's commits links it to the one before."""

review = entity(
    "review",
    Scope.OWN,
    {
        "about": {
            "record": Text(32),
            "kind": Text(32),
            "code": Code(codes.REVIEW),
            "by": Ref("staff"),
            "from_node": Ref("node"),
            "at": Instant(),
        },
        "settled": {"settled_by": Ref("staff"), "settled_at": Instant(), "settled_note": Text(400)},
    },
    indexes=[("record",), ("settled_at",)],
    roles=only(IN_CHARGE),
    meaning=not_in_the_op,
)
"""Something that was applied and that a person should look at, at the node of the record it is about."""
