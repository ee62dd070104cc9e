"""Write the next migration from what the tables declare: `python build_scripts/make_migration.py "add the shelf"`.

With --rewrite-last the newest migration is written anew: only while no release has it. Read and correct what it wrote.
"""

import argparse
import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.base import paths  # noqa: E402
from app.features.registry import load_features  # noqa: E402
from app.store.engine import open_plain, writing  # noqa: E402
from app.store.schema import metadata  # noqa: E402
from app.store.upgrade import migration_config, revisions, upgrade  # noqa: E402

TABLES_OUTSIDE_FEATURES = ("app.journal.tables", "app.sync.tables", "app.center.tables")


def load_tables() -> None:
    """Everything that declares a table of the chain."""
    load_features()
    for module in TABLES_OUTSIDE_FEATURES:
        importlib.import_module(module)


def write_migration(title: str, *, rewrite_last: bool) -> Path:
    from alembic import command

    load_tables()
    versions = paths.migrations() / "versions"
    versions.mkdir(exist_ok=True)
    if rewrite_last:
        max(versions.glob("[0-9]*.py")).unlink()
    number = len(list(versions.glob("[0-9]*.py"))) + 1
    slug = re.sub(r"\W+", "_", title.lower()).strip("_")
    target = versions / f"{number:04}_{slug}.py"
    engine = open_plain(None)
    if number > 1:
        upgrade(engine, None)
        previous: str | None = revisions(paths.migrations())[-1]
    else:
        previous = None
    with writing(engine) as connection:
        config = migration_config(connection, paths.migrations(), target_metadata=metadata)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.revision(
            config,
            message=title,
            autogenerate=True,
            rev_id=f"{number:04}",
            head=previous or "base",
        )
    written = next(versions.glob(f"{number:04}_*.py"))
    # What was read from SQLite says 0 and 1 where PostgreSQL wants false and true.
    default = re.compile(r"""(sa\.Boolean\(\), server_default=sa\.)text\(["']([01])["']\)""")
    written.write_text(default.sub(_flag, written.read_text("utf-8")), "utf-8")
    return written.rename(target)


def _flag(found: re.Match[str]) -> str:
    return f"{found[1]}{'true' if found[2] == '1' else 'false'}()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("title")
    parser.add_argument("--rewrite-last", action="store_true")
    args = parser.parse_args()
    print(write_migration(args.title, rewrite_last=args.rewrite_last))


if __name__ == "__main__":
    main()
