"""Commands: what a user can ask for, as plain typed values, checked field by field.

A command is a frozen dataclass whose fields are annotated with a field type:

    @dataclass(frozen=True, kw_only=True)
    class OpenCase(Command):
        person: Annotated[str, Ref("person")]
        story: Annotated[str | None, Text(2000)] = None

A field without a default is required. The same checks serve the forms and `point exec`. Not here: what a command does;
its handler, registered with `handles`, does that.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from app.base.errors import Refused
from app.journal.fields import Field

if TYPE_CHECKING:
    from app.journal.act import Act


@dataclass(frozen=True, kw_only=True)
class Command:
    """Base of every command."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Base of a row inside a command: one item of a receipt, one line of a count."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a command: its type, or the class of its lines, and whether it must be given."""

    name: str
    field: Field | None
    line: type[Line] | None
    required: bool


C = TypeVar("C", bound=Command)
Handler = Callable[["Act", C], None]
_commands: dict[str, type[Command]] = {}
_handlers: dict[type[Command], Callable[["Act", Any], None]] = {}

_slots: dict[type, tuple[Slot, ...]] = {}

MOST_LINES = 2000


def handles(command: type[C]) -> Callable[[Handler[C]], Handler[C]]:
    """Register the one function that carries a command out."""

    def register(function: Handler[C]) -> Handler[C]:
        if command in _handlers:
            raise ValueError(f"{command.__name__} has two handlers")
        _commands[command.__name__] = command
        _handlers[command] = function
        return function

    return register


def handler_of(command: Command) -> Callable[["Act", Any], None]:
    return _handlers[type(command)]


def commands() -> Iterator[type[Command]]:
    """Every command, by name."""
    return (_commands[name] for name in sorted(_commands))


def slots_of(cls: type) -> tuple[Slot, ...]:
    """The fields of a command or line class, in order."""
    found = _slots.get(cls)
    if found is None:
        found = _slots[cls] = _read_slots(cls)
    return found


def _read_slots(cls: Any) -> tuple[Slot, ...]:
    hints = get_type_hints(cls, include_extras=True)
    found = []
    for each in fields(cls):
        hint = hints[each.name]
        required = each.default is MISSING and each.default_factory is MISSING
        found.append(_slot(each.name, hint, required))
    return tuple(found)


def _slot(name: str, hint: Any, required: bool) -> Slot:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Field):
                return Slot(name, extra, None, required)
    if get_origin(hint) is tuple:
        line: Any = get_args(hint)[0]
        if issubclass(line, Line):
            return Slot(name, None, line, required)
    raise TypeError(f"{name} has no field type")


def checked(command: C) -> C:
    """The command with its values as they are stored. Raises `Refused` naming the field."""
    return replace(command, **_checked_values(type(command), command.__dict__, ""))


def from_json(name: object, given: Mapping[str, Any]) -> Command:
    """The command of this name with these fields. Raises `Refused`."""
    cls = _commands.get(name) if isinstance(name, str) else None
    if cls is None:
        raise Refused("unknown_command", "command")
    return cls(**_checked_values(cls, given, ""))


def _checked_values(cls: type[Command] | type[Line], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    slots = slots_of(cls)
    names = {slot.name for slot in slots}
    for name in given:
        if name not in names:
            raise Refused("unknown_field", f"{where}{name}")
    values: dict[str, Any] = {}
    for slot in slots:
        path = f"{where}{slot.name}"
        value = given.get(slot.name)
        if slot.line is not None:
            values[slot.name] = _checked_lines(slot.line, value, path, slot.required)
        elif slot.required and value in (None, "", [], ()):
            raise Refused("missing", path)
        elif value is None or value == "":
            if slot.name in given:
                values[slot.name] = None
        elif slot.field is not None:
            values[slot.name] = slot.field.check(value, path)
    return values


def _checked_lines(cls: type[Line], value: Any, path: str, required: bool) -> tuple[Line, ...]:
    if value is None:
        value = ()
    if not isinstance(value, (list, tuple)):
        raise Refused("wrong_type", path)
    if len(value) > MOST_LINES:
        raise Refused("too_many", path, limit=MOST_LINES)
    if required and not value:
        raise Refused("missing", path)
    lines = []
    for index, item in enumerate(value):
        if isinstance(item, cls):
            item = item.__dict__
        if not isinstance(item, Mapping):
            raise Refused("wrong_type", f"{path}.{index}")
        lines.append(cls(**_checked_values(cls, item, f"{path}.{index}.")))
    return tuple(lines)


def describe(cls: type[Command] | type[Line]) -> list[dict[str, object]]:
    """The fields of a command as data, for `point exec --list` and for generated tests."""
    listed: list[dict[str, object]] = []
    for slot in slots_of(cls):
        entry: dict[str, object] = {"name": slot.name, "required": slot.required}
        if slot.line is not None:
            entry |= {"type": "lines", "most": MOST_LINES, "fields": describe(slot.line)}
        elif slot.field is not None:
            entry |= slot.field.describe()
        listed.append(entry)
    return listed
