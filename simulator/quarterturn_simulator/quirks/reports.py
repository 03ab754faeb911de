"""What it says while it runs and while it stands: reports, machine status, training status."""

from collections.abc import Mapping

from quarterturn_simulator.quirks.quirk import Quirk, quirk
from quarterturn_simulator.settings import Field, TrainingForm

_LONG_REPORT = (
    Field.AVERAGE_SPEED,
    Field.DISTANCE,
    Field.INCLINE,
    Field.ENERGY,
    Field.HEART_RATE,
    Field.ELAPSED,
    Field.REMAINING,
)
_SHORT_REPORT = (Field.DISTANCE, Field.ENERGY, Field.HEART_RATE, Field.ELAPSED)

REPORTS: Mapping[str, Quirk] = {
    # The form
    "truncated-20": quirk(
        "cuts its reports off after 20 octets; the flags promise more",
        "Matrix at an ATT_MTU of 23, TrackMyIndoorWorkout",
        mtu=23,
        splits_records=False,
        fields=_LONG_REPORT,
    ),
    "split-records": quirk(
        "splits its reports over two notifications with More Data",
        "Matrix TouchXL and True, TrackMyIndoorWorkout issue 577",
        mtu=23,
        fields=_LONG_REPORT,
    ),
    "changing-flags": quirk(
        "has other fields in its reports every five seconds",
        "Life Fitness, TrackMyIndoorWorkout",
        fields=_LONG_REPORT,
        rotates_fields=True,
    ),
    "vendor-steps": quirk(
        "appends a 24-bit step count under reserved bit 13",
        "KingSmith, Yesoul, Urevo, CITYSPORTS",
        vendor_steps=True,
    ),
    "reserved-bits": quirk(
        "appends octets of its own under reserved bit 14",
        "Technogym, TrackMyIndoorWorkout issue 320",
        reserved_octets=bytes.fromhex("c0ffee"),
    ),
    "odd-markers": quirk(
        "promises an elevation gain and sends FFFF for it",
        "Life Fitness and Matrix, TrackMyIndoorWorkout",
        fields=(*_SHORT_REPORT, Field.INCLINE, Field.ELEVATION),
    ),
    "no-incline-report": quirk(
        "never reports the incline that it can be set to",
        "SW, Mobvoi, Yesoul, Schwinn 810, qdomyos-zwift",
        fields=_SHORT_REPORT,
    ),
    "reports-2-hz": quirk("reports twice a second", "Yesoul W2 Pro", rate_hz=2.0),
    "reports-3-hz": quirk("reports three times a second", "Ronning", rate_hz=3.0),
    # The speed
    "false-zero-speed": quirk(
        "reports a speed of 0 for up to 3 s now and then while the belt runs",
        "Merach, Domyos: qdomyos-zwift issue 1567; Life Fitness, PR 4818",
        false_zero_every_s=30.0,
        false_zero_for_s=3.0,
    ),
    "speed-spikes": quirk(
        "reports a speed now and then that no belt could have reached",
        "qdomyos-zwift issue 609",
        spike_share=0.02,
        spike_kmh=12.0,
    ),
    "speed-while-paused": quirk(
        "Stop only pauses, and it goes on to report the speed of before",
        "Horizon Paragon X, qdomyos-zwift issue 637; DKN, issue 509; Mobvoi TMP",
        stop_only_pauses=True,
        repeats_speed_when_paused=True,
    ),
    "last-speed-for-ever": quirk(
        "goes on to report its last speed when it is stopped",
        "Bowflex BXT216, qdomyos-zwift issue 712",
        repeats_speed_when_stopped=True,
    ),
    "silent-when-stopped": quirk(
        "sends no reports while the belt stands",
        "T318, qdomyos-zwift issue 4023",
        reports_when_still=False,
    ),
    "falls-asleep": quirk(
        "sends no reports any more after 40 s of motion",
        "KingSmith PH4, whose step sensor goes to sleep, ph4-walkingpad issue 14",
        reports_for_s=40.0,
    ),
    # The rest
    "lifetime-odometer": quirk(
        "counts the distance of its whole life",
        "Technogym MyRun, Shua A5, qdomyos-zwift",
        odometer_m=1_234_567.0,
    ),
    "odd-elapsed": quirk(
        "reports an elapsed time that jumps, or is 0",
        "treadmills of several brands, qdomyos-zwift",
        odd_elapsed_share=0.1,
    ),
    "no-energy": quirk(
        "has a field for the energy and never a value in it",
        "treadmills of several brands, TrackMyIndoorWorkout",
        energy_available=False,
    ),
    "threefold-energy": quirk(
        "reports three times the energy that its console shows",
        "Sperax RM-01, hassio-ftms",
        energy_scale=3.0,
    ),
    # Machine status and training status
    "stale-status": quirk(
        "tells of an old stop at every subscription to its status",
        "KingSmith KS-HD-Z1D, mcdax/walkingpad-controller 0.4.5",
        replays_status=True,
    ),
    "status-to-writer": quirk(
        "tells the client of its own start as if the user had started",
        "Zwift Hub",
        status_to_writer=True,
    ),
    "stopped-at-start": quirk(
        "says that the user stopped it when it is started",
        "TOPUTURE TP1",
        says_stopped_at_start=True,
    ),
    "own-status-codes": quirk(
        "tells of a new speed and incline under the codes of energy and steps",
        "FitShow, notes of mlervaag",
        own_status_codes=True,
        status_to_writer=True,
    ),
    "short-training-status": quirk(
        "sends a training status of a single octet",
        "Domyos-TC-0278, pyftms issue 17",
        training_form=TrainingForm.FLAGS,
    ),
    "empty-training-status": quirk(
        "sends a training status of no octet at all",
        "Wi-linktech, hassio-ftms issue 36",
        training_form=TrainingForm.EMPTY,
    ),
    "training-status-without-text": quirk(
        "promises a text behind its training status and sends none: 010d, 0101",
        "FTMS boards of several brands, pyftms",
        training_form=TrainingForm.NO_STRING,
    ),
    "odd-training-status": quirk(
        "says 'speed too high' when it is started: 000a",
        "Elite",
        running_training_code=0x0A,
    ),
}
