"""Settings of this computer, declared once: name, type, what it may be, the default. Kept as plain JSON.

Nothing personal may stand here: the file is readable before anybody signs in. Words for each are in the texts of the
desktop.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `choices`: what it may be; otherwise any value of the default's type."""

    name: str
    default: str | int | bool
    choices: tuple[str, ...] | range | None = None

    def takes(self, value: object) -> bool:
        if type(value) is not type(self.default):
            return False
        return self.choices is None or value in self.choices


SETTINGS = (
    Setting("language", "zh_CN", ("zh_CN", "en")),
    Setting("shade", "light", ("light", "dark", "system")),
    Setting("scale", 100, range(100, 201)),
    Setting("touch", False),
    Setting("still", False),
    Setting("lock_after_s", 600, range(86_401)),
    Setting("last_user", ""),
)


def read_settings(file: Path) -> dict[str, Any]:
    """Every setting: as kept where that is sensible, the default elsewhere."""
    try:
        kept = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        kept = {}
    if not isinstance(kept, dict):
        kept = {}
    return {s.name: kept[s.name] if s.takes(kept.get(s.name)) else s.default for s in SETTINGS}


def settings_text(values: Mapping[str, Any]) -> str:
    """What to write into the file: only known settings, only what differs from the default."""
    changed = {s.name: values[s.name] for s in SETTINGS if s.takes(values.get(s.name)) and values[s.name] != s.default}
    return json.dumps(changed, indent=1)
