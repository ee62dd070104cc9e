"""`aidpoint simulate`: the real client and center in a world of bad networks, power cuts, wrong clocks and old disks.

One seed decides a world. After its steps everything heals, and six things must hold (`invariants.py`); where one does
not, the seed, what led to it and the command that shows it again are printed. `--bug` plants a known mistake, which has
to be found. The last line printed is one JSON object.
"""

import argparse
import json
import re
import time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=_seeds, default=range(10), metavar="A:B", help="从 A 到 B，不含 B（0:10）")
    parser.add_argument("--steps", type=int, default=300, metavar="N", help="每个世界几步（300）")
    parser.add_argument(
        "--ends", choices=("memory", "files", "postgres"), default="memory", help="两端放在哪里（memory）"
    )
    parser.add_argument("--database", default="", metavar="URL", help="PostgreSQL 服务器，配 --ends postgres")
    parser.add_argument("--bug", default="", metavar="NAME", help="种下这个错，它必须被找出来")
    parser.add_argument("--json", action="store_true", help="只输出 JSON 一行")
    parser.set_defaults(run=_run)


def _seeds(text: str) -> range:
    match = re.fullmatch(r"(\d{1,9}):(\d{1,9})", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError("要写成 A:B")
    seeds = range(int(match[1]), int(match[2]))
    if not seeds:
        raise argparse.ArgumentTypeError(f"no seed is in {text}: from A up to B, B not among them")
    return seeds


def _run(args: argparse.Namespace) -> int:
    from app.cli.simulate.bugs import BUGS
    from app.cli.simulate.running import Tally, ends, run, say

    if args.bug and args.bug not in BUGS:
        say(f"bugs: {', '.join(BUGS)}")
        return 2
    if (args.ends == "postgres") != bool(args.database):
        say("--ends postgres and --database go together")
        return 2
    began, found, tally = time.monotonic(), [], Tally()
    with ends(args.ends, args.database) as make_end:
        for seed in args.seeds:
            where = {"kind": args.ends, "database": args.database}
            broken = run(seed, args.steps, make_end, **where, bug=args.bug, tally=tally)
            if broken is not None:
                found.append(broken)
                if not args.json:
                    say(str(broken))
                if args.bug:
                    break
    told = [{"seed": each.seed, "which": each.which, "words": each.words, "again": each.replay} for each in found]
    figures = {"seeds": len(args.seeds), "steps": args.steps, "ends": args.ends, "bug": args.bug}
    figures |= {"shelves": tally.shelves, "shelves_compared": tally.compared}
    print(json.dumps({**figures, "found": told, "took_s": round(time.monotonic() - began, 1)}, ensure_ascii=False))
    # A planted bug has to be found, and nothing else.
    return int(bool(found) != bool(args.bug))
