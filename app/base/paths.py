"""Where things are: the program's own resources and migrations, the user's data."""

import sys
from pathlib import Path

import platformdirs


def program_root() -> Path:
    """The folder that holds `resources` and `migrations`: the checkout, or the unpacked bundle."""
    bundled = getattr(sys, "_MEIPASS", None)
    return Path(bundled) if bundled else Path(__file__).resolve().parents[2]


def resources() -> Path:
    return program_root() / "resources"


def migrations() -> Path:
    return program_root() / "migrations"


def default_data() -> Path:
    """The user's data folder where none is named."""
    return Path(platformdirs.user_data_dir("aidpoint", appauthor=False))


def center_data() -> Path:
    """The folder of a center whose database is no file, where none is named."""
    return Path(platformdirs.user_data_dir("aidpoint-center", appauthor=False))
