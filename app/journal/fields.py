"""Field types: what a value may be, how it is stored, what a command refuses.

One declaration serves a table column, a command's field and the listing of commands. Checks run in commands only;
`apply` never refuses.
"""

import base64
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from app.base.clock import instant_of
from app.base.errors import Refused
from app.base.ids import is_id


class CodeTable(Protocol):
    """A closed list of codes; features declare them."""

    @property
    def name(self) -> str: ...

    @property
    def codes(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Field(ABC):
    """A type of value. `check` gives the value as it is stored or raises `Refused` naming the field."""

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Text()

    @abstractmethod
    def check(self, value: object, name: str) -> Any:
        """The value as it is stored."""

    def describe(self) -> dict[str, object]:
        return {"type": type(self).__name__.lower()}


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise Refused("wrong_type", name)
    if "\x00" in value:
        raise Refused("no_null_character", name)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Refused("wrong_type", name) from None
    return value


@dataclass(frozen=True, slots=True)
class Text(Field):
    """Words of at most `limit` characters, kept as typed."""

    limit: int = 2000

    def check(self, value: object, name: str) -> str:
        words = _text(value, name)
        if len(words) > self.limit:
            raise Refused("too_long", name, limit=self.limit)
        return words

    def describe(self) -> dict[str, object]:
        return {"type": "text", "limit": self.limit}


@dataclass(frozen=True, slots=True)
class Integer(Field):
    """A whole number from `least` to `most`."""

    least: int = 0
    most: int = 1_000_000_000

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def check(self, value: object, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused("wrong_type", name)
        if not self.least <= value <= self.most:
            raise Refused("out_of_range", name, least=self.least, most=self.most)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "integer", "least": self.least, "most": self.most}


@dataclass(frozen=True, slots=True)
class Decimal(Field):
    """A decimal number kept as its digits, so that no float ever rounds it."""

    def check(self, value: object, name: str) -> str:
        digits = _text(value, name)
        if not re.fullmatch(r"\d{1,9}(\.\d{1,6})?", digits, re.ASCII):
            raise Refused("wrong_type", name)
        return digits


@dataclass(frozen=True, slots=True)
class Flag(Field):
    """Yes or no."""

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.Boolean()

    def check(self, value: object, name: str) -> bool:
        if not isinstance(value, bool):
            raise Refused("wrong_type", name)
        return value


@dataclass(frozen=True, slots=True)
class Instant(Field):
    """A moment, in microseconds since 1970 UTC; ISO 8601 text is taken too."""

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.BigInteger()

    def check(self, value: object, name: str) -> int:
        if isinstance(value, str):
            try:
                value = instant_of(datetime.fromisoformat(value))
            except (ValueError, OverflowError):
                raise Refused("bad_time", name) from None
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused("wrong_type", name)
        if not 0 <= value < 253_402_300_800_000_000:
            raise Refused("bad_time", name)
        return value


@dataclass(frozen=True, slots=True)
class Day(Field):
    """A calendar day, `YYYY-MM-DD`."""

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.String(10)

    def check(self, value: object, name: str) -> str:
        words = _text(value, name)
        try:
            return date.fromisoformat(words).isoformat()
        except ValueError:
            raise Refused("bad_date", name) from None


@dataclass(frozen=True, slots=True)
class Code(Field):
    """One code of a table."""

    table: CodeTable

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.String(32)

    def check(self, value: object, name: str) -> str:
        code = _text(value, name)
        if code not in self.table.codes:
            raise Refused("unknown_code", name)
        return code

    def describe(self) -> dict[str, object]:
        return {"type": "code", "table": self.table.name, "codes": list(self.table.codes)}


@dataclass(frozen=True, slots=True)
class Ref(Field):
    """The id of a record of `kind`. That it exists is the handler's to check."""

    kind: str

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.String(32)

    def check(self, value: object, name: str) -> str:
        id_ = _text(value, name)
        if not is_id(id_):
            raise Refused("unknown_record", name)
        return id_

    def describe(self) -> dict[str, object]:
        return {"type": "ref", "kind": self.kind}


_CONTENT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentName(Field):
    """The SHA-256 of bytes that are kept and carried apart from the record. Who holds the record may have the bytes.

    The same kind has a field `bytes` with their number.
    """

    def column_type(self) -> sa.types.TypeEngine[Any]:
        return sa.String(64)

    def check(self, value: object, name: str) -> str:
        content = _text(value, name)
        if not _CONTENT.fullmatch(content):
            raise Refused("unknown_record", name)
        return content

    def describe(self) -> dict[str, object]:
        return {"type": "content"}


@dataclass(frozen=True, slots=True)
class Bytes(Field):
    """Bytes, at most `limit`; in JSON as base64. For commands alone: no record holds bytes."""

    limit: int

    def check(self, value: object, name: str) -> bytes:
        if isinstance(value, str):
            if len(value) > self.limit * 4 // 3 + 4:
                raise Refused("too_long", name, limit=self.limit)
            try:
                value = base64.b64decode(value, validate=True)
            except ValueError:
                raise Refused("wrong_type", name) from None
        if not isinstance(value, bytes):
            raise Refused("wrong_type", name)
        if len(value) > self.limit:
            raise Refused("too_long", name, limit=self.limit)
        return value

    def describe(self) -> dict[str, object]:
        return {"type": "bytes", "limit": self.limit}


@dataclass(frozen=True, slots=True)
class Many(Field):
    """A set of values of one type, each once, in a stable order; at most `most`."""

    each: Field
    most: int = 64

    def check(self, value: object, name: str) -> tuple[Any, ...]:
        if not isinstance(value, (list, tuple)):
            raise Refused("wrong_type", name)
        if len(value) > self.most:
            raise Refused("too_many", name, limit=self.most)
        return tuple(dict.fromkeys(self.each.check(item, name) for item in value))

    def describe(self) -> dict[str, object]:
        return {"type": "many", "each": self.each.describe(), "most": self.most}
