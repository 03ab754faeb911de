"""An emulated computer whose files are this computer's, and whose kernel has Bluetooth.

The host's files are mounted over 9p, read-only; the unpacked packages lie above them, and whatever
the machine writes stays in its memory, but for one folder that it shares with the host.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path

from packages import Files, kernel

_FIRST_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
_MEMORY_MB = 1024
_FILE, _DIRECTORY, _EXECUTABLE = 0o100644, 0o040755, 0o100755

# The first program of the machine: mounts the host's files and hands over to guest.sh among them.
_INIT = """#!/busybox sh
/busybox mount -t proc proc /proc
/busybox mount -t devtmpfs dev /dev
for module in {modules}; do /busybox insmod /modules/$module; done
options=trans=virtio,version=9p2000.L,msize=262144
/busybox mount -t 9p -o ro,cache=loose,$options host /host || exec /busybox poweroff -f
/busybox mount -t 9p -o ro,cache=loose,$options packages /packages || exec /busybox poweroff -f
/busybox mount -t tmpfs tmpfs /changes
/busybox mkdir /changes/upper /changes/work
layers=lowerdir=/packages:/host,upperdir=/changes/upper,workdir=/changes/work
/busybox mount -t overlay -o $layers overlay /system || exec /busybox poweroff -f
/busybox mount --move /dev /system/dev
# Not before the host's own /proc is hidden: there, /proc/self is qemu.
/busybox mount --move /proc /system/proc
/busybox mount -t sysfs sys /system/sys
/busybox mount -t tmpfs tmpfs /system/run
/busybox mkdir -p /system/shared
/busybox mount -t 9p -o $options shared /system/shared
exec /busybox switch_root /system /usr/bin/busybox sh {script} {arguments}
"""


def write_initrd(files: Files, path: Path, script: Path, arguments: Sequence[str]) -> None:
    """Write the machine's first file system: busybox, and what it takes to mount the host's."""
    version = kernel(files)
    modules = _modules(files, version)
    busybox = files.find("usr/bin/busybox", "bin/busybox")
    archive = _Archive()
    for folder in ("proc", "dev", "host", "packages", "changes", "system", "modules"):
        archive.add(folder, _DIRECTORY)
    archive.add("busybox", _EXECUTABLE, busybox.read_bytes())
    for module in modules:
        archive.add(f"modules/{module.name}", _FILE, module.read_bytes())
    init = _INIT.format(
        modules=" ".join(module.name for module in modules),
        script=script,
        arguments=" ".join(arguments),
    )
    archive.add("init", _EXECUTABLE, init.encode())
    path.write_bytes(gzip.compress(archive.finish(), 1))


def qemu_command(files: Files, initrd: Path, shared: Path, processors: int) -> list[str]:
    """Return the command line that boots the machine.

    Its kernel writes to ``console.log`` in the shared folder, its checks to standard output.
    """
    version = kernel(files)
    qemu = files.find("usr/bin/qemu-system-x86_64")
    command = ["nice", "-n", "10", str(qemu)]
    if files.root in qemu.parents:
        for folder in ("seabios", "qemu"):
            command += ["-L", str(files.root / "usr/share" / folder)]
    kernel_arguments = "console=ttyS0 quiet loglevel=4 panic=-1 random.trust_cpu=on mitigations=off"
    export = "local,security_model=none,multidevs=remap"
    return [
        *command,
        *("-accel", "tcg,thread=multi", "-cpu", "Nehalem,+rdrand", "-smp", str(processors)),
        *("-m", str(_MEMORY_MB), "-nodefaults", "-no-user-config", "-nographic", "-no-reboot"),
        *("-kernel", str(files.find(f"boot/vmlinuz-{version}")), "-initrd", str(initrd)),
        *("-append", kernel_arguments),
        *("-serial", f"file:{shared / 'console.log'}", "-serial", "stdio"),
        *("-virtfs", f"{export},path=/,mount_tag=host,readonly=on"),
        *("-virtfs", f"{export},path={files.root},mount_tag=packages,readonly=on"),
        *("-virtfs", f"{export},path={shared},mount_tag=shared"),
        *("-device", "virtio-rng-pci"),
    ]


def _modules(files: Files, version: str) -> list[Path]:
    """Return the modules without which the host's files cannot be mounted, in order of loading."""
    folder = files.find(f"usr/lib/modules/{version}/modules.dep").parent
    needs: dict[str, tuple[Path, list[Path]]] = {}
    for line in (folder / "modules.dep").read_text().splitlines():
        module, _, others = line.partition(":")
        path = folder / module
        needs[path.name.partition(".")[0]] = (path, [folder / each for each in others.split()])
    ordered: list[Path] = []
    for name in _FIRST_MODULES:
        path, others = needs[name]
        for each in (*reversed(others), path):
            if each not in ordered:
                ordered.append(each)
    return ordered


class _Archive:
    """A cpio archive as the kernel unpacks it (format ``newc``)."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._number = 0

    def add(self, name: str, mode: int, content: bytes = b"") -> None:
        self._number += 1
        octets = name.encode() + b"\0"
        fields = (self._number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(octets), 0)
        self._data += b"070701" + b"".join(b"%08x" % each for each in fields) + octets
        self._pad()
        self._data += content
        self._pad()

    def finish(self) -> bytes:
        self.add("TRAILER!!!", 0)
        return bytes(self._data)

    def _pad(self) -> None:
        self._data += bytes(-len(self._data) % 4)
