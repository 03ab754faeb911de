"""Run the checks inside the emulated machine; started by guest.sh, never by hand.

What goes to standard output is a line of JSON for each thing that the host shall know. Heavy
imports are local: every command that is tried imports this module again.
"""

import argparse
import asyncio
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import commands

if TYPE_CHECKING:
    from bench import Bench, Check

_SHARED = Path("/shared")
_LATENCY_S = 0.005
# The longest check walks for a hundred seconds, on a machine that may be ten times slower.
_LONGEST_S = 300.0


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def sentence(check: "Check") -> str:
    return str(getattr(check, "__name__", check)).replace("_", " ")


async def run(check: "Check", bench: "Bench") -> bool:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    passed = False
    try:
        async with asyncio.timeout(_LONGEST_S):
            remark = await check(bench)
        passed = True
    except Exception as error:  # noqa: BLE001 - whatever it was, the other checks are worth running
        remark = f"{type(error).__name__}: {error}"
        print(f"--- {sentence(check)}\n{traceback.format_exc()}", file=sys.stderr, flush=True)
    seconds = loop.time() - began_s
    tell(check=sentence(check), passed=passed, seconds=round(seconds, 2), remark=remark)
    return passed


async def main(options: argparse.Namespace) -> int:
    from bench import Bench
    from checks import CHECKS
    from linux import Linux

    from quarterturn_simulator.radio.link import RadioLink

    link = RadioLink(_LATENCY_S)
    async with Linux(link, _SHARED) as linux:
        tell(ready="BlueZ " + await linux.version())
        bench = Bench(linux, link, options.pyftms)
        chosen = [each for each in CHECKS if options.only in sentence(each)]
        passed = [await run(check, bench) for check in chosen]
    return 0 if passed and all(passed) else 1


if __name__ == "__main__":
    commands.prepare()
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--pyftms")
    sys.exit(asyncio.run(main(parser.parse_args())))
