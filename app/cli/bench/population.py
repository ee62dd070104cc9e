"""A point with many invented cases, written by the one door in bulk: what lists and the start are measured with."""

from collections.abc import Iterator
from random import Random

import sqlalchemy as sa

from app.base.clock import DAY, MINUTE
from app.base.ids import new_id
from app.cli.bench.saving import save_acts
from app.features import codes
from app.journal.ops import Op

BATCH = 1_000
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "大山小明建国秀英志强玉兰春梅海燕文军丽华永福桂芳德水"
_DAYS = 700


def populate(engine: sa.Engine, node: str, actor: str, cases: int, now: int) -> None:
    """So many cases over the last two years, each with a person and an encounter; the later ones are open."""
    rng = Random(20)  # noqa: S311  (invented people, no secrets)
    apart = _DAYS * DAY // max(1, cases)
    acts: list[list[Op]] = []
    for number in range(cases):
        acts.append(list(_case(rng, node, number, cases, now)))
        if len(acts) == BATCH or number == cases - 1:
            save_acts(engine, acts, actor, now - (cases - number) * apart, apart)
            acts = []


def _case(rng: Random, node: str, number: int, cases: int, now: int) -> Iterator[Op]:
    person, case = new_id(), new_id()
    name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, 2))
    is_open = rng.random() < (0.5 if number > cases * 0.9 else 0.01)
    facts = {"name": name, "gender": "MALE", "age_est": rng.randint(18, 80), "features": "背蓝色双肩包，手上有老茧"}
    yield Op("create", "person", person, node, facts, {})
    status = rng.choice(("OPEN", "IN_SERVICE", "REFUSED_TRACK")) if is_open else "CLOSED"
    values: dict[str, object] = {
        "person": person,
        "biz_no": f"BENCH-{number:06d}",
        "mode": "NORMAL",
        "story": "来城里找活干，三天没有找到，身上的钱用完了。",
        "case_status": status if status in codes.CASE_STATUS else "OPEN",
    }
    if is_open:
        values["next_due"] = now + rng.randint(-1, 5) * DAY
    yield Op("create", "case", case, node, values, {"reasons": [rng.choice(codes.REASON.codes)]})
    met = {
        "case": case,
        "place_type": rng.choice(codes.PLACE_TYPE.codes),
        "place_text": f"中山路{rng.randint(1, 400)}号",
        "disposition": rng.choice(codes.DISPOSITION.codes),
        "ended_at": now - (cases - number) * MINUTE,
    }
    yield Op("create", "encounter", new_id(), node, met, {"health_obs": ["OK"]})
