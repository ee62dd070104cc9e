"""How a person is said in a line: 张* 男 45岁. Names come masked from the queries.

Who a person is stays at the point that met them: a district reads the case without the person, and is told so.
"""

from typing import Protocol

from PySide6.QtCore import QCoreApplication

from app.base.texts import Texts


class Somebody(Protocol):
    @property
    def called(self) -> str: ...
    @property
    def gender(self) -> str | None: ...
    @property
    def age(self) -> int | None: ...


def who_words(texts: Texts, who: Somebody) -> str:
    """What they are called, and sex and age where they are known; never nothing."""
    gender = texts.code("GENDER", who.gender) if who.gender in ("MALE", "FEMALE") else ""
    age = "" if who.age is None else QCoreApplication.translate("Persons", "{age} years old").format(age=who.age)
    if gender in who.called:  # the name of the nameless says it
        gender = ""
    said = " ".join(filter(None, (who.called, gender, age)))
    return said or QCoreApplication.translate("Persons", "Identity kept at its point")
