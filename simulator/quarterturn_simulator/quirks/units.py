"""Speeds in miles, and ranges, steps and inclines that are not what they are announced to be."""

from collections.abc import Mapping

from quarterturn.units import KMH_PER_MPH
from quarterturn_simulator.quirks.quirk import Quirk, quirk
from quarterturn_simulator.settings import OffStep

UNITS: Mapping[str, Quirk] = {
    "mph-target": quirk(
        "takes a target in 0.01 mph and reports km/h: asked for 1.0, it runs 1.6",
        "JFTM T202, qdomyos-zwift PR 4904; Vitalwalk TM11GY, issue 5100",
        unit_kmh=KMH_PER_MPH,
    ),
    "mph-reports": quirk(
        "takes km/h and reports its speed in 0.01 mph",
        "Bowflex T9, qdomyos-zwift issue 4210; Urevo E1L, treadspan",
        report_unit_kmh=KMH_PER_MPH,
    ),
    "mph-throughout": quirk(
        "takes and reports 0.01 mph, so that what it takes and what it says agree",
        "the two above in one; only a look at the console finds it",
        unit_kmh=KMH_PER_MPH,
        report_unit_kmh=KMH_PER_MPH,
    ),
    "mph-range": quirk(
        "announces its range in mph, 0.6 to 3.8, and takes and reports km/h from 1.0 on",
        "FS-BT-T4, notes of justintout",
        range_unit=KMH_PER_MPH,
        min_kmh=1.0,
        max_kmh=6.1,
    ),
    "no-ranges": quirk(
        "offers neither a speed nor an inclination range",
        "FTMS boards of several brands",
        has_ranges=False,
    ),
    "no-target-bits": quirk(
        "says in its Feature bits that neither speed nor incline can be set, and takes both",
        "FTMS boards of several brands; the reason why FTMS.NET ignores those bits",
        target_bits=False,
    ),
    "claims-everything": quirk(
        "claims a power from 0 to 9999 W and a resistance that can be set",
        "FS-BT-T4, notes of justintout",
        claims_everything=True,
    ),
    "minimum-1.0": quirk(
        "runs no slower than 1.0 km/h",
        "walking pads of several brands, qdomyos-zwift",
        min_kmh=1.0,
    ),
    "steps-of-0.16": quirk(
        "takes targets in steps of 0.16 km/h, 0.1 mph",
        "treadmills built for miles, qdomyos-zwift",
        step_kmh=0.16,
    ),
    "steps-of-0.5": quirk(
        "takes targets in steps of 0.5 km/h",
        "treadmills of several brands, qdomyos-zwift",
        step_kmh=0.5,
    ),
    "fine-steps-rejected": quirk(
        "announces steps of 0.01 km/h and rejects what is no whole 0.1",
        "FTMS boards of several brands, qdomyos-zwift",
        announced_step_kmh=0.01,
        off_step=OffStep.REJECT,
    ),
    "fine-steps-ignored": quirk(
        "announces steps of 0.01 km/h, and answers what is no whole 0.1 and ignores it",
        "qdomyos-zwift PR 4877",
        announced_step_kmh=0.01,
        off_step=OffStep.IGNORE,
    ),
    "fine-steps-rounded": quirk(
        "announces steps of 0.01 km/h and rounds down to 0.1",
        "treadmills of several brands, qdomyos-zwift",
        announced_step_kmh=0.01,
        off_step=OffStep.ROUND_DOWN,
    ),
    "whole-inclines": quirk(
        "announces inclines in steps of 0.5 % and rejects what is no whole per cent",
        "Sole F85, qdomyos-zwift",
        incline_step_pct=1.0,
        announced_incline_step_pct=0.5,
    ),
    "declines": quirk(
        "tilts down to -6 % as well",
        "treadmills with a minimum of -3, -5 and -6 %, qdomyos-zwift",
        incline_min_pct=-6.0,
    ),
    "fixed-incline": quirk(
        "stands at 15 % for good",
        "Domyos TS100, qdomyos-zwift",
        incline_max_pct=0.0,
        deck_pct=15.0,
    ),
    "stuck-incline-report": quirk(
        "reports an incline of 82 %, whatever the deck does",
        "Trinfit t15, qdomyos-zwift issue 4808",
        incline_reads=82.0,
    ),
    "incline-by-number": quirk(
        "reports the number of its incline step for a per cent, which reads twice as steep",
        "Kettler, ICONCEPT and 3G, which qdomyos-zwift reads by tables",
        incline_scale=2.0,
    ),
}
