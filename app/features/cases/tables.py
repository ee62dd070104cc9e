"""Cases, encounters and what hangs on them.

Fields after `domain.md` 2.2-2.4, 2.7 and 2.10-2.12, groups after `model.md`.

A case is one aid episode of one person, counted as one 救助人次; an encounter is one contact within it. Goods given are
movements of the supplies feature that name their encounter.
"""

from app.features import codes
from app.features.photos.tables import photo_fields
from app.features.roles import IN_CHARGE, work
from app.journal.entities import CASES_UPWARD, Scope, entity
from app.journal.fields import Code, Day, Flag, Instant, Integer, Ref, Text

case = entity(
    "case",
    Scope.OWN,
    {
        "person": {"person": Ref("person")},
        "number": {"biz_no": Text(60)},
        "asked": {
            "requested_at": Instant(),
            "campaign": Ref("campaign"),
            "mode": Code(codes.MODE),
        },
        "story": {"story": Text(4000), "adrift_since": Day()},
        "belongings": {"belongings": Text(400)},
        "status": {"case_status": Code(codes.CASE_STATUS), "case_stage": Code(codes.CASE_STAGE)},
        "closure": {
            "close_type": Code(codes.CLOSE_TYPE),
            "left_at": Instant(),
            "destination": Text(120),
            "receiver_name": Text(50),
            "receiver_relation": Code(codes.RELATION),
            "receiver_id_checked": Flag(),
            "self_leave_stmt": Flag(),
            "left_items": Text(400),
            "satisfaction": Integer(1, 5),
        },
        "review": {"reviewer": Ref("staff"), "reviewed_at": Instant()},
        "next_due": {"next_due": Instant()},
        "reasons_answer": {"reasons_answer": Code(codes.SET_ANSWER)},
        "needs_answer": {"needs_answer": Code(codes.SET_ANSWER)},
    },
    sets={
        "reasons": Code(codes.REASON),
        "needs": Code(codes.NEED),
        "companions": Ref("person"),
        "grants": Ref("node"),
    },
    hung_on={"person": "person"},
    upward=CASES_UPWARD,
    open_while=("case_status", frozenset(codes.CASE_STATUS.codes) - {"CLOSED"}),
    granted="grants",
    indexes=[
        ("person",),
        ("born_at", "id", "hidden", "case_status"),
        ("case_status", "born_at", "id", "hidden"),
        ("next_due",),
        ("biz_no",),
    ],
    roles=work(grants=IN_CHARGE, review=IN_CHARGE),
)

encounter = entity(
    "encounter",
    Scope.OWN,
    {
        "case": {"case": Ref("case")},
        "when_where": {
            "started_at": Instant(),
            "ended_at": Instant(),
            "place_type": Code(codes.PLACE_TYPE),
            "place_text": Text(120),
            "division_code": Text(12),
            "geo": Text(40),
            "channel": Code(codes.INTAKE_CHANNEL),
            "source": Code(codes.CLUE_SOURCE),
            "weather": Code(codes.WEATHER),
            "temperature": Integer(-60, 60),
            "shift": Code(codes.SHIFT),
            "arrival_by": Code(codes.PATROL_MEANS),
        },
        "origin": {"clue": Ref("clue"), "patrol": Ref("patrol")},
        "observation": {
            "screening": Code(codes.SCREENING),
            "sleeping_rough": Flag(),
            "with_minor": Flag(),
        },
        "calls": {"called_120_at": Instant(), "called_110_at": Instant()},
        "outcome": {
            "disposition": Code(codes.DISPOSITION),
            "refusal_reason": Code(codes.REFUSAL_REASON),
            "ineligible_reason": Code(codes.INELIGIBLE),
            "guide_card_no": Text(40),
            "policy_told": Flag(),
        },
        "persuasion": {"persuasion_minutes": Integer(0, 1440)},
        "staff": {"staff": Ref("staff"), "co_staff": Text(120)},
        "health_obs_answer": {"health_obs_answer": Code(codes.SET_ANSWER)},
        "services_answer": {"services_answer": Code(codes.SET_ANSWER)},
    },
    sets={"health_obs": Code(codes.HEALTH_OBS), "services": Code(codes.SERVICE_TYPE)},
    hung_on={"case": "case"},
    follows=("case",),
    upward=CASES_UPWARD,
    indexes=[("case",), ("started_at", "born_at", "hidden"), ("patrol",), ("clue",)],
    roles=work(),
)
"""`started_at` empty means: at the moment it was saved, the record's `born_at`."""

note = entity(
    "note",
    Scope.OWN,
    {"note": {"encounter": Ref("encounter"), "text": Text(4000)}},
    hung_on={"encounter": "encounter"},
    follows=("encounter",),
    upward=CASES_UPWARD,
    indexes=[("encounter",)],
    roles=work(),
)

encounter_photo = entity(
    "encounter_photo",
    Scope.OWN,
    {"photo": {"encounter": Ref("encounter"), **photo_fields()}},
    hung_on={"encounter": "encounter"},
    follows=("encounter",),
    upward=CASES_UPWARD,
    indexes=[("encounter",), ("photo",)],
    roles=work(),
)

notice_given = entity(
    "notice_given",
    Scope.OWN,
    {
        "notice": {
            "encounter": Ref("encounter"),
            "basis": Code(codes.LAWFUL_BASIS),
            "notice_version": Text(20),
            "told_at": Instant(),
            "told_by": Ref("staff"),
            "language": Text(20),
            "deferred_reason": Text(200),
            "signer": Code(codes.SIGNER),
            "withdrawn_at": Instant(),
        }
    },
    sets={"consent_items": Code(codes.CONSENT_ITEM)},
    hung_on={"encounter": "encounter"},
    follows=("encounter",),
    indexes=[("encounter",)],
    roles=work(),
)
"""告知记录: what the person was told and agreed to. Taking consent back is one more row, with `withdrawn_at`."""

follow_up = entity(
    "follow_up",
    Scope.OWN,
    {
        "due": {
            "encounter": Ref("encounter"),
            "case": Ref("case"),
            "person": Ref("person"),
            "due_at": Instant(),
        },
        "done": {
            "done_at": Instant(),
            "method": Code(codes.FOLLOW_METHOD),
            "follow_result": Code(codes.FOLLOW_RESULT),
            "next_due": Instant(),
            "note": Text(400),
        },
    },
    hung_on={"encounter": "encounter", "case": "case"},
    follows=("case", "encounter"),
    upward=CASES_UPWARD,
    indexes=[("case",), ("encounter",), ("done_at", "due_at")],
    roles=work(),
)
