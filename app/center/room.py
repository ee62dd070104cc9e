"""How much of the disk the center's photos and segments leave free. Not here: what photos may take together."""

import shutil
from pathlib import Path

RESERVE = 512 * 1024 * 1024
"""Bytes of the disk that photos and segments leave free: the database may stand on it too."""


def has_room(root: Path, size: int) -> bool:
    """Whether `size` more bytes have room where the folder stands or will stand."""
    while not root.exists() and root != root.parent:
        root = root.parent
    return shutil.disk_usage(root).free >= RESERVE + size
