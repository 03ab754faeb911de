"""``quarterturn scan``: the treadmills and sensors in reach, as they are heard."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys

from quarterturn import plugins
from quarterturn.exit_codes import ExitCode, UsageError
from quarterturn.machines import all_machines
from quarterturn.port import LinkError, Sighting
from quarterturn.saved_treadmills import NameTakenError, NotEditedError, save_treadmill
from quarterturn.sightings import Found, Kind, found
from quarterturn.signals import on_signals
from quarterturn.toml_words import printable

LINK = "ble"
_WAKE_IT = (
    "no treadmill was heard within {:g} s: switch it on, wake it up and come nearer; close other "
    "apps that are connected to it, for most treadmills vanish while one is; --all shows "
    "everything in reach"
)


def main(options: argparse.Namespace) -> int:
    """Print what is heard until the time is over or somebody has seen enough.

    Raises:
        UsageError: when the result cannot be saved as asked.
        LinkError: when there is no Bluetooth to scan with.

    """
    scan = Scan(options)
    asyncio.run(scan.run())
    if not scan.treadmills:
        raise LinkError(_WAKE_IT.format(options.seconds))
    if options.save is not None:
        _save(options.save, scan.chosen(options.address))
    return ExitCode.COMPLETED


class Scan:
    """One scan: what was heard so far, and how it is shown."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._radio = tuple(
            (name, value)
            for name, value in (("adapter", options.adapter), ("hci", options.hci))
            if value is not None
        )
        self._known = all_machines()
        self._heard: dict[str, Found] = {}

    @property
    def treadmills(self) -> list[Found]:
        """What may be a treadmill, the strongest signal first."""
        candidates = [each for each in self._heard.values() if each.kind.may_be_treadmill]
        return sorted(candidates, key=lambda each: -(each.sighting.rssi_dbm or -999))

    async def run(self) -> None:
        """Scan until the time is over, or until Ctrl+C."""
        options = self._options
        enough = asyncio.Event()
        ending = (signal.SIGINT, signal.SIGTERM)  # they keep what was heard
        try:
            scanning = plugins.load_scanner(LINK)(self._radio, self._on_sighting)
            with on_signals(dict.fromkeys(ending, enough.set)):
                async with scanning:
                    if not options.json:
                        print(f"Listening for {options.seconds:g} s; Ctrl+C ends it.", flush=True)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(options.seconds):
                            await enough.wait()
        except ValueError as error:
            raise UsageError(str(error)) from None

    def chosen(self, address: str | None) -> Found:
        """Return the one treadmill to save.

        Raises:
            UsageError: when there are several and none was named, or not the one that was.

        """
        candidates = self.treadmills
        if address is not None:
            candidates = [each for each in candidates if _is_meant(each, address)]
            if not candidates:
                raise UsageError(f"nothing is saved: no treadmill with address {address} was heard")
        if len(candidates) > 1:
            heard = ", ".join(each.sighting.address for each in candidates)
            raise UsageError(
                f"nothing is saved: several treadmills were heard ({heard}): use --address"
            )
        return candidates[0]

    def _on_sighting(self, sighting: Sighting) -> None:
        now = found(sighting, LINK, self._radio, self._known)
        before = self._heard.get(sighting.address)
        self._heard[sighting.address] = now
        if now.kind is Kind.OTHER and not self._options.all:
            return
        if before is None or _told(before) != _told(now):
            self._show(now)

    def _show(self, each: Found) -> None:
        if self._options.json:
            print(json.dumps(_as_json(each)), flush=True)
            return
        sighting = each.sighting
        signal_dbm = "  ?" if sighting.rssi_dbm is None else f"{sighting.rssi_dbm:3d}"
        name = printable(sighting.name or "") or "(no name)"  # whatever a stranger sends
        print(f"{signal_dbm} dBm  {name}  {sighting.address}  {_words(each)}", flush=True)
        if each.url is not None:
            option = "--treadmill" if each.kind.may_be_treadmill else "--sensor"
            print(f"          {option} '{each.url}'", flush=True)


def _told(each: Found) -> tuple[object, ...]:
    """Return what is worth a second line when it changes; the signal is not."""
    return each.kind, each.available, each.sighting.name, each.sighting.services, each.url


def _words(each: Found) -> str:
    words = each.kind.value
    services = " ".join(f"{uuid:04X}" for uuid in sorted(each.sighting.services))
    if services:
        words += f" ({services})"
    if each.machine is not None:
        words += f", known as {each.machine.record.name}: {each.machine.description}"
    elif each.kind.may_be_treadmill:
        words += ", a model that is not known"
    if each.available is False:
        words += "; it says that it is in use"
    return words


def _as_json(each: Found) -> dict[str, object]:
    sighting = each.sighting
    return {
        "address": sighting.address,
        "name": sighting.name,
        "rssi_dbm": sighting.rssi_dbm,
        "services": [f"{uuid:04X}" for uuid in sorted(sighting.services)],
        "service_data": {
            f"{uuid:04X}": data.hex() for uuid, data in sorted(sighting.service_data.items())
        },
        "kind": each.kind.value,
        "available": each.available,
        "record": None if each.machine is None else each.machine.record.name,
        "url": None if each.url is None else str(each.url),
    }


def _is_meant(each: Found, address: str) -> bool:
    return address.lower() in (each.sighting.address.lower(), (each.sighting.name or "").lower())


def _save(name: str, each: Found) -> None:
    try:
        path = save_treadmill(name, str(each.url), as_default=True)
    except NameTakenError as error:
        raise UsageError(f"nothing is saved: {error}; take another name") from None
    except (NotEditedError, ValueError) as error:
        raise UsageError(f"nothing is saved: {error}") from None
    print(
        f"saved as {name!r} in {path}: `quarterturn run circle --treadmill {name}`", file=sys.stderr
    )
