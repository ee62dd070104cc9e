"""The style sheet: one template, filled from the tokens. What we paint ourselves is not in it."""

from dataclasses import asdict
from string import Template

from PySide6.QtGui import QColor, QPalette

from app.desktop.theme.tokens import Colours, Sizes

_TEMPLATE = Template("""
* { outline: none; }
QWidget { color: $text; selection-background-color: $accent; selection-color: $on_accent; }
QWidget[ground="ground"] { background: $ground; }
QWidget[ground="surface"] { background: $surface; }
QWidget[ground="foot"] { background: $surface; border-top: ${hair}px solid $line; }
QWidget[ground="card"] {
  background: $surface; border: ${hair}px solid $line; border-radius: ${corner_large}px;
}
QWidget[ground="warn"] { background: $warn_ground; border-radius: ${corner}px; }
QWidget[ground="danger"] { background: $danger_ground; border-radius: ${corner}px; }
QWidget[ground="accent"] { background: $accent_ground; border-radius: ${corner}px; }
QLabel { background: transparent; border: none; }
QLabel[tone="quiet"] { color: $quiet; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="good"] { color: $good; }

QAbstractScrollArea { border: none; background: transparent; }
QLineEdit, QPlainTextEdit {
  background: $surface; border: ${hair}px solid $edge; border-radius: ${corner}px; padding: 0 ${s8}px;
  placeholder-text-color: $quiet;
}
QLineEdit { min-height: ${inner}px; max-height: ${inner}px; }
QPlainTextEdit { padding: ${s4}px; }
QLineEdit:hover, QPlainTextEdit:hover { border-color: $quiet; }
QLineEdit:focus, QPlainTextEdit:focus { border: ${ring}px solid $accent; padding: 0 ${less}px; }
QLineEdit:focus { min-height: ${inner_ring}px; max-height: ${inner_ring}px; }
QPlainTextEdit:focus { padding: ${s2}px; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"] { border-color: $danger; }
QLineEdit:disabled, QPlainTextEdit:disabled, QLineEdit:read-only {
  background: $ground; border-color: $line; color: $quiet;
}
QLineEdit[bare="true"], QLineEdit[bare="true"]:focus {
  background: transparent; border: none; padding: 0;
}

QScrollBar:vertical { background: transparent; width: ${scroll}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${scroll}px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: ${s2}px; margin: ${s2}px; }
QScrollBar::handle:vertical { min-height: ${scroll_grip}px; }
QScrollBar::handle:horizontal { min-width: ${scroll_grip}px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; background: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }

QTableView, QListView { background: $surface; border: none; gridline-color: transparent; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
  background: $surface; color: $quiet; border: none; border-bottom: ${hair}px solid $line;
  padding: 0 ${s12}px; font-size: ${small}px;
}
QTableCornerButton::section { background: $surface; border: none; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QToolTip {
  background: $text; color: $surface; border: none; border-radius: ${corner}px; padding: ${s4}px ${s8}px;
}
QMenu { background: $surface; border: ${hair}px solid $line; border-radius: ${corner}px; padding: ${s4}px; }
QMenu::item { padding: ${s8}px ${s24}px ${s8}px ${s12}px; border-radius: ${corner}px; }
QMenu::item:selected { background: $accent_ground; }
QMenu::item:disabled { color: $quiet; }
QMenu::separator { height: ${hair}px; background: $line; margin: ${s4}px; }
QProgressBar {
  background: $press; border: none; border-radius: ${s2}px; max-height: ${s4}px; min-height: ${s4}px;
}
QProgressBar::chunk { background: $accent; border-radius: ${s2}px; }
QDialog, QMessageBox { background: $surface; }
""")


def style_sheet(colours: Colours, sizes: Sizes) -> str:
    lengths = asdict(sizes)
    lengths["inner"] = sizes.control - 2 * sizes.hair
    lengths["inner_ring"] = sizes.control - 2 * sizes.ring
    lengths["less"] = sizes.s8 - (sizes.ring - sizes.hair)
    opaque = {name: _css(value) for name, value in asdict(colours).items()}
    return _TEMPLATE.substitute(opaque | lengths)


def palette(colours: Colours) -> QPalette:
    """For what the style draws without the sheet: carets, placeholders, disabled text."""
    role = QPalette.ColorRole
    made = QPalette()
    for each, value in (
        (role.Window, colours.surface),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.ground),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.quiet),
        (role.Button, colours.surface),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.danger),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.ToolTipBase, colours.text),
        (role.ToolTipText, colours.surface),
    ):
        made.setColor(each, QColor(value))
    for each in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(colours.quiet))
    return made


def _css(value: str) -> str:
    colour = QColor(value)
    return f"rgba({colour.red()},{colour.green()},{colour.blue()},{colour.alpha()})"
