import json
from pathlib import Path

import pytest

from app.__main__ import COMMANDS, main
from app.cli.parsing import Parser, first_line

ACTIONS = {
    "center": "init serve enroll user revoke authority address status quarantine backup restore take erase",
    "point": "enroll exec sync pack unpack status check backup restore",
    "bench": "start apply sync search load exchange",
}


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """What is printed, on the output and the error side, by a command that ends where it reads how it is asked."""
    with pytest.raises(SystemExit):
        main(words)
    printed = capsys.readouterr()
    return printed.out, printed.err


def asked() -> list[list[str]]:
    return [[], *([name] for name in COMMANDS), *([name, one] for name in ACTIONS for one in ACTIONS[name].split())]


@pytest.mark.parametrize("words", asked(), ids=" ".join)
def test_every_option_is_explained_in_chinese(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    out, _ = told(capsys, *words, "--help")
    usage, *sections = out.split("\n\n")
    assert usage.startswith("用法：aidpoint")
    for english in ("usage", "options:", "positional", "show this"):
        assert english not in out
    *_, options = sections
    entries = options.partition("\n")[2].replace("\n" + " " * 10, " ").splitlines()
    assert entries
    assert [entry for entry in entries if entry.isascii()] == []


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_is_asked_for_its_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    out, _ = told(capsys, name, "--help")
    listed = out.partition("命令:\n")[2]
    assert listed
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("    ") and line[4:5].strip()] == (
        ACTIONS[name].split()
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fly"], "没有 'fly'，可以写："),
        (["center"], "还缺 命令"),
        (["point", "status"], "还缺 --user, --password-file"),
        (["point", "exec"], "还缺 --user 和 --password-file"),
        (["point", "status", "--user", "u", "--password-file", "no/such"], "--password-file：读不出 no/such"),
        (["center", "status", "--database", "sqlite:///c.db", "--fly"], "不认识 --fly"),
        (["center", "status", "--database"], "--database 后面要写一个值"),
        (["center", "serve", "--database", "sqlite:///c.db", "--p", "1"], "不认识 --p 1"),
        (["center", "serve", "--database", "sqlite:///c.db", "--port", "x"], "--port 要写整数，不能是 'x'"),
        (["center", "restore", "--database", "sqlite:///c.db"], "要写明其中一个：--from --put-back"),
        (["center", "restore", "--database", "d", "--put-back", "--from", "f"], "--from 和 --put-back 不能同时写"),
        (["center", "user", "--database", "d", "--role", "KING"], "--role 没有 'KING'，可以写："),
        (["center", "status", "--json=yes", "--database", "d"], "--json 后面不写值"),
        (["demo", "--for", "x"], "--for 要写数字，不能是 'x'"),
        (["bench", "exchange", "--commits"], "--commits 后面至少要写一个值"),
        (["simulate", "--seeds", "5"], "--seeds：要写成 A:B"),
    ],
)
def test_wrong_usage_is_said_in_chinese(capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    out, err = told(capsys, *words)
    last = err.rstrip("\n").splitlines()[-1]
    assert said in last
    assert last.startswith("aidpoint")
    assert out == ""


def test_wrong_usage_ends_with_its_own_code() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["center"])
    assert ended.value.code == 2


def test_what_nobody_foresaw_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Parser(prog="aidpoint").error("something else")
    assert capsys.readouterr().err.splitlines()[-1] == "aidpoint：something else"


def test_the_listing_of_commands_has_one_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["point", "exec", "--list"]) == 0
    first, *lines, last = capsys.readouterr().out.splitlines()
    assert (first, last) == ("[", "]")
    assert all(json.loads(line.removesuffix(","))["command"] for line in lines)


def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes("一二三\r\n四".encode())
    assert first_line(str(tmp_path / "secret")) == "一二三"
