"""Colours and sizes: the only place in the desktop where either is written down.

Every colour has a light and a dark value chosen for itself. Sizes are for 100 % and grow with the user's
setting. `PAIRS` names what is ever drawn on what; a test holds each pair to a contrast of 4.5 : 1.
"""

from dataclasses import dataclass, fields

SCALES = (100, 110, 125, 150, 175, 200)
"""The user's choices of scale, in percent."""

FADE_MS = 120
"""The longest a movement may take."""


@dataclass(frozen=True, slots=True)
class Colours:
    ground: str  # behind everything: rail, wells
    surface: str  # pages, cards, fields
    hover: str  # under the pointer
    press: str  # held down, and the well of a bar
    line: str  # hairlines between things
    edge: str  # the border of what can be typed in or pressed
    text: str
    quiet: str  # secondary words
    accent: str
    accent_hover: str
    on_accent: str
    accent_ground: str  # chosen rows, pressed chips
    danger: str
    danger_hover: str
    danger_ground: str
    warn: str
    warn_ground: str
    good: str
    good_ground: str
    shadow: str
    scrim: str  # over the page while a panel floats


LIGHT = Colours(
    ground="#F5F6F8",
    surface="#FFFFFF",
    hover="#EDEFF2",
    press="#E3E6EA",
    line="#E1E4E8",
    edge="#B4BBC4",
    text="#1C2024",
    quiet="#5A626D",
    accent="#0B6BCB",
    accent_hover="#095AAB",
    on_accent="#FFFFFF",
    accent_ground="#E8F1FC",
    danger="#C0271B",
    danger_hover="#A11F15",
    danger_ground="#FDEDEB",
    warn="#8A5A00",
    warn_ground="#FFF4DE",
    good="#1A7A3C",
    good_ground="#E8F6ED",
    shadow="#1A1C2024",
    scrim="#661C2024",
)

DARK = Colours(
    ground="#15171A",
    surface="#1D2024",
    hover="#292D33",
    press="#343941",
    line="#30353C",
    edge="#565E69",
    text="#E9EBEE",
    quiet="#A6AEB9",
    accent="#6DB1FA",
    accent_hover="#8DC3FC",
    on_accent="#0A1C30",
    accent_ground="#1C324C",
    danger="#FF9488",
    danger_hover="#FFB0A7",
    danger_ground="#43211E",
    warn="#F2C063",
    warn_ground="#3D2F13",
    good="#73D093",
    good_ground="#1B3726",
    shadow="#66000000",
    scrim="#99000000",
)

PAIRS: tuple[tuple[str, str], ...] = (
    *((ink, ground) for ink in ("text", "quiet") for ground in ("ground", "surface", "hover", "press")),
    ("text", "accent_ground"),
    ("quiet", "accent_ground"),
    ("text", "warn_ground"),
    ("text", "danger_ground"),
    ("text", "good_ground"),
    *((ink, "surface") for ink in ("accent", "danger", "warn", "good")),
    *((ink, "ground") for ink in ("accent", "danger", "warn", "good")),
    ("accent", "accent_ground"),
    ("danger", "danger_ground"),
    ("warn", "warn_ground"),
    ("good", "good_ground"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "danger"),
    ("on_accent", "danger_hover"),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Pixels at the user's scale."""

    # type
    body: int = 14
    small: int = 12
    section: int = 16
    title: int = 20
    figure: int = 28
    # space
    s2: int = 2
    s4: int = 4
    s8: int = 8
    s12: int = 12
    s16: int = 16
    s24: int = 24
    s32: int = 32
    # things
    hair: int = 1
    ring: int = 2
    corner: int = 6
    corner_large: int = 10
    control: int = 32
    chip: int = 30
    row: int = 36
    row_tall: int = 60
    icon: int = 20
    icon_small: int = 16
    icon_large: int = 40
    dot: int = 8
    badge: int = 18
    bar: int = 8
    scroll: int = 10
    scroll_grip: int = 32
    stroke: int = 2
    # the frame
    rail: int = 196
    rail_folded: int = 76
    rail_item: int = 40
    rail_item_folded: int = 52
    rail_fold_below: int = 1100
    top_bar: int = 56
    search: int = 420
    page_head: int = 60
    notice: int = 560
    card: int = 380
    panel: int = 420
    popup_rows: int = 8
    shadow_reach: int = 24
    shadow_drop: int = 6
    # forms and lists
    heading_column: int = 64
    fact_column: int = 72
    narrow_field: int = 88
    date_field: int = 112
    name_column: int = 240
    field: int = 180
    wide_field: int = 320
    note: int = 88
    message: int = 360
    photo: int = 104
    list_min: int = 340
    list_state: int = 104
    detail_min: int = 380
    chart: int = 96
    window_min_w: int = 800
    window_min_h: int = 480


_UNSCALED = {"popup_rows"}
_TOUCH = {"control": 40, "chip": 40, "row": 44, "rail_item": 48}


def sizes_at(scale: int, touch: bool) -> Sizes:
    """The sizes at `scale` percent; `touch` makes what is pressed taller."""
    plain = Sizes()
    scaled: dict[str, int] = {}
    for each in fields(Sizes):
        base: int = getattr(plain, each.name)
        if touch:
            base = _TOUCH.get(each.name, base)
        scaled[each.name] = base if each.name in _UNSCALED else max(1, round(base * scale / 100))
    return Sizes(**scaled)


def colours_for(dark: bool) -> Colours:
    return DARK if dark else LIGHT


def contrast(ink: str, ground: str) -> float:
    """The contrast of two opaque colours by WCAG 2.2, 1 to 21."""
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
