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


class Necessary(QWidget):
    """A zone of a form: it holds fields that stay closed until a rule opens them."""

    def __init__(self, theme: Theme, texts: Texts, fields: Mapping[str, Field], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._texts, self._fields = theme, texts, fields
        self._column = Column(theme, self, gap="s8")
        self._reasons: list[QWidget] = []
        self._said: list[tuple[str, bool]] = []
        holder = QWidget(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        holder.setSizePolicy(policy)
        flow = Flow(theme, holder, gap="s12")
        for field in fields.values():
            flow.addWidget(field)
            field.hide()
        self._holder = holder
        self._column.addWidget(holder)
        self.hide()

    def show_rules(self, found: Iterable[Necessity]) -> None:
        """Open what these rules name, close the rest."""
        mine = [each for each in found if set(each.fields) & self._fields.keys()]
        opened = {name for each in mine for name in each.fields}
        for name, field in self._fields.items():
            field.setVisible(name in opened)
        self._holder.setVisible(bool(opened & self._fields.keys()))
        wanted = [(each.rule, each.rule in URGENT) for each in mine]
        if wanted != self._said:
            self._show_reasons(wanted)
        self.setVisible(bool(mine))
        self._holder.updateGeometry()

    def names(self) -> set[str]:
        return set(self._fields)

    def open_fields(self) -> dict[str, object]:
        """The values of the fields a rule holds open."""
        return {name: field.value() for name, field in self._fields.items() if not field.isHidden()}

    def _show_reasons(self, wanted: list[tuple[str, bool]]) -> None:
        for reason in self._reasons:
            self._column.removeWidget(reason)
            reason.hide()
            reason.deleteLater()
        self._reasons, self._said = [], wanted
        for place, (rule, urgent) in enumerate(wanted):
            tone = "danger" if urgent else "warn"
            line = QWidget(self)
            row = Row(self._theme, line, gap="s8")
            row.addWidget(Icon(self._theme, "danger" if urgent else "info", tone, "icon_small", line))
            row.addWidget(Label(self._theme, self._texts.refusal(rule), tone=tone, wrap=True, parent=line), 1)
            self._column.insertWidget(place, line)
            line.show()
            self._reasons.append(line)
