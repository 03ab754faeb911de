"""Fuzz what reads bytes from outside, guided by coverage, and keep the inputs that reach something.

    pip install atheris                                       # wheels: Linux, Python 3.11 to 3.13
    python tests/fuzz/run.py                                  # 10 million inputs in all, some hours
    python tests/fuzz/run.py treadmill-data keys --inputs 100000 -o figures.json

Each target runs in a process of its own, with a fixed seed. An error that is not documented does
not end the run: it is told with its input, and the run goes on. What the corpus reaches is measured
by lines afterwards, without atheris; ``tests/fuzz/test_corpus.py`` replays it.
"""

import argparse
import json
import mmap
import re
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[0] = str(ROOT / "tests")

SEED = 7
PATIENCE_S = 20  # longer than this over one input is a failure
MOST_FAILURES = 20


def child(name: str, inputs: int, work: Path, modules: list[str]) -> None:
    """Fuzz one target. The counter outlives a crash of the process, and so do the failures."""
    import atheris

    with atheris.instrument_imports(include=modules):
        from fuzz.targets import TARGETS

    target = TARGETS[name]
    try_one = target.try_one
    with (work / "count").open("r+b") as file:
        count = memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")
    failures: dict[str, int] = {}

    def one(data: bytes) -> None:
        count[0] += 1
        try:
            try_one(data)
        except Exception as error:  # noqa: BLE001 - what is looked for
            note(error, data)

    def note(error: Exception, data: bytes) -> None:
        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
        if len(data) < failures.get(what, 1 << 30) and len(failures) < MOST_FAILURES:
            failures[what] = len(data)
            line = {"what": what, "message": str(error)[:200], "input": data.hex()}
            with (work / "failures").open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    arguments = [
        sys.argv[0],
        f"-runs={inputs}",
        f"-seed={SEED}",
        f"-max_len={target.longest}",
        f"-timeout={PATIENCE_S}",
        f"-artifact_prefix={work}/",
        str(work / "corpus"),
    ]
    if target.words:
        words = work / "words"
        quoted = ("".join(f"\\x{octet:02x}" for octet in word) for word in target.words)
        words.write_text("".join(f'"{word}"\n' for word in quoted), encoding="ascii")
        arguments.append(f"-dict={words}")
    atheris.Setup(arguments, one)
    atheris.Fuzz()


def fuzz(name: str, inputs: int) -> dict[str, object]:
    """Run a child for one target, take what it found into the corpus, and return the figures."""
    from fuzz import corpus
    from fuzz.targets import TARGETS

    target = TARGETS[name]
    kept = corpus.read(name)
    with tempfile.TemporaryDirectory(prefix="quarterturn-fuzz-") as folder:
        work = Path(folder)
        (work / "corpus").mkdir()
        (work / "count").write_bytes(bytes(8))
        for number, data in enumerate({*target.seeds, *kept}):
            (work / "corpus" / f"kept-{number}").write_bytes(data)
        began_s = time.perf_counter()
        command = [sys.executable, __file__, name, *target.modules, "--inputs", str(inputs)]
        command += ["--child", folder]
        with (work / "log").open("wb") as log:
            code = subprocess.run(command, stdout=log, stderr=log, check=False).returncode
        took_s = time.perf_counter() - began_s
        output = (work / "log").read_text(encoding="utf-8", errors="replace")
        [tried] = struct.unpack("Q", (work / "count").read_bytes())
        failures = _failures(work)
        if code and not failures:
            failures = [{"what": f"the process ended with {code}", "message": output[-2000:]}]
        found = [path.read_bytes() for path in (work / "corpus").iterdir()]
    edges = re.findall(r"cov: (\d+) ft: (\d+)", output)
    smallest, reached, lines = corpus.minimised(target, [*kept, *found])
    new = [data for data in smallest if data not in kept]
    corpus.write(name, smallest)
    return {
        "target": name,
        "inputs": tried,
        "seconds": round(took_s),
        "edges": int(edges[-1][0]) if edges else 0,
        "lines_reached": reached,
        "lines": lines,
        "corpus": len(smallest),
        "new": len(new),
        "failures": failures,
    }


def _failures(work: Path) -> list[dict[str, str]]:
    """Return the shortest input of each failure; of a hang, what libFuzzer left behind."""
    shortest: dict[str, dict[str, str]] = {}
    if (work / "failures").exists():
        for line in (work / "failures").read_text(encoding="utf-8").splitlines():
            failure = json.loads(line)
            shortest[failure["what"]] = failure
    for kind in ("timeout", "crash", "oom"):
        for path in work.glob(f"{kind}-*"):
            shortest[kind] = {"what": kind, "message": "", "input": path.read_bytes().hex()}
    return list(shortest.values())


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz what reads bytes from outside.")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--inputs", type=int, help="for each target; its share of 10 million")
    parser.add_argument("-o", type=Path, metavar="FILE", help="append the figures, a line each")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        name, *modules = options.targets
        child(name, options.inputs, options.child, modules)
        return
    from fuzz.targets import TARGETS

    unknown = set(options.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; known: {', '.join(TARGETS)}")
    failed = False
    for name in options.targets or TARGETS:
        figures = fuzz(name, options.inputs or TARGETS[name].inputs)
        failures = figures.pop("failures")
        print(", ".join(f"{key} {value}" for key, value in figures.items()), flush=True)
        for failure in failures:  # type: ignore[attr-defined] # a list of them
            failed = True
            print(f"  {failure['what']}: {failure['message']}", flush=True)
            print(f"  input {failure.get('input')}", flush=True)
        if options.o:
            with options.o.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**figures, "failures": failures}) + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
