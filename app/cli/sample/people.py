"""One invented person met at a point: from a kind of story to the facts a clerk would type."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from app.cli.sample import invented
from app.cli.sample.stories import Story

_ACCENTS = ("本地口音", "北方口音", "带鼻音的南方口音", "说普通话", "西南口音")
_CLOTHES = ("深蓝色外套，黑裤子", "灰色毛衣，旧皮鞋", "军绿色棉衣", "格子衬衫，布鞋", "黑色羽绒服")


@dataclass(slots=True)
class Somebody:
    """A person as the clerk writes them down. `id` once they are in the records."""

    story: Story
    facts: dict[str, Any]
    protected: bool
    id: str | None = None
    refused: int = 0
    """How often this person refused so far."""


def somebody(rng: Random, story: Story, day: date) -> Somebody:
    """Somebody with this story: known by a document, by what they say, or not at all."""
    age = rng.randint(*story.ages)
    gender = rng.choices(("MALE", "FEMALE"), (7, 3))[0]
    groups = [group for group in story.groups if group in ("MINOR", "DEMENTIA_SUSP", "LOST") or rng.random() < 0.8]
    facts: dict[str, Any] = {
        "gender": gender,
        "features": rng.choice(story.features),
        "clothing": rng.choice(_CLOTHES),
        "accent": rng.choice(_ACCENTS),
        "special_groups": tuple(groups) or ("NONE",),
    }
    minor = age < 18
    protected = minor or bool({"MENTAL_SUSP", "DEMENTIA_SUSP"} & set(groups))
    if story.identity == "UNKNOWN":
        return Somebody(story, {**facts, "identity_status": "UNKNOWN", "age_est": round(age / 5) * 5}, protected)
    facts["name"] = invented.person_name(rng)[0]
    born = day - timedelta(days=age * 365 + age // 4 + rng.randint(1, 364))
    if story.identity == "KNOWN":
        number = invented.identity_number(rng, born, gender)
        facts |= {"id_doc_type": "RIC", "id_no": number, "id_verify": "SIGHTED", "identity_status": "KNOWN"}
        facts |= {"phone": invented.mobile(rng), "household_addr": f"{invented.CITY}{invented.street(rng)}"}
    else:
        facts |= {"age_est": age, "id_doc_type": "NONE", "id_verify": "SELF_SAID", "identity_status": "CLAIMED"}
    if minor:
        facts |= {"guardian_name": invented.person_name(rng)[0], "guardian_phone": invented.mobile(rng)}
    if "ELDERLY" in groups or "LOST" in groups:
        facts |= {"kin_name": invented.person_name(rng)[0], "kin_relation": "CHILD", "kin_phone": invented.mobile(rng)}
    return Somebody(story, facts, protected)
