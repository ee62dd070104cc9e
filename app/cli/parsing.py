"""How the command line is asked: in Chinese, as it answers. Names of options and values stay as they are typed."""

import argparse
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_SAID: tuple[tuple[str, str], ...] = (
    (r"the following arguments are required: (.*)", r"还缺 \1"),
    (r"one of the arguments (.*) is required", r"要写明其中一个：\1"),
    (r"unrecognized arguments: (.*)", r"不认识 \1"),
    (r"argument (.*?): not allowed with argument (.*)", r"\1 和 \2 不能同时写"),
    (r"argument (.*?): expected one argument", r"\1 后面要写一个值"),
    (r"argument (.*?): expected at least one argument", r"\1 后面至少要写一个值"),
    (r"argument (.*?): ignored explicit argument (.*)", r"\1 后面不写值"),
    (r"argument (.*?): invalid choice: (.*?) \(choose from (.*)\)", r"\1 没有 \2，可以写：\3"),
    (r"argument (.*?): invalid int value: (.*)", r"\1 要写整数，不能是 \2"),
    (r"argument (.*?): invalid float value: (.*)", r"\1 要写数字，不能是 \2"),
    (r"argument (.*?): (.*)", r"\1：\2"),
)
"""What `argparse` says of wrong usage, and what is said instead. The last is for what values' own checks say."""


class Parser(argparse.ArgumentParser):
    """Says how it is used, and what is wrong with how it was used, in Chinese. Subcommands get parsers of this kind."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"formatter_class": _Formatter, **given, "add_help": False, "allow_abbrev": False})
        self._optionals.title, self._positionals.title = "选项", "参数"
        self.add_argument("-h", "--help", action="help", help="显示这些说明")

    def error(self, message: str) -> Any:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}：{_said(message)}\n")


class _Formatter(argparse.HelpFormatter):
    def add_usage(
        self, usage: str | None, actions: Iterable[argparse.Action], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


def _said(message: str) -> str:
    for pattern, words in _SAID:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return match.expand(words)
    return message


def add_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--files", type=Path, metavar="DIR", help="照片文件夹；不写时在数据库旁边")


def first_line(name: str) -> str:
    """For options that name a file with a secret: its first line, without the end."""
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(f"读不出 {name}") from error
    return text.partition("\n")[0].rstrip("\r")
