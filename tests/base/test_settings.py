"""Settings survive nonsense in their file."""

from pathlib import Path

import pytest

from app.base.settings import SETTINGS, read_settings, settings_text

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.json") == DEFAULTS


@pytest.mark.parametrize("nonsense", ["", "{", "[]", "5", '{"scale": "big"}', '{"scale": 900}', '{"touch": 1}'])
def test_nonsense_means_the_defaults(tmp_path: Path, nonsense: str) -> None:
    (tmp_path / "s.json").write_text(nonsense)
    assert read_settings(tmp_path / "s.json") == DEFAULTS


def test_what_is_chosen_comes_back(tmp_path: Path) -> None:
    chosen = {**DEFAULTS, "language": "en", "scale": 150}
    (tmp_path / "s.json").write_text(settings_text(chosen))
    assert read_settings(tmp_path / "s.json") == chosen
    assert "shade" not in settings_text(chosen)
