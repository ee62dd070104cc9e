"""Every feature by name: importing this module registers records, commands and what is derived from them."""

from types import ModuleType

from app.features.cases import tables as cases_tables
from app.features.org import tables as org_tables
from app.features.people import tables as people_tables

_MODULES: tuple[ModuleType, ...] = (org_tables, people_tables, cases_tables)


def load_features() -> tuple[ModuleType, ...]:
    """Make sure that every kind of record and every command is known; gives the modules that declare them."""
    return _MODULES
