"""Persons, and the judgement that two of them are one. Fields after `domain.md` 2.2, groups after `model.md`."""

from app.base.ids import meaning_id
from app.features import codes
from app.features.photos.tables import photo_fields
from app.features.roles import IN_CHARGE, work
from app.journal.entities import Scope, entity
from app.journal.fields import Code, Day, Integer, Ref, Text
from app.journal.ops import Op

person = entity(
    "person",
    Scope.OWN,
    {
        "name": {
            "name": Text(50),
            "alias": Text(50),
            "identity_status": Code(codes.IDENTITY_STATUS),
        },
        "sex": {"gender": Code(codes.GENDER)},
        "age": {"birth_date": Day(), "age_est": Integer(0, 130)},
        "id_document": {
            "id_doc_type": Code(codes.ID_DOC_TYPE),
            "id_no": Text(30),
            "id_verify": Code(codes.ID_VERIFY),
        },
        "household": {
            "household_division": Text(6),
            "household_addr": Text(120),
            "ethnic": Code(codes.ETHNIC),
            "nationality": Text(3),
        },
        "residence": {"residence_addr": Text(120)},
        "phone": {"phone": Text(20)},
        "features": {"features": Text(400), "accent": Text(50), "clothing": Text(120)},
        "welfare": {"welfare_status": Code(codes.WELFARE)},
        "kin": {
            "kin_name": Text(50),
            "kin_relation": Code(codes.RELATION),
            "kin_phone": Text(20),
            "kin_addr": Text(120),
        },
        "guardian": {"guardian_name": Text(50), "guardian_phone": Text(20)},
        "special_groups_answer": {"special_groups_answer": Code(codes.SET_ANSWER)},
    },
    sets={"special_groups": Code(codes.SPECIAL_GROUP), "grants": Ref("node")},
    granted="grants",
    indexes=[("id_no",), ("phone",), ("name",)],
    roles=work(grants=IN_CHARGE),
)

person_photo = entity(
    "person_photo",
    Scope.OWN,
    {"photo": {"person": Ref("person"), **photo_fields()}},
    hung_on={"person": "person"},
    follows=("person",),
    indexes=[("person",), ("photo",)],
    roles=work(),
)


def link_id(first: str, second: str) -> str:
    """The two persons' ids in order."""
    return meaning_id("person_link", first, second)


def _of_pair(op: Op) -> tuple[str, ...]:
    return (link_id(str(op.values.get("first")), str(op.values.get("second"))),)


person_link = entity(
    "person_link",
    Scope.BOTH,
    {
        "pair": {"first": Ref("person"), "second": Ref("person")},
        "verdict": {"verdict": Code(codes.PERSON_VERDICT), "reason": Text(400)},
    },
    indexes=[("first",), ("second",)],
    roles=work(),
    meaning=_of_pair,
)
"""The id comes from the two persons' ids in order, so that two points that judge the same pair judge one record."""
