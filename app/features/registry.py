"""Every feature by name: importing this module registers records, commands and what is derived from them."""

from types import ModuleType

from app.features.cases import commands as cases_commands
from app.features.cases import commands_case, commands_grant, commands_photo, commands_undo
from app.features.inventory import commands as inventory_commands
from app.features.inventory import commands_catalogue, commands_count, commands_transfer, ledger
from app.features.org import commands as org_commands
from app.features.org import commands_notices, reviews
from app.features.people import commands as people_commands
from app.features.people import commands_photo as people_commands_photo
from app.features.photos import commands as photos_commands

_MODULES: tuple[ModuleType, ...] = (
    org_commands,
    commands_notices,
    reviews,
    photos_commands,
    people_commands,
    people_commands_photo,
    inventory_commands,
    commands_catalogue,
    commands_count,
    commands_transfer,
    ledger,
    cases_commands,
    commands_case,
    commands_grant,
    commands_photo,
    commands_undo,
)


def load_features() -> tuple[ModuleType, ...]:
    """Make sure that every kind of record and every command is known; gives the modules that carry the acts out."""
    return _MODULES
