"""`aidpoint`: the desktop application; with a subcommand, everything that needs no screen.

Only the module of the command asked for is imported: start-up time is part of the product.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from app.base.errors import Environment, Refused

COMMANDS = {
    "desktop": "the desktop application (the default)",
    "demo": "a center, a sample city and an enrolled point, all local",
    "center": "run and administer a city's center",
    "point": "work with a point's data without a screen",
    "bench": "measure speed against a floor",
    "simulate": "client and center in a simulated world, by seeds",
    "selftest": "check an installed program",
}
REFUSED, ENVIRONMENT = 1, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0 done, 1 refused, 2 wrong usage, 3 the machine or network."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words = ["desktop", *words]
    parser = argparse.ArgumentParser(prog="aidpoint", description="救助点 Aidpoint")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, words_for_help in COMMANDS.items():
        if name == words[0]:
            importlib.import_module(f"app.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=words_for_help)
    args = parser.parse_args(words)
    try:
        status: int = args.run(args)
    except (Refused, Environment) as error:
        from app.base.texts import Texts

        print(Texts().refusal(error.code, **error.facts), file=sys.stderr)
        return REFUSED if isinstance(error, Refused) else ENVIRONMENT
    return status


if __name__ == "__main__":
    sys.exit(main())
