"""What may be written of a bug: where it happened, never with what.

The message of an error may hold a person's name, and a log is a file that is not encrypted.
"""

import traceback


def describe(error: BaseException) -> str:
    """The kinds of the errors and the lines they came through, without messages and values."""
    parts = []
    each: BaseException | None = error
    while each is not None:
        frames = traceback.extract_tb(each.__traceback__)
        lines = " < ".join(f"{frame.filename.rpartition('app/')[2]}:{frame.lineno}" for frame in reversed(frames))
        parts.append(f"{type(each).__name__} at {lines or 'unknown'}")
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "; from ".join(parts)
