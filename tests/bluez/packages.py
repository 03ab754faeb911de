"""The Debian packages that the emulated machine is made of: fetched and unpacked, never installed.

They go into a folder that lies over the host's own files in the machine, so that nothing on the
host changes and no root is needed.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

# The cloud flavour of the kernel has no Bluetooth.
WANTED = ("qemu-system-x86", "bluez", "dbus", "kmod", "busybox-static", "linux-image-amd64")
_TOOLS = ("apt-get", "dpkg-deb", "tar")
# In the packages these are folders, on every Debian since 12 links to those below usr.
_MERGED = ("bin", "lib", "lib64", "sbin")


class MissingError(Exception):
    """Something is not there; the message says how to get it."""


class Files:
    """Where what is needed lies: in the folder of unpacked packages, or else on the host."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.root = cache / "root"

    def find(self, *patterns: str) -> Path:
        """Return the newest path that fits one of the patterns.

        Raises:
            MissingError: when there is none.

        """
        for root in (self.root, Path("/")):
            for pattern in patterns:
                found = sorted(root.glob(pattern))
                if found:
                    return found[-1]
        raise MissingError(
            f"{' or '.join(patterns)} is neither in {self.root} nor on this computer"
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What programs of the unpacked packages are started with, for their libraries' sake."""
        return {**os.environ, "LD_LIBRARY_PATH": str(self.root / "usr/lib/x86_64-linux-gnu")}


def provide(cache: Path) -> Files:
    """Fetch and unpack what is not installed here, unless an earlier run has done so.

    Raises:
        MissingError: when this is no Debian, or the packages cannot be fetched.

    """
    files = Files(cache)
    done = cache / "unpacked"
    if done.exists():
        return files
    for tool in _TOOLS:
        if shutil.which(tool) is None:
            raise MissingError(f"there is no {tool}: this script knows Debian 12 and its packages")
    for name in _MERGED:
        (files.root / "usr" / name).mkdir(parents=True, exist_ok=True)
        if not (files.root / name).is_symlink():
            (files.root / name).symlink_to(f"usr/{name}")
    _unpack(files, _not_installed())
    if list(files.root.glob("usr/lib/modules/*")):
        depmod = [files.find("usr/sbin/depmod"), "-b", files.root, kernel(files)]
        subprocess.run(depmod, check=True, env=files.environment)
    done.touch()
    return files


def _unpack(files: Files, names: Sequence[str]) -> None:
    if not names:
        return
    cache = files.cache
    print(
        f"fetching {len(names)} packages into {cache} (about 100 MB, 500 MB unpacked)", flush=True
    )
    debs = cache / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", "-q", *names], debs)
    for deb in sorted(debs.glob("*.deb")):
        content = subprocess.run(
            ["dpkg-deb", "--fsys-tarfile", deb], check=True, capture_output=True
        ).stdout
        options = ["--keep-directory-symlink", "--no-same-owner", "-C", str(files.root)]
        subprocess.run(["tar", "-x", *options], check=True, input=content)


def kernel(files: Files) -> str:
    """Return the version of the newest kernel that has a virtual Bluetooth controller."""
    module = files.find("usr/lib/modules/*/kernel/drivers/bluetooth/hci_vhci.ko*")
    return module.relative_to(files.root if files.root in module.parents else "/").parts[3]


def _not_installed() -> list[str]:
    """Ask apt what it would install, without installing it."""
    command = ["apt-get", "install", "-s", "-q", "--no-install-recommends", *WANTED]
    lines = _run(command, Path("/")).splitlines()
    return [line.split()[1] for line in lines if line.startswith("Inst ")]


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["it does not say why"])[-1]
        raise MissingError(
            f"`{' '.join(command[:2])}` failed ({reason}); run `sudo apt-get update`, or install "
            f"{' '.join(WANTED)} yourself"
        )
    return done.stdout
