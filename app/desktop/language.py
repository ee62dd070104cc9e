"""The language of the widgets: our own words first, Qt's after them. Words of codes and fields are in `Texts`."""

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.base.paths import resources

FOLDER = "i18n"


class Language:
    """Installs translators; Qt then sends a LanguageChange to every widget."""

    def __init__(self, app: QApplication) -> None:
        self._app = app
        self._installed: list[QTranslator] = []

    def speak(self, language: str) -> None:
        """zh_CN or en; the sources are English, whose plurals are translated too."""
        self.leave()
        QLocale.setDefault(QLocale(language))
        qt_words = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for name, folder in ((f"qtbase_{language}", qt_words), (f"aidpoint_{language}", str(resources() / FOLDER))):
            translator = QTranslator(self._app)
            if translator.load(name, folder):
                self._app.installTranslator(translator)
                self._installed.append(translator)

    def leave(self) -> None:
        """Back to the words of the sources."""
        for translator in self._installed:
            self._app.removeTranslator(translator)
            translator.deleteLater()
        self._installed.clear()
