"""Sets and what was answered about them: 无, not asked and not seen stand beside a set, never among its elements.

On screen "nothing unusual" is a chip like any other; stored as an element it would survive a merge with a finding of
somebody else's and contradict it.
"""

from collections.abc import Iterable, Mapping

NO_GROUP = {"NONE": "NONE"}
"""For special_groups: 无."""
LOOKED_AT = {"OK": "NONE", "NOT_SEEN": "NOT_SEEN"}
"""For health_obs: 未见异常 and 未能检视."""


def stored(chosen: Iterable[str], words: Mapping[str, str]) -> tuple[tuple[str, ...], str]:
    """From the chips chosen: the elements and the SET_ANSWER. A finding outweighs the chip that says there is none."""
    elements = tuple(code for code in chosen if code not in words)
    if elements:
        return elements, "ASKED"
    return (), next((words[code] for code in words if code in tuple(chosen)), "NOT_ASKED")


def shown(elements: Iterable[str], answer: str | None, words: Mapping[str, str]) -> tuple[str, ...]:
    """The chips to show for what is stored."""
    found = tuple(elements)
    return found or tuple(code for code, meaning in words.items() if meaning == answer)
