"""What becomes of commands: starts, stops, targets, answers and permissions of their own kind."""

from collections.abc import Mapping

from quarterturn_simulator.quirks.quirk import Quirk, quirk
from quarterturn_simulator.settings import Decrease, StartWhileRunning, StopWhilePaused

CONTROL: Mapping[str, Quirk] = {
    # Start
    "start-toggles": quirk(
        "Start while running pauses the belt",
        "Vitalwalk TM11GY, qdomyos-zwift issue 5100",
        start_while_running=StartWhileRunning.PAUSE,
    ),
    "start-resets-target": quirk(
        "Start while running takes the belt back to its lowest speed",
        "FS 465D50, qdomyos-zwift issue 2630; FS-, PR 4703; SF-T, PR 4944",
        start_while_running=StartWhileRunning.RESET,
    ),
    "start-counts-down-again": quirk(
        "Start while running stops the belt and counts down anew",
        "Tunturi T80, qdomyos-zwift issue 4066; P30, PR 4947",
        start_while_running=StartWhileRunning.COUNT_DOWN,
        countdown_s=5.0,
    ),
    "start-every-second": quirk(
        "stops when no Start has come for 2 s",
        "TRX3500, qdomyos-zwift",
        start_while_running=StartWhileRunning.KEEP,
        needs_start_every_s=2.0,
    ),
    "start-per-target": quirk(
        "obeys one target after each Start, and succeeds with the others in nothing",
        "Technogym MyRun, qdomyos-zwift",
        start_while_running=StartWhileRunning.KEEP,
        needs_start_per_target=True,
    ),
    "start-no-effect": quirk(
        "answers Start with Success and stands still",
        "Sole F85, qdomyos-zwift issue 2385",
        obeys_start=False,
    ),
    "starts-on-connect": quirk(
        "starts by itself after a connection, for a programme of 30 minutes",
        "Horizon 7.0 and 7.4, qdomyos-zwift issues 704 and 923",
        starts_after_connect_s=3.0,
        programme_s=1800.0,
    ),
    "slow-start": quirk(
        "takes 2.5 s more until it moves",
        "KingSmith PH4, ph4r05/ph4-walkingpad PR 25",
        spin_up_s=4.5,
    ),
    "long-countdown": quirk(
        "counts down for 5 s, and shows the target meanwhile as if it ran",
        "Tunturi T80, qdomyos-zwift issue 4066",
        countdown_s=5.0,
        shows_target_in_countdown=True,
    ),
    # Targets
    "success-no-effect": quirk(
        "answers a target with Success and does nothing",
        "Xterra T85 and Sperax RM-01, hassio-ftms issue 26; Mobvoi, qdomyos-zwift issue 2683",
        obeys_targets=False,
    ),
    "never-slows": quirk(
        "ignores a target below the last one; Stop works",
        "3G Cardio Pro Runner X, qdomyos-zwift issue 3382",
        decreases=Decrease.IGNORE,
    ),
    "both-ways-faster": quirk(
        "takes a lower target for a higher one, by as much",
        "3G Cardio: 0.6, 1.3, 2.4, 4.2 and, told to slow down, 6.1; qdomyos-zwift issue 3382",
        decreases=Decrease.RISE,
    ),
    "locked-by-buttons": quirk(
        "obeys no target any more once somebody has pressed a button for the speed",
        "3G Cardio Pro Runner X, qdomyos-zwift issue 3382",
        manual_change_locks_out=True,
    ),
    "wants-the-paddle": quirk(
        "changes its speed only after a push at the paddle of the machine",
        "Wahoo KICKR RUN, qdomyos-zwift PR 4834",
        wants_consent=True,
    ),
    "loses-quick-commands": quirk(
        "answers a command within 0.4 s of another with Success and forgets it",
        "KingSmith K12, qdomyos-zwift issue 470",
        command_gap_s=0.4,
    ),
    "late": quirk(
        "takes 1.4 to 2.4 s to obey, and 4.4 s or more to start",
        "Omega Z, measured in the documentation of treadmill-runner",
        latency_s=1.43,
        latency_jitter_s=1.0,
        countdown_s=0.0,
        spin_up_s=4.4,
        decel_kmh_per_s=1.0,
    ),
    "slow-ramp": quirk(
        "takes 7 s from one speed to another",
        "Sole F80, qdomyos-zwift issue 1879",
        accel_kmh_per_s=0.25,
        decel_kmh_per_s=0.25,
    ),
    # Stop and pause
    "stop-ignored": quirk(
        "answers Stop with Success and runs on; the button on the machine works",
        "Horizon 7.4, qdomyos-zwift issue 923",
        obeys_stop=False,
    ),
    "stop-starts-when-paused": quirk(
        "Stop only pauses, and Stop while paused starts the belt",
        "KingSmith K12, qdomyos-zwift issue 470",
        stop_only_pauses=True,
        stop_while_paused=StopWhilePaused.START,
    ),
    "resume-resets-target": quirk(
        "resumes after a pause at its lowest speed",
        "Yesoul; iFit, qdomyos-zwift issue 1850",
        stop_only_pauses=True,
        resume_restores_target=False,
    ),
    "no-pause": quirk(
        "knows Stop and refuses to pause",
        "Winfita, qdomyos-zwift issue 1255",
        obeys_pause=False,
    ),
    "leaves-a-pause": quirk(
        "Stop only pauses, and it leaves the workout after 5 minutes of that",
        "Horizon, qdomyos-zwift",
        stop_only_pauses=True,
        pause_lasts_s=300.0,
    ),
    "stops-by-itself": quirk(
        "stops without a word when it believes that nobody is there",
        "LifeSpan after 20 s, Star Trac after 30, Precor after 100; their manuals",
        programme_s=20.0,
    ),
    # Control, and what is answered
    "mute-request-control": quirk(
        "grants control and never says so",
        "Omega Z, treadmill-runner documentation",
        answers_request_control=False,
    ),
    "mute-commands": quirk(
        "obeys and answers nothing but the request for control",
        "none on record: the Omega Z that answers no request for control, taken further",
        answers_commands=False,
    ),
    "slow-answers": quirk(
        "answers a command after 3 s",
        "Magene, qdomyos-zwift PR 4740",
        answer_s=3.0,
    ),
    "long-answers": quirk(
        "appends two octets to a Success",
        "Stages SB20, qdomyos-zwift device notes",
        answer_octets=bytes.fromhex("a55a"),
    ),
    "always-success": quirk(
        "answers everything with Success, whatever comes of it",
        "Vitalwalk TM11GY, qdomyos-zwift issue 5100",
        always_success=True,
    ),
    "control-on-second-request": quirk(
        "overhears the first request for control",
        "Wellfit, YPOO, qdomyos-zwift",
        drops_first_request=True,
    ),
    "control-per-target": quirk(
        "takes control away with every target",
        "Technogym MyRun, qdomyos-zwift",
        control_per_target=True,
    ),
    "reset-keeps-control": quirk(
        "leaves control with the client that resets it",
        "KICKR Core, captures of nford88",
        reset_keeps_control=True,
    ),
    "needs-unlock": quirk(
        "permits nothing before octets of its maker's own were written",
        "Merach: aa01000155; Focus Senator: f0c303000000b6; qdomyos-zwift",
        unlock=bytes.fromhex("aa01000155"),
    ),
    "control-notifies": quirk(
        "its control point notifies where it should indicate",
        "FTMS boards of several brands",
        control_notifies=True,
    ),
    "control-without-response": quirk(
        "its control point takes writes without response only",
        "qdomyos-zwift commit bf512f384",
        control_without_response=True,
    ),
}
