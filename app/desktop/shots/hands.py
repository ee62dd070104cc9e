"""What a tour does with its hands: finding what is to be seen, pressing it, holding up a picture."""

from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.desktop.parts.button import Button


def child(parent: QWidget, kind: type[Any]) -> Any:
    """The one of this kind that is to be seen, or any."""
    found = parent.findChildren(kind)
    return next((each for each in found if each.isVisible()), found[0])


def press(page: QWidget, context: str, word: str) -> None:
    """The first button with this word that is to be seen."""
    text = QCoreApplication.translate(context, word)
    for button in page.findChildren(Button):
        if button.text() == text and button.isVisible():
            button.setFocus(Qt.FocusReason.OtherFocusReason)
            button.click()
            return


def invented(hue: int) -> QImage:
    """A picture of nothing: something before the sky."""
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(QColor.fromHsv(hue, 60, 240))
    painter = QPainter(image)
    painter.fillRect(280, 240, 240, 200, QColor.fromHsv(hue, 80, 150))
    painter.end()
    return image
