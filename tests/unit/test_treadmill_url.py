"""Treadmill URLs read and written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.treadmill_url import TreadmillUrl, parse_sensor_url, parse_treadmill_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("ftms+ble://AA:BB:CC:DD:EE:FF", TreadmillUrl("ftms", "ble", "AA:BB:CC:DD:EE:FF")),
        ("ftms+sim://", TreadmillUrl("ftms", "sim")),
        (
            "ftms+sim://?quirk=mph-target&quirk=truncated-20&seed=7",
            TreadmillUrl(
                "ftms",
                "sim",
                "",
                (("quirk", "mph-target"), ("quirk", "truncated-20"), ("seed", "7")),
            ),
        ),
        (
            "trackmaster+serial:///dev/ttyUSB0?unit=kmh",
            TreadmillUrl("trackmaster", "serial", "/dev/ttyUSB0", (("unit", "kmh"),)),
        ),
        ("ftms+tcp://192.0.2.7:36866", TreadmillUrl("ftms", "tcp", "192.0.2.7:36866")),
        ("ftms+tcp://[2001:db8::7]:36866", TreadmillUrl("ftms", "tcp", "[2001:db8::7]:36866")),
        ("csafe+serial://COM3", TreadmillUrl("csafe", "serial", "COM3")),
    ],
)
def test_the_urls_of_the_documentation_read_and_write_the_same(
    text: str, url: TreadmillUrl
) -> None:
    assert parse_treadmill_url(text) == url
    assert str(url) == text


def test_an_address_and_an_option_may_hold_what_a_url_uses_itself() -> None:
    url = parse_treadmill_url("ftms+replay:///tmp/a%3Fb%25.log?name=x%26y%3Dz+1")
    assert url.address == "/tmp/a?b%.log"
    assert url.options == (("name", "x&y=z+1"),)


def test_the_record_is_for_the_command_and_the_rest_for_the_link() -> None:
    url = parse_treadmill_url("ftms+sim://?seed=7&record=t318&quirk=silent-when-stopped")
    assert url.record == "t318"
    assert url.link_options == (("seed", "7"), ("quirk", "silent-when-stopped"))
    assert parse_treadmill_url("ftms+sim://").record is None


names = st.from_regex(r"[a-z][a-z0-9_-]{0,15}", fullmatch=True)
texts = st.text(max_size=30).filter(str.isprintable)
options = st.lists(
    st.tuples(texts.filter(lambda key: key not in ("", "record")), texts), max_size=4
)


@given(driver=names, link=names, address=texts, pairs=options)
def test_what_is_written_is_read_again(
    driver: str, link: str, address: str, pairs: list[tuple[str, str]]
) -> None:
    url = TreadmillUrl(driver, link, address, tuple(pairs))
    assert parse_treadmill_url(str(url)) == url


@given(text=st.text(alphabet=string.printable, max_size=60) | st.text(max_size=60))
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    try:
        url = parse_treadmill_url(text)
    except ValueError:
        return
    assert parse_treadmill_url(str(url)) == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write driver+link://address"),
        ("AA:BB:CC:DD:EE:FF", "write driver+link://address"),
        ("ble://AA:BB:CC:DD:EE:FF", "a driver and a link, joined by +"),
        ("+ble://AA", "'' is no name of a driver"),
        ("ftms+://AA", "'' is no name of a link"),
        ("FTMS+ble://AA", "small letters"),
        ("ftms+b+c://AA", "'b+c' is no name of a link"),
        ("ftms+sim://?seed", "'seed' is no option"),
        ("ftms+sim://?=7", "'=7' is no option"),
        ("ftms+sim://?a=1&&b=2", "'' is no option"),
        ("ftms+sim://?record=a&record=b", "record= once"),
        ("ftms+sim://%zz", "two hexadecimal digits"),
        ("ftms+sim://?a=%ff", "not UTF-8"),
        ("ftms+ble://AA\nBB", "cannot be printed"),
        ("ftms+sim://" + "x" * 2000, "at most 2000"),
    ],
)
def test_a_bad_url_says_what_is_wrong_with_it(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="URL") as refusal:
        parse_treadmill_url(text)
    assert words in str(refusal.value)


def test_a_url_that_cannot_be_written_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="printed"):
        TreadmillUrl("ftms", "sim", "a\nb")
    with pytest.raises(ValueError, match="no name"):
        TreadmillUrl("ftms", "sim", "", (("", "x"),))


def test_a_sensor_has_a_url_of_the_same_form() -> None:
    url = parse_sensor_url("heart-rate+ble://AA:BB:CC:DD:EE:FF?adapter=hci1")
    assert (url.driver, url.link, url.address) == ("heart-rate", "ble", "AA:BB:CC:DD:EE:FF")
    assert url.link_options == (("adapter", "hci1"),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("strap", "no sensor URL: write driver+link://address, as in heart-rate+ble://"),
        ("ble://AA", "no sensor URL: before :// stand a driver and a link"),
        ("heart-rate+sim://?record=omega-z", "no sensor URL: only a treadmill has a record"),
        ("heart-rate+sim://" + "x" * 2000, "a sensor URL has at most 2000"),
    ],
)
def test_a_bad_sensor_url_speaks_of_sensors(text: str, words: str) -> None:
    with pytest.raises(ValueError, match="sensor URL") as refusal:
        parse_sensor_url(text)
    assert words in str(refusal.value)


def test_a_url_gets_a_record_in_the_place_of_the_one_it_had() -> None:
    url = parse_treadmill_url("ftms+sim://?record=old&quirk=mph-target&seed=7")
    assert str(url.with_record("mine")) == "ftms+sim://?quirk=mph-target&seed=7&record=mine"
    assert url.with_record("mine").record == "mine"
