"""What real treadmills were reported to do, row by row, and which quirk imitates it.

``Q`` are the rows that were collected from drivers and their issue trackers, ``R`` those where
something went wrong with somebody. A row without a quirk says why.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One reported behaviour; ``why`` says what else imitates it, or why nothing does."""

    row: str
    behaviour: str
    quirks: str
    why: str = ""


SPECIFIED = {"demands-pairing"}
"""Quirks that no row reports: what the specification asks for and most machines do not do."""

ROWS = (
    Row("Q1", "target in 0.01 mph, reports in km/h", "mph-target"),
    Row("Q2", "reports in miles", "mph-reports mph-throughout"),
    Row("Q3", "range announced in mph", "mph-range"),
    Row("Q4", "no ranges, or Feature bits that deny them", "no-ranges no-target-bits"),
    Row(
        "Q5",
        "high minimum; odd and coarse steps; what lies between is rejected or ignored",
        "minimum-1.0 steps-of-0.16 steps-of-0.5 fine-steps-rejected fine-steps-rounded",
        "`min`, `step` and `off_step` set any other",
    ),
    Row(
        "Q6",
        "steps announced that are finer than those it takes",
        "fine-steps-ignored whole-inclines",
    ),
    Row(
        "Q7",
        "incline fixed, never reported, constant, by table, negative",
        "fixed-incline no-incline-report stuck-incline-report incline-by-number declines",
    ),
    Row("Q8", "distance of a whole life", "lifetime-odometer", "`odometer` sets any other"),
    Row("Q9", "Feature bits that are wrong", "claims-everything no-target-bits"),
    Row("Q10", "Start is a toggle", "start-toggles"),
    Row(
        "Q11", "an extra Start breaks or resets", "start-resets-target start-counts-down-again"
    ),
    Row(
        "Q12",
        "control and Start wanted before every target, or every second",
        "control-per-target start-per-target start-every-second",
    ),
    Row("Q13", "control has to be requested twice", "control-on-second-request"),
    Row(
        "Q14",
        "answers missing, late, notified; writes without response only",
        "mute-request-control mute-commands slow-answers control-notifies"
        " control-without-response",
    ),
    Row("Q15", "octets of the maker's own unlock it", "needs-unlock"),
    Row(
        "Q16",
        "a target during spin-up costs the connection; late to start",
        "early-target-disconnects slow-start",
    ),
    Row("Q17", "latency and slow ramps", "late slow-ramp", "`latency`, `accel` and `decel`, too"),
    Row("Q18", "a countdown with the target shown", "long-countdown"),
    Row("Q19", "a pause resets the target", "resume-resets-target"),
    Row("Q20", "no pause, or one that does not last", "no-pause leaves-a-pause"),
    Row(
        "Q21",
        "speed only rises; targets ignored after a button",
        "never-slows both-ways-faster locked-by-buttons",
    ),
    Row("Q22", "commands that come too fast are lost", "loses-quick-commands"),
    Row("Q23", "Success without effect", "success-no-effect start-no-effect"),
    Row("Q24", "more octets behind a Success", "long-answers"),
    Row("Q25", "Reset leaves the permission", "reset-keeps-control"),
    Row("Q26", "a paddle has to agree", "wants-the-paddle"),
    Row("Q27", "Stop may start", "stop-starts-when-paused"),
    Row("Q28", "flags promise more than arrives", "truncated-20"),
    Row("Q29", "records split by More Data", "split-records"),
    Row("Q30", "flags change while it runs", "changing-flags"),
    Row("Q31", "reserved bits with octets of their own", "vendor-steps reserved-bits"),
    Row("Q32", "markers for 'not available' in fields that have none", "odd-markers"),
    Row("Q33", "speed 0 while it runs", "false-zero-speed"),
    Row("Q34", "goes on to send a speed while paused", "speed-while-paused"),
    Row("Q35", "silent when stopped; or its last speed for ever",
        "silent-when-stopped last-speed-for-ever"),
    Row("Q36", "two or three reports a second", "reports-2-hz reports-3-hz", "`rate` sets any"),
    Row("Q37", "elapsed time that jumps; energy missing or wrong",
        "odd-elapsed no-energy threefold-energy"),
    Row("Q38", "speed spikes", "speed-spikes"),
    Row("Q39", "big-endian fields", "",
        "none: not the Fitness Machine Service, but a protocol of its maker's own (Anyrun)"),
    Row("Q40", "goes to sleep", "falls-asleep"),
    Row("Q41", "Training Status empty, short, or without its text",
        "short-training-status empty-training-status training-status-without-text"),
    Row("Q42", "subscribing to Training Status costs the link", "training-status-disconnects"),
    Row("Q43", "status codes used wrongly", "own-status-codes stopped-at-start"),
    Row("Q44", "'started by the user' told to the client that started it",
        "status-to-writer odd-training-status"),
    Row("Q45", "no service data, no name, other services",
        "no-service-data no-service-uuid no-name"),
    Row("Q46", "advertises briefly, serves one", "advertises-briefly one-connection"),
    Row("Q47", "ends connections by itself", "kicks-idle-clients locks-out",
        "a strap that changes its address is a sensor's matter"),
    Row("Q48", "starts by itself on connect", "starts-on-connect"),
    Row("Q49", "runs on when the link is lost", "stops-without-link",
        "the default machine runs on; the quirk is the opposite"),
    Row("Q50", "ATT_MTU of 23; one way to write only",
        "small-mtu truncated-20 split-records control-without-response",
        "long writes: no command has more than three octets"),
    Row("Q51", "an app forwards speeds below the minimum as a start", "",
        "none: what an app does, not a machine; the fault `other-app` is that app"),
    Row("Q52", "wants to be polled, or falls silent", "",
        "none: iFit, a protocol of its maker's own, and not the Fitness Machine Service"),
    Row("R1", "started by itself after an app connected, and ignored its Stop",
        "starts-on-connect stop-ignored"),
    Row("R2", "target taken for mph: told less, it ran faster", "mph-target"),
    Row("R3", "the same, of three other models", "mph-target"),
    Row("R4", "plus and minus both accelerated", "both-ways-faster"),
    Row("R5", "Start while running paused; every answer a Success",
        "start-toggles always-success mph-target"),
    Row("R6", "Stop while paused started the belt", "stop-starts-when-paused"),
    Row("R7", "an old stop told at every subscription", "stale-status"),
    Row("R8", "late to start; a layout of its own", "slow-start",
        "the layout is no Treadmill Data; the fault `refuse` refuses control"),
    Row("R9", "byte order: told 1, ran 2.56", "",
        "none: a driver's mistake; golden octets stand beside every codec"),
    Row("R10", "a speed accepted and ignored", "success-no-effect"),
    Row("R11", "a paused machine reports a speed", "speed-while-paused"),
    Row("R12", "drops the link and locks out", "locks-out"),
    Row("R13", "stops by itself when it notices nobody", "stops-by-itself"),
    Row("R14", "another app sent speeds meanwhile", "", "the faults `other-app` and"
        " `console-faster`: somebody else's doing, not the machine's"),
    Row("R15", "the hardware ran away", "", "the fault `runaway`: it strikes in the middle"),
    Row("R16", "a lock that locked the owners out", "", "none: no lock of ours needs an account"),
    Row("R17", "an old command repeated by a broker", "", "none: a broker's doing"),
    Row("R18", "a lost link is noticed seconds later", "",
        "the fault `link-fades`: of the link, not of the machine"),
    Row("R19", "a recall without a published cause", "", "none: nothing is known to imitate"),
)  # fmt: skip
