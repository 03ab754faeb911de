"""Try the Bluetooth link against real BlueZ and a real Linux kernel, in an emulated machine.

    python tests/bluez/run.py --cache ~/.cache/quarterturn-bluez

It takes three to ten minutes and is run on demand, never by pytest and never by CI. qemu emulates
the machine in software, so neither a Bluetooth adapter nor KVM nor root is needed; Debian 12 on
amd64 is. The packages qemu-system-x86, bluez, dbus, kmod, busybox-static and linux-image-amd64 are
used as they are installed; those that are not are fetched with `apt-get download` into the cache
(without --cache into a temporary folder) and unpacked there. Nothing is ever installed.

The machine's files are this computer's, read-only, so that it runs this interpreter with all that
is installed for it; `pip install -e '.[dev]'` has to have been done. In it, bluetoothd drives the
kernel's adapter hci0. That is a virtual controller on /dev/vhci, and the simulated treadmill is on
the same virtual radio. Everything between is what ships: command line, driver, link and bleak.

One line is printed for each check, with its time; the exit code is 0 when all of them passed, 1
when not, and 2 when the machine could not be had. On failure the logs of bluetoothd, of the kernel
and of the checks are kept, and where is said.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from machine import qemu_command, write_initrd
from packages import Files, MissingError, provide

_HERE = Path(__file__).resolve().parent
_TESTS = _HERE.parent
_PROJECT = _TESTS.parent
_LONGEST_S = 1800.0
PASSED, FAILED, NO_MACHINE = 0, 1, 2


def main() -> int:
    """Boot the machine, print what it tells, and return the exit code."""
    options = _options()
    # Otherwise the machine compiles them, at a tenth of the speed.
    sources = [_PROJECT / each for each in ("src", "drivers", "simulator", "tests")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", *sources], check=False)
    logs = Path(tempfile.mkdtemp(prefix="quarterturn-bluez-logs-"))
    try:
        with _folder(options.cache) as cache:
            code = _boot(provide(cache), logs, options)
    except MissingError as error:
        print(f"the machine cannot be had: {error}", file=sys.stderr)
        code = NO_MACHINE
    if code == FAILED or options.keep_logs:
        print(f"logs: {logs}", file=sys.stderr)
    else:
        shutil.rmtree(logs)
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Try the Bluetooth link against real BlueZ in an emulated machine."
    )
    parser.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="where fetched packages are kept for next time"
    )
    parser.add_argument("--only", default="", metavar="WORDS", help="checks whose name has them")
    parser.add_argument(
        "--pyftms", metavar="PYTHON", help="an interpreter (3.12 or 3.13) that has pyftms and bleak"
    )
    parser.add_argument("--processors", type=int, default=2, help="of the machine (default: 2)")
    parser.add_argument("--keep-logs", action="store_true", help="keep them in any case")
    return parser.parse_args()


@contextmanager
def _folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        yield cache.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="quarterturn-bluez-") as temporary:
        yield Path(temporary)


def _boot(files: Files, logs: Path, options: argparse.Namespace) -> int:
    arguments = [sys.executable, str(_TESTS), "--only", _quoted(options.only)]
    if options.pyftms is not None:
        arguments += ["--pyftms", _quoted(str(Path(options.pyftms).absolute()))]
    initrd = logs / "initrd"
    write_initrd(files, initrd, _HERE / "guest.sh", arguments)
    began_s = time.perf_counter()
    with subprocess.Popen(
        qemu_command(files, initrd, logs, options.processors),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=(logs / "qemu.log").open("w"),
        env=files.environment,
        text=True,
    ) as qemu:
        watchdog = threading.Timer(_LONGEST_S, qemu.kill)
        watchdog.start()
        try:
            code = _listen(qemu, began_s)
        finally:
            watchdog.cancel()
            qemu.kill()
    print(f"{time.perf_counter() - began_s:.0f} s in all")
    return code


def _listen(qemu: subprocess.Popen[str], began_s: float) -> int:
    """Print what the machine tells until it is switched off; return the exit code."""
    code: int | None = None
    checks = failed = 0
    for line in qemu.stdout or ():
        match _read(line):
            case {"ready": str(version)}:
                ready_s = time.perf_counter() - began_s
                print(f"{version}, adapter on after {ready_s:.0f} s", flush=True)
            case {"check": str(name), "passed": bool(passed), "seconds": seconds, "remark": remark}:
                checks, failed = checks + 1, failed + (not passed)
                word = "ok    " if passed else "FAILED"
                print(f"{word} {seconds:6.1f} s  {name}: {remark}", flush=True)
            case {"left": int(left)}:
                code = left
    if code is None or not checks:
        print("the machine did not get as far as the checks, or broke off", file=sys.stderr)
        return FAILED
    print(f"{checks - failed} of {checks} checks passed")
    return PASSED if code == 0 and not failed else FAILED


def _read(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return line


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


if __name__ == "__main__":
    sys.exit(main())
