"""Whether this computer draws what the program shows: windows, Chinese, icons, translated words.

For `aidpoint selftest`, which runs where nobody looks. Each proof gives what it saw, or raises `NotDrawn`.
"""

import os
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtGui import QColor, QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.base.clock import wall_clock
from app.base.paths import resources
from app.base.texts import Texts
from app.desktop.language import FOLDER as WORDS
from app.desktop.language import Language
from app.desktop.theme import icons
from app.desktop.theme.theme import Look, Theme
from app.desktop.window import Window

_SIDE = 64
_UNASSIGNED = "\U000e0fff"
"""No font has it: what is drawn for it is what a missing character looks like."""
_CHARACTERS = "救助点登记发放盘点同步转介巡查无名氏棉被"
_RARE = "㛃䶮"
"""From the first extension, as they stand in names; a machine without them can be worked with."""
_LEAST_COLOURS = 3


class NotDrawn(Exception):
    """What should be seen is not."""


def begin() -> QApplication:
    """The Qt application, drawing into memory."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(["aidpoint"])


def prove_window(app: QApplication) -> str:
    """The window before anybody has signed in shows more than one flat colour."""
    theme = Theme(app, Look("light", still=True))
    window = Window(theme, Texts(), wall_clock, ())
    window.ask_sign_in((), "")
    window.resize(1366, 768)
    image = window.grab().toImage()
    window.deleteLater()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    if len(colours) < _LEAST_COLOURS:
        raise NotDrawn("the window is blank")
    return f"{image.width()}×{image.height()}"


def prove_chinese(app: QApplication) -> str:
    """Every character looks different from its neighbours and from a missing one."""
    theme = Theme(app, Look("light", still=True))
    face = theme.font("title")
    missing = _drawn(face, _UNASSIGNED)
    seen = {character: _drawn(face, character) for character in dict.fromkeys(_CHARACTERS)}
    tofu = [character for character, drawing in seen.items() if drawing in (missing, b"")]
    if tofu or len(set(seen.values())) < len(seen):
        raise NotDrawn(f"no Chinese font: {''.join(tofu) or _CHARACTERS}")
    rare = [character for character in _RARE if _drawn(face, character) in (missing, b"")]
    names = ", ".join(face.families()) or face.family()
    return f"{names} (without {''.join(rare)})" if rare else names


def prove_icons() -> str:
    """Every drawing in the folder leaves a mark."""
    names = sorted(file.stem for file in (resources() / icons.FOLDER).glob("*.svg"))
    blank = [name for name in names if _is_blank(icons.pixmap(name, "#000000", _SIDE, 1.0).toImage())]
    if not names or blank:
        raise NotDrawn(f"icons: {', '.join(blank) or 'none there'}")
    return str(len(names))


def prove_words(app: QApplication, languages: Iterable[str]) -> str:
    """The translations of the widgets load, ours and Qt's own."""
    spoken = []
    for language in languages:
        own = QTranslator()
        if not own.load(f"aidpoint_{language}", str(resources() / WORDS)) or own.isEmpty():
            raise NotDrawn(f"aidpoint_{language}.qm")
        said = Language(app)
        said.speak(language)
        spoken.append(QCoreApplication.translate("QPlatformTheme", "Cancel"))
        said.leave()
    if len(set(spoken)) < len(spoken):
        raise NotDrawn(f"qtbase: {', '.join(spoken)}")
    return ", ".join(spoken)


def _drawn(face: QFont, character: str) -> bytes:
    """The dots of one character; empty where nothing is drawn."""
    image = QImage(_SIDE, _SIDE, QImage.Format.Format_Grayscale8)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setFont(face)
    painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, character)
    painter.end()
    dots = bytes(image.constBits())
    return dots if len(set(dots)) >= _LEAST_COLOURS else b""


def _is_blank(image: QImage) -> bool:
    size = image.size()
    return not any(image.pixelColor(x, y).alpha() for x in range(size.width()) for y in range(size.height()))
