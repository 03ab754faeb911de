"""A whole session with a strap and a foot pod: worn, lost, found, too high, recorded, replayed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.commands import Cli
from quarterturn.bridge.journal import read_journal
from quarterturn.bridge.replay import replay
from quarterturn.rehearsal import Rehearsal, in_virtual_time
from quarterturn.session import Event
from quarterturn.settings import load_settings

Events = list[Event]


def rehearse(*sensors: str, **options: object) -> Events:
    events: Events = []
    named = [(None, url) for url in sensors]
    rehearsal = Rehearsal("circle", sensors=named, seed=3, **options)  # type: ignore[arg-type]
    in_virtual_time(rehearsal.walk(events.append))
    return events


def of(events: Events, kind: str) -> Events:
    return [event for event in events if event["event"] == kind]


def decided(events: Events) -> Events:
    """What the session did: all but what sensors said."""
    told = ("heart_rate", "running", "sensor", "telemetry")
    return [event for event in events if event["event"] not in told]


@pytest.fixture(scope="module")
def worn() -> Events:
    return rehearse("heart-rate+sim://?lost=100-160&silent=300-330", "running+sim://")


def test_a_session_with_sensors_ends_as_without(worn: Events) -> None:
    assert worn[-1]["reason"] == "completed"
    assert {event["sensor"] for event in of(worn, "heart_rate")} == {"heart-rate"}
    assert {event["sensor"] for event in of(worn, "running")} == {"running"}


def test_the_belt_is_told_the_same_with_a_foot_pod_as_without() -> None:
    with_pod, without = rehearse("running+sim://?kmh=20"), rehearse()
    assert of(with_pod, "command") == of(without, "command")
    assert decided(with_pod) == decided(without)


def test_a_strap_that_is_lost_is_told_and_found_again(worn: Events) -> None:
    states = [
        (event["state"], float(str(event["t"])))
        for event in of(worn, "sensor")
        if event["sensor"] == "heart-rate"
    ]
    assert [state for state, _ in states] == ["connected", "lost", "connected"]
    assert states[1][1] == pytest.approx(100.0, abs=0.1)
    assert 160.0 <= states[2][1] <= 220.0


def test_the_treadmills_own_heart_rate_counts_while_the_strap_is_silent(worn: Events) -> None:
    sources = {
        float(str(event["t"])): event["heart_rate_source"] for event in of(worn, "telemetry")
    }
    assert {source for t, source in sources.items() if 5 < t < 100} == {"heart-rate"}
    assert {source for t, source in sources.items() if 106 < t < 160} == {"treadmill"}
    assert {source for t, source in sources.items() if 306 < t < 329} == {"treadmill"}
    assert {source for t, source in sources.items() if 340 < t < 600} == {"heart-rate"}


# req: S000-34
def test_a_strap_above_the_limit_lowers_the_speed_within_five_seconds_and_nothing_raises_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text('base = "home-beginner"\nmax_heart_rate_bpm = 140\n', encoding="utf-8")
    strap = "heart-rate+sim://?bpm=100&bpm=160@120&bpm=100@130&silent=140-"
    events = rehearse(strap, profile=str(profile))
    lowered = next(e for e in of(events, "command") if "heart rate" in str(e["limited_by"]))
    over = next(e for e in of(events, "heart_rate") if int(str(e["bpm"])) > 140)
    assert float(str(lowered["sent_t"])) - float(str(over["t"])) <= 5.0
    speeds = [
        float(str(event["speed_kmh"]))
        for event in of(events, "telemetry")
        if event["t"] > 135  # type: ignore[operator]
    ]
    first_stop = speeds.index(0.0)
    assert max(speeds[:first_stop]) == pytest.approx(2.8)
    assert events[-1]["reason"] == "completed"


def test_a_treadmill_that_is_lost_has_the_radio_to_itself() -> None:
    strap = "heart-rate+sim://?lost=49-"
    events = rehearse(strap, faults=[("link-gone", 50)])
    assert events[-1]["reason"] == "fault"
    assert events[-1]["cause"] == "link_lost"


def test_what_sensors_said_is_on_record_and_decided_again(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "walk.jsonl"
    sensors = ("--sensor", "heart-rate+sim://?lost=50-70", "--sensor", "running+sim://")
    result = cli("rehearse", "circle", *sensors, "--journal", str(path))
    assert result.code == 0
    assert "sensor heart-rate: lost; it is looked for" in result.out
    assert "beats per minute, cadence 83" in result.out
    journal = read_journal(path)
    kinds = {record.get("kind") for record in journal.records}
    assert {"heart_rate", "running", "sensor"} <= kinds
    again = replay(journal)
    assert (again.differences, again.covered) == ((), None)


# --- how a user names them


SETTINGS = (
    'use_sensors = ["strap"]\n[sensors]\n'
    'strap = "heart-rate+sim://?bpm=111"\npod = "running+sim://?cadence=77"\n'
)


def test_a_name_of_the_settings_stands_for_its_url(home: Path, cli: Cli) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS, encoding="utf-8")
    assert load_settings().use_sensors == ("strap",)
    result = cli("rehearse", "circle", "--sensor", "pod", "--json")
    events = result.lines
    assert {event["sensor"] for event in of(events, "running")} == {"pod"}
    assert of(events, "heart_rate") == []  # a rehearsal takes only what is named


def test_two_sensors_without_names_are_told_apart(cli: Cli) -> None:
    urls = ("heart-rate+sim://", "heart-rate+sim://?bpm=80")
    named = [argument for url in urls for argument in ("--sensor", url)]
    result = cli("rehearse", "circle", *named)
    assert "sensor heart-rate: connected" in result.out
    assert "sensor heart-rate-2: connected" in result.out


@pytest.mark.parametrize(
    ("sensor", "words"),
    [
        ("strap", "no sensor is called 'strap' (saved: none is saved), and it is no URL"),
        ("heart-rate://x", "is no sensor URL: before :// stand a driver and a link"),
        ("heart-rate+sim://?record=x", "only a treadmill has a record"),
        ("heart-rate+sim://here", "a simulated sensor has no address"),
        ("heart-rate+sim://?bpm=fast", "bpm=150@60"),
        ("ftms+sim://", "there is no sensor 'ftms'"),
        ("hart-rate+sim://", "did you mean 'heart-rate'?"),
        ("heart-rate+serial:///dev/null", "a rehearsal listens to simulated sensors"),
    ],
)
def test_a_sensor_that_is_not_understood_is_an_error_in_words(
    sensor: str, words: str, home: Path, cli: Cli
) -> None:
    result = cli("rehearse", "circle", "--sensor", sensor)
    assert (result.code, result.out) == (2, "")
    assert words in result.err


def test_a_link_that_is_not_there_is_named(home: Path, cli: Cli) -> None:
    result = cli("run", "circle", "--treadmill", "ftms+sim://", "--sensor", "heart-rate+pigeon://x")
    assert result.code == 2
    assert "there is no link 'pigeon'" in result.err


CHECKED: list[tuple[str, str]] = [
    ('use_sensors = ["pod"]\n', '1:16: use_sensors: "pod" is not in [sensors]'),
    ('[sensors]\nstrap = "here"\n', "2:1: sensors.strap: 'here' is no sensor URL"),
    ('[sensors]\ntreadmill = "heart-rate+sim://"\n', "is what events call the treadmill's own"),
    ("[sensors]\nstrap = 5\n", "2:1: sensors.strap"),
    ("use_sensors = 5\n", "1:1: use_sensors"),
]


@pytest.mark.parametrize(("text", "words"), CHECKED)
def test_a_mistake_in_the_settings_is_found(
    text: str, words: str, tmp_path: Path, cli: Cli
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    result = cli("check", str(path))
    assert result.code == 2
    assert words in result.out + result.err


def test_a_runtime_without_sensors_starts_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    inner: Callable[..., asyncio.Task[object]] = asyncio.create_task

    def create_task(coroutine: object, **more: object) -> asyncio.Task[object]:
        names.append(getattr(coroutine, "__qualname__", ""))
        return inner(coroutine, **more)

    monkeypatch.setattr(asyncio, "create_task", create_task)
    rehearse()
    assert not [name for name in names if "Keeper" in name]
