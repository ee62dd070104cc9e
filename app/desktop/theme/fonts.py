"""Which face the system offers for Chinese, and the type sizes cut from it."""

from PySide6.QtGui import QFont, QFontDatabase

from app.desktop.theme.tokens import Sizes

CJK_FACES = (
    "Microsoft YaHei UI",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "PingFang SC",
    "HarmonyOS Sans SC",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)
"""Faces with simplified forms, the best drawn first; without any of them Qt picks by itself."""

RARE_FACES = ("Noto Sans CJK SC", "Droid Sans Fallback", "SimSun-ExtB", "Microsoft YaHei UI")
"""Asked afterwards for the rare characters of names."""

_ROLES = {
    "body": ("body", QFont.Weight.Normal),
    "strong": ("body", QFont.Weight.DemiBold),
    "small": ("small", QFont.Weight.Normal),
    "section": ("section", QFont.Weight.DemiBold),
    "title": ("title", QFont.Weight.DemiBold),
    "figure": ("figure", QFont.Weight.DemiBold),
}


def families() -> list[str]:
    """The faces to use, in order."""
    here = set(QFontDatabase.families())
    chosen = [face for face in CJK_FACES if face in here][:1]
    return [*chosen, *(face for face in RARE_FACES if face in here and face not in chosen)]


def has_bold(faces: list[str]) -> bool:
    """Whether the first face has a bold cut: else only the figures beside its characters would be bold."""
    if not faces:
        return True
    return any(QFontDatabase.bold(faces[0], style) for style in QFontDatabase.styles(faces[0]))


def font(role: str, sizes: Sizes, faces: list[str], tabular: bool = False) -> QFont:
    """The font for a role of text; `tabular` gives every figure the same width."""
    size, weight = _ROLES[role]
    cut = QFont()
    if faces:
        cut.setFamilies(faces)
    cut.setPixelSize(getattr(sizes, size))
    cut.setWeight(weight if has_bold(faces) else QFont.Weight.Normal)
    if tabular:
        cut.setFeature(QFont.Tag("tnum"), 1)
    return cut
