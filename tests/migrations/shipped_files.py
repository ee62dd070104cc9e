"""The files of shipped schemas, as their own programs wrote them: `shipped/NNNN-NAME.db.zst`. They never change."""

import sys
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FOLDER = Path(__file__).parent / "shipped"


def shipped() -> list[str]:
    """The schemas of which there are files."""
    return sorted({file.name.partition("-")[0] for file in FOLDER.glob("*.db.zst")})


def unpacked(schema: str, name: str, folder: Path) -> Path:
    """A copy to work on."""
    target = folder / f"{schema}-{name}.db"
    target.write_bytes(zstd.decompress((FOLDER / f"{schema}-{name}.db.zst").read_bytes()))
    return target
