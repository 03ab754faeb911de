"""How it is found, how it is connected to, and how a connection ends."""

from collections.abc import Mapping

from quarterturn_simulator.quirks.quirk import Quirk, quirk
from quarterturn_simulator.settings import LinkLoss

CONNECTION: Mapping[str, Quirk] = {
    # Advertising
    "no-service-data": quirk(
        "advertises its service without service data",
        "Omega Z, Zwift Hub",
        advertises_service_data=False,
    ),
    "no-service-uuid": quirk(
        "advertises a name and nothing of the Fitness Machine Service",
        "H40F, hassio-ftms issue 13; TrackMyIndoorWorkout issues 188 and 189",
        advertises_service=False,
        advertises_service_data=False,
    ),
    "no-name": quirk(
        "advertises no name",
        "TrackMyIndoorWorkout issues 188 and 189",
        advertises_name=False,
    ),
    "advertises-briefly": quirk(
        "advertises for 60 s after it was switched on, and then no more",
        "Mobvoi",
        advertises_for_s=60.0,
    ),
    "one-connection": quirk(
        "serves one client at a time, and does not advertise meanwhile",
        "Mobvoi",
        one_connection=True,
    ),
    # The connection
    "demands-pairing": quirk(
        "takes no command over an unencrypted link",
        "whoever keeps to FTMS v1.0.1 Table 4.1",
        demands_encryption=True,
    ),
    "small-mtu": quirk(
        "agrees on no ATT_MTU above 23",
        "Matrix, TrackMyIndoorWorkout",
        mtu=23,
    ),
    "early-target-disconnects": quirk(
        "ends the connection on a target that comes before the belt moves",
        "KingSmith KS-HD-Z1D, mcdax/walkingpad-controller",
        hangs_up_on_early_target=True,
        away_s=3.0,
    ),
    "training-status-disconnects": quirk(
        "loses the connection when its training status is subscribed to",
        "KingSmith KS-HD-Z1D at -88 dBm, mcdax/walkingpad-controller 0.4.6",
        hangs_up_on_training_status=True,
        away_s=1.0,
    ),
    "kicks-idle-clients": quirk(
        "ends a connection over which nobody has started the belt for 20 s",
        "Life Fitness, TrackMyIndoorWorkout issue 462",
        hangs_up_after_s=20.0,
        hangs_up_on_idle_only=True,
        away_s=1.0,
    ),
    "locks-out": quirk(
        "ends the connection after 60 s, and takes no other until it is switched off",
        "Domyos 500 Run, qdomyos-zwift issue 4181, where it takes 20 s",
        hangs_up_after_s=60.0,
        away_s=86_400.0,
    ),
    "stops-without-link": quirk(
        "stops the belt when the link is lost; the default machine runs on",
        "medical treadmills, which stop 0.5 s after the last message: Trackmaster, Medisoft",
        link_loss=LinkLoss.STOP,
    ),
}
