"""The language of the widgets: our own words first, Qt's after them. Words of codes and fields are in `Texts`."""

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.base.paths import resources

FOLDER = "i18n"


class Language:
    """Installs translators; Qt then sends a LanguageChange to every widget."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._installed: list[tuple[QTranslator, bytes]] = []

    def speak(self, language: str) -> None:
        """zh_CN or en; the sources are English, whose plurals are translated too.

        Read into memory: Qt would map the file, and an update that writes over it would take the program down.
        """
        self.leave()
        QLocale.setDefault(QLocale(language))
        qt_words = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for file in (Path(qt_words) / f"qtbase_{language}.qm", resources() / FOLDER / f"aidpoint_{language}.qm"):
            translator = QTranslator(self._app)
            words = file.read_bytes() if file.is_file() else b""
            if words and translator.load(words, str(file.parent)):
                self._app.installTranslator(translator)
                self._installed.append((translator, words))

    def leave(self) -> None:
        """Back to the words of the sources."""
        for translator, _ in self._installed:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._installed.clear()
