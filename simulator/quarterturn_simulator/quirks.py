"""What real treadmills do, as named changes to the default machine. Several may be combined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from quarterturn.units import KMH_PER_MPH
from quarterturn_simulator.settings import (
    Field,
    Settings,
    StartWhileRunning,
    StopWhilePaused,
    changed,
)


@dataclass(frozen=True, slots=True)
class Quirk:
    """One behaviour: what it does, which machine was reported to do it, the settings that do it."""

    description: str
    changes: Mapping[str, object]


def _quirk(description: str, **changes: object) -> Quirk:
    return Quirk(description, MappingProxyType(changes))


_LONG_REPORT = (
    Field.AVERAGE_SPEED,
    Field.DISTANCE,
    Field.INCLINE,
    Field.ENERGY,
    Field.HEART_RATE,
    Field.ELAPSED,
    Field.REMAINING,
)

QUIRKS: Mapping[str, Quirk] = {
    "mph-target": _quirk(
        "takes a target in 0.01 mph and reports km/h: asked for 1.0, it runs 1.6"
        " (JFTM T202, qdomyos-zwift PR 4904; Vitalwalk TM11GY, issue 5100)",
        unit_kmh=KMH_PER_MPH,
    ),
    "mph-reports": _quirk(
        "takes km/h and reports its speed in 0.01 mph (Bowflex T9, qdomyos-zwift issue 4210)",
        report_unit_kmh=KMH_PER_MPH,
    ),
    "mph-throughout": _quirk(
        "takes and reports 0.01 mph, so that what it takes and what it says agree"
        " (a combination of the two above; the case that only a look at the console finds)",
        unit_kmh=KMH_PER_MPH,
        report_unit_kmh=KMH_PER_MPH,
    ),
    "start-toggles": _quirk(
        "Start while running pauses the belt (Vitalwalk TM11GY, qdomyos-zwift issue 5100)",
        start_while_running=StartWhileRunning.PAUSE,
    ),
    "success-no-effect": _quirk(
        "answers a target with Success and does nothing"
        " (Xterra T85 and Sperax RM-01, hassio-ftms issue 26; Mobvoi, qdomyos-zwift issue 2683)",
        obeys_targets=False,
    ),
    "silent-when-stopped": _quirk(
        "sends no reports while the belt stands (T318, qdomyos-zwift issue 4023)",
        reports_when_still=False,
    ),
    "mute-request-control": _quirk(
        "grants control and never says so (Omega Z, treadmill-runner documentation)",
        answers_request_control=False,
    ),
    "false-zero-speed": _quirk(
        "reports a speed of 0 for up to 3 s now and then while the belt runs"
        " (Merach, Domyos: qdomyos-zwift issue 1567; Life Fitness, PR 4818)",
        false_zero_every_s=30.0,
        false_zero_for_s=3.0,
    ),
    "starts-on-connect": _quirk(
        "starts by itself after a connection, for a programme of 30 minutes"
        " (Horizon 7.0 and 7.4, qdomyos-zwift issues 704 and 923)",
        starts_after_connect_s=3.0,
        programme_s=1800.0,
    ),
    "resume-resets-target": _quirk(
        "resumes after a pause at its lowest speed (Yesoul)",
        resume_restores_target=False,
    ),
    "truncated-20": _quirk(
        "cuts its reports off after 20 octets; the flags promise more"
        " (Matrix at an ATT_MTU of 23, TrackMyIndoorWorkout)",
        mtu=23,
        splits_records=False,
        fields=_LONG_REPORT,
    ),
    "stop-starts-when-paused": _quirk(
        "Stop only pauses, and Stop while paused starts the belt"
        " (KingSmith K12, qdomyos-zwift issue 470)",
        stop_only_pauses=True,
        stop_while_paused=StopWhilePaused.START,
    ),
    "stop-ignored": _quirk(
        "answers Stop with Success and runs on; the button on the machine works"
        " (Horizon 7.4, qdomyos-zwift issue 923)",
        obeys_stop=False,
    ),
    "stale-status": _quirk(
        "tells of an old stop at every subscription to its status"
        " (KingSmith KS-HD-Z1D, mcdax/walkingpad-controller 0.4.5)",
        replays_status=True,
    ),
    "split-records": _quirk(
        "splits its reports over two notifications with More Data"
        " (Matrix TouchXL and True, TrackMyIndoorWorkout issue 577)",
        mtu=23,
        fields=_LONG_REPORT,
    ),
    "vendor-steps": _quirk(
        "appends a 24-bit step count under reserved bit 13 (KingSmith, Yesoul, Urevo, CITYSPORTS)",
        vendor_steps=True,
    ),
    "short-training-status": _quirk(
        "sends a training status of a single octet (Domyos-TC-0278, pyftms issue 17)",
        short_training_status=True,
    ),
    "status-to-writer": _quirk(
        "tells the client of its own start as if the user had started (Zwift Hub)",
        status_to_writer=True,
    ),
    "no-ranges": _quirk(
        "offers neither a speed nor an inclination range (FTMS boards of several brands)",
        has_ranges=False,
    ),
    "control-notifies": _quirk(
        "its control point notifies where it should indicate (FTMS boards of several brands)",
        control_notifies=True,
    ),
    "control-without-response": _quirk(
        "its control point takes writes without response only (qdomyos-zwift commit bf512f384)",
        control_without_response=True,
    ),
    "demands-pairing": _quirk(
        "takes no command over an unencrypted link (whoever keeps to FTMS v1.0.1 Table 4.1)",
        demands_encryption=True,
    ),
    "no-service-data": _quirk(
        "advertises its service without service data (Omega Z, Zwift Hub)",
        advertises_service_data=False,
    ),
    "no-service-uuid": _quirk(
        "advertises a name and nothing of the Fitness Machine Service"
        " (H40F, hassio-ftms issue 13; TrackMyIndoorWorkout issues 188 and 189)",
        advertises_service=False,
        advertises_service_data=False,
    ),
    "no-name": _quirk(
        "advertises no name (TrackMyIndoorWorkout issues 188 and 189)",
        advertises_name=False,
    ),
    "advertises-briefly": _quirk(
        "advertises for 60 s after it was switched on, and then no more (Mobvoi)",
        advertises_for_s=60.0,
    ),
    "one-connection": _quirk(
        "serves one client at a time, and does not advertise meanwhile (Mobvoi)",
        one_connection=True,
    ),
}


def with_quirks(settings: Settings, names: Iterable[str]) -> Settings:
    """Return the settings with the named quirks, in order.

    Raises:
        ValueError: when a quirk is unknown; the message lists the known.

    """
    for name in names:
        quirk = QUIRKS.get(name)
        if quirk is None:
            raise ValueError(f"unknown quirk {name!r}: known are {', '.join(QUIRKS)}")
        settings = changed(settings, quirk.changes)
    return settings
