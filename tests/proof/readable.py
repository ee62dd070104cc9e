"""How a text or some bytes may stand readable in a file."""

import base64


def forms(text: str) -> dict[str, bytes]:
    """The text as it may stand in a file; of base64, at each alignment, the part that depends on nothing beside it."""
    plain = text.encode()
    found = {name: text.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    # In JSON that keeps to ASCII.
    found["escaped"] = text.encode("ascii", "backslashreplace")
    return found | bare_forms(plain)


def bare_forms(plain: bytes) -> dict[str, bytes]:
    found = {"hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        found[f"base64 at {shift}"] = encoded[-(-8 * shift // 6) : 8 * (shift + len(plain)) // 6]
    return found
