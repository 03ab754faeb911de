"""WAV files in and out."""

import array
import contextlib
import io
import math
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterturn.speech.samples import RATE_HZ, SoundError, duration_s, read_wav, silence, wav_of


def wav(octets: bytes, *, width: int = 2, rate_hz: int = RATE_HZ, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, width, rate_hz, 0, "NONE", ""))
        out.writeframes(octets)
    return file.getvalue()


def test_a_file_is_written_octet_for_octet() -> None:
    assert wav_of(array.array("h", [0, 1, -1, 32767, -32768])) == (
        b"RIFF\x2e\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
        b"\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\x0a\x00\x00\x00"
        b"\x00\x00\x01\x00\xff\xff\xff\x7f\x00\x80"
    )


@given(st.lists(st.integers(-32768, 32767)))
def test_what_is_written_is_read_back(values: list[int]) -> None:
    samples = array.array("h", values)
    assert read_wav(wav_of(samples)) == samples


def test_eight_bits_are_counted_from_the_middle() -> None:
    assert read_wav(wav(b"\x00\x80\xff", width=1)).tolist() == [-32768, 0, 32512]


def test_of_two_channels_the_first_is_taken() -> None:
    assert read_wav(wav(b"\x01\x00\x02\x00\x03\x00\x04\x00", channels=2)).tolist() == [1, 3]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_another_rate_keeps_pitch_and_length(rate_hz: int) -> None:
    tone = array.array(
        "h", (round(20000 * math.sin(2 * math.pi * 500 * at / rate_hz)) for at in range(rate_hz))
    )
    samples = read_wav(wav(tone.tobytes(), rate_hz=rate_hz))
    assert duration_s(samples) == pytest.approx(1.0, abs=0.001)
    for at in range(0, len(samples), 100):
        expected = 20000 * math.sin(2 * math.pi * 500 * at / RATE_HZ)
        assert samples[at] == pytest.approx(expected, abs=500)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"no file of this kind",
        wav(bytes(3 * 4), width=3),
        wav(bytes(2), rate_hz=10),
        wav(bytes(2 * 61 * RATE_HZ)),
    ],
)
def test_what_is_no_sound_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(SoundError):
        read_wav(data)


@given(st.binary(max_size=200))
def test_no_octets_raise_anything_else(data: bytes) -> None:
    for octets in (data, wav(bytes(8))[:20] + data, wav_of(silence(0.001))[: len(data)]):
        with contextlib.suppress(SoundError):
            read_wav(octets)


def test_a_sample_alone_at_another_rate_is_nothing() -> None:
    assert read_wav(wav(b"\x01\x00", rate_hz=8000)).tolist() == []
