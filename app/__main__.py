"""`aidpoint`: the desktop application; with a subcommand, everything that needs no screen.

Only the module of the command asked for is imported: start-up time is part of the product.
"""

import importlib
import sys
from collections.abc import Sequence

from app.base.errors import Environment, Refused
from app.cli.parsing import Parser

COMMANDS = {
    "desktop": "桌面软件（不写命令时就是它）",
    "demo": "看一看：市中心、示例城市和一个救助点，全在这台电脑上",
    "center": "建立、运行和管理市中心",
    "point": "不用屏幕，操作一个救助点的数据",
    "bench": "测速，与同一次运行里的基准相比",
    "simulate": "在模拟的城市里找错",
    "selftest": "检查安装是否完整",
}
REFUSED, ENVIRONMENT = 1, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0 done, 1 refused, 2 wrong usage, 3 the machine or network."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words = ["desktop", *words]
    parser = Parser(prog="aidpoint", description="救助点 Aidpoint")
    subparsers = parser.add_subparsers(title="命令", dest="command", metavar="命令", required=True)
    for name, about in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=about, description=about)
        if name == words[0]:
            importlib.import_module(f"app.cli.{name}").add_arguments(subparser)
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
