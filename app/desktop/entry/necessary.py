"""What a rule makes necessary opens here, with one line that says why. The rules are the feature's, not ours."""

from collections.abc import Iterable, Mapping

from PySide6.QtWidgets import QSizePolicy, QWidget

from app.base.texts import Texts
from app.desktop.forms.field import Field
from app.desktop.parts.label import Icon, Label
from app.desktop.theme.flow import Flow
from app.desktop.theme.layouts import Column, Row
from app.desktop.theme.theme import Theme
from app.features.cases.rules import Necessity

URGENT = frozenset({"danger_needs_120", "police_at_once"})
"""Rules that are shown in the colour of danger; the others warn."""

ASKING = frozenset({"refusal_needs_reason", "ineligible_needs_reason"})
"""Rules that only ask for a value: once it is given there is nothing more to say."""


class Reasons(QWidget):
    """One line for each rule that opened something, the urgent ones first."""

    def __init__(self, theme: Theme, texts: Texts, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._texts = theme, texts
        self._column = Column(theme, self, gap="s4")
        self._lines: list[QWidget] = []
        self._said: list[str] = []
        self.hide()

    def say(self, found: Iterable[Necessity]) -> None:
        told = [each.rule for each in found if each.refuses or each.rule not in ASKING]
        rules = sorted(told, key=lambda rule: rule not in URGENT)
        self.setVisible(bool(rules))
        if rules == self._said:
            return
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._said = rules
        self._lines = [self._line(rule) for rule in rules]

    def _line(self, rule: str) -> QWidget:
        urgent = rule in URGENT
        tone = "danger" if urgent else "warn"
        line = QWidget(self)
        row = Row(self._theme, line, gap="s8")
        row.addWidget(Icon(self._theme, "danger" if urgent else "info", tone, "icon_small", line))
        row.addWidget(Label(self._theme, self._texts.refusal(rule), tone=tone, wrap=True, parent=line), 1)
        self._column.addWidget(line)
        line.show()
        return line


class Necessary(QWidget):
    """A zone of a form: it holds fields that stay closed until a rule opens them."""

    def __init__(self, theme: Theme, texts: Texts, fields: Mapping[str, Field], parent: QWidget) -> None:
        super().__init__(parent)
        self._fields = fields
        column = Column(theme, self, gap="s8")
        self._reasons = Reasons(theme, texts, self)
        column.addWidget(self._reasons)
        self._holder = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self._holder.setSizePolicy(policy)
        flow = Flow(theme, self._holder, gap="s12")
        for field in fields.values():
            flow.addWidget(field)
            field.hide()
        column.addWidget(self._holder)
        self.hide()

    def show_rules(self, found: Iterable[Necessity]) -> set[str]:
        """Open what these rules name, close the rest; gives the rules that are explained here."""
        mine = [each for each in found if set(each.fields) & self._fields.keys()]
        opened = {name for each in mine for name in each.fields}
        for name, field in self._fields.items():
            field.setVisible(name in opened)
        self._holder.setVisible(bool(mine))
        self._reasons.say(mine)
        self.setVisible(bool(mine))
        self._holder.updateGeometry()
        return {each.rule for each in mine}

    def names(self) -> set[str]:
        return set(self._fields)

    def open_fields(self) -> dict[str, object]:
        """The values of the fields a rule holds open."""
        return {name: field.value() for name, field in self._fields.items() if not field.isHidden()}
