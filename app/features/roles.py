"""What the roles of the people at work may do, in the groups in which the kinds of records name them.

Source: `domain.md` ROLE (section 3), duties of points and station (sections 1 and 4); where it is silent everybody at
work may, since a small point has one person who does everything. The reasons stand in
`app/decisions/015-what-a-role-may-do.md`. How it is asked: `app.journal.rights`.
"""

from collections.abc import Iterable

from app.features.codes import ROLE, TIER
from app.journal.roles import Roles

EVERYBODY = frozenset(ROLE.codes)
AT_WORK = EVERYBODY - {"SEC_ADMIN", "AUDITOR"}
"""Who meets people and handles goods: all but those who watch over the others."""
IN_CHARGE = AT_WORK - {"ASSISTANT", "LIAISON"}
"""Who answers for a point's work: decides who else sees a case, what is sent to others, what is announced."""
HEADS = frozenset({"POINT_HEAD", "DISTRICT", "CENTER_HEAD", "SYS_ADMIN", "SEC_ADMIN"})
"""Who engages people and lets them go."""
OFFICE = frozenset({"DISTRICT", "STATION_DUTY", "STATION_CASE", "CENTER_HEAD", "SYS_ADMIN"})
"""District and station: campaigns, what is told of a point."""
CHIEFS = frozenset({"CENTER_HEAD", "SYS_ADMIN"})
"""Who founds points and says where they belong."""
KEEPERS = OFFICE | {"STOCK_MANAGER"}
"""Who keeps the catalogue."""
NOBODY: frozenset[str] = frozenset()
_RANKS = (
    (("ASSISTANT", "LIAISON"), TIER.codes),
    (("SPECIALIST", "STOCK_MANAGER"), TIER.codes),
    (("POINT_HEAD",), TIER.codes),
    (("DISTRICT", "STATION_DUTY", "STATION_CASE"), ("CITY", "COUNTY")),
    (("CENTER_HEAD", "AUDITOR"), ("CITY",)),
    (("SYS_ADMIN", "SEC_ADMIN"), ("CITY",)),
)
"""From below, with the tiers at whose devices such a role is given: nobody gives one above their own, or changes
somebody who has one."""


def only(usual: Iterable[str], **finer: Iterable[str]) -> Roles:
    """These roles; for a part other ones."""
    return Roles(frozenset(usual), {part: frozenset(roles) for part, roles in finer.items()})


def work(**finer: Iterable[str]) -> Roles:
    """Everyday records: everybody at work writes them; giving one away for good is for those in charge."""
    return only(AT_WORK, **{"rehome": IN_CHARGE, **finer})


def written_once(by: Iterable[str]) -> Roles:
    """The books of who did what: once written, nobody changes an entry, takes it back or gives it away."""
    return only(NOBODY, create=by)


def engaging() -> Roles:
    """The people themselves: by their heads, none above their own rank, and high ranks from high up alone."""
    roles, tiers = {}, {}
    not_below = HEADS
    for rank, places in _RANKS:
        for role in rank:
            roles[f"role={role}"] = not_below
            tiers[f"role={role}"] = frozenset(places)
        not_below = not_below.difference(rank)
    return Roles(HEADS, roles, tiers, weighs="role")
