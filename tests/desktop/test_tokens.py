"""Colours can be read, sizes follow the user, and neither is written anywhere else."""

import re
from pathlib import Path

import pytest

from app.desktop.theme.tokens import DARK, LIGHT, PAIRS, SCALES, Colours, Sizes, contrast, sizes_at

DESKTOP = Path(__file__).resolve().parents[2] / "app" / "desktop"
LITERALS = (
    re.compile(r"#[0-9a-fA-F]{3,8}\b"),
    re.compile(r"\b\d+(px|pt|em)\b"),
    re.compile(r"QColor\(\s*[\d\"']"),
    re.compile(r"\brgba?\(\s*\d"),
    re.compile(r"Qt\.GlobalColor\.(?!transparent)"),
    re.compile(r"\.set(Fixed|Minimum|Maximum)?(Size|Width|Height|Spacing|PixelSize|PointSize)\(\s*[1-9]"),
    re.compile(r"\.(setContentsMargins|setTextMargins|addSpacing)\([^)]*\b[1-9]\d*\b"),
)


def test_known_contrasts() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_pair_can_be_read(colours: Colours, ink: str, ground: str) -> None:
    assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("scale", SCALES)
def test_sizes_follow_the_scale(scale: int) -> None:
    sizes = sizes_at(scale, touch=False)
    assert sizes.body == round(14 * scale / 100)
    assert sizes.control == round(32 * scale / 100)
    assert sizes.popup_rows == Sizes().popup_rows


def test_touch_makes_what_is_pressed_taller() -> None:
    assert sizes_at(100, touch=True).control == 40
    assert sizes_at(100, touch=True).body == 14


def test_no_colour_or_size_is_written_outside_the_tokens() -> None:
    found = [
        f"{path.relative_to(DESKTOP)}:{number}: {line.strip()}"
        for path in DESKTOP.rglob("*.py")
        if path.name not in ("tokens.py", "proof.py")  # the proof draws black on white to see that anything is drawn
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for literal in LITERALS
        if literal.search(line)
    ]
    assert not found, "\n".join(found)
