"""The two kinds of trouble that are not bugs.

`Refused`: the user can mend it; it names a code with words in `resources/text` and the field it stands under.
`Environment`: disk, lock, key or network; nothing was lost and the same act may succeed later.
Anything else that is raised is a bug.
"""


class Refused(Exception):
    """A command or an input that is not accepted as it is; nothing was written."""

    def __init__(self, code: str, field: str | None = None, **facts: object) -> None:
        super().__init__(code if field is None else f"{code} ({field})")
        self.code = code
        self.field = field
        self.facts = facts


class Environment(Exception):
    """The machine or the network stands in the way; nothing was written."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
