"""Tests of Audio: the sound files of carriers and staff."""

import io
import tracemalloc

import numpy as np
import pytest
import soundfile

from speech_models.audio import (
    Audio,
    BadSound,
    Empty,
    TooLong,
    from_pcm16,
    is_cut_short,
    is_silent,
    joined,
    level_dbfs,
    normalise_level,
    read_sound,
    resample,
    silence,
    to_pcm16,
    write_wav,
)


def tone(rate: int = 8000, seconds: float = 1.0, loudness: float = 0.5, hertz: float = 440) -> Audio:
    times = np.arange(round(rate * seconds)) / rate
    return Audio((loudness * np.sin(2 * np.pi * hertz * times)).astype(np.float32), rate)


def file_of(samples: np.ndarray, rate: int, kind: str, subtype: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "subtype", "error"),
    [
        ("WAV", "PCM_U8", 0.02),
        ("WAV", "PCM_16", 0.001),
        ("WAV", "PCM_24", 0.001),
        ("WAV", "FLOAT", 0.001),
        ("WAV", "ULAW", 0.03),
        ("WAV", "ALAW", 0.03),
        ("FLAC", "PCM_16", 0.001),
    ],
)
def test_every_format_a_phone_company_sends_is_read_at_its_own_rate(kind, subtype, error):
    sound = tone()
    read = read_sound(file_of(sound.samples, 8000, kind, subtype))
    assert read.rate == 8000
    assert read.samples.dtype == np.float32
    assert np.max(np.abs(read.samples - sound.samples)) < error


def test_an_mp3_is_read():
    read = read_sound(file_of(tone(16000).samples, 16000, "MP3", "MPEG_LAYER_III"))
    assert read.rate == 16000
    assert level_dbfs(read) == pytest.approx(level_dbfs(tone()), abs=1)


def test_stereo_is_mixed_down():
    left, right = tone(hertz=440).samples, tone(hertz=880).samples
    read = read_sound(file_of(np.stack([left, right], axis=1), 8000, "WAV", "FLOAT"))
    assert read.samples == pytest.approx((left + right) / 2, abs=1e-6)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"RIFF\x00\x00\x00\x00WAVE", b"\x00" * 5000, b"<html>404</html>" * 50, b"RIFF" + b"\xff" * 99],
)
def test_what_is_no_sound_is_refused_in_a_sentence(data):
    with pytest.raises(BadSound, match=r"sound file.*\.$"):
        read_sound(data)


def test_a_wav_without_samples_is_refused():
    with pytest.raises(BadSound, match="holds no sound"):
        read_sound(write_wav(silence(0, 8000)))


def test_broken_floats_and_clipping_are_brought_within_bounds():
    samples = np.array([np.nan, np.inf, -np.inf, 3.0, -3.0, 0.25] * 100, dtype=np.float32)
    read = read_sound(file_of(samples, 8000, "WAV", "FLOAT"))
    assert np.isfinite(read.samples).all()
    assert np.abs(read.samples).max() <= 1


def test_a_wav_for_the_telephone_is_8_khz_mu_law():
    written = write_wav(tone(24000), mulaw=True)
    info = soundfile.info(io.BytesIO(written))
    assert (info.samplerate, info.subtype, info.channels) == (8000, "ULAW", 1)
    assert len(written) < 8200


def test_a_wav_keeps_its_rate_as_pcm16():
    info = soundfile.info(io.BytesIO(write_wav(tone(24000))))
    assert (info.samplerate, info.subtype, info.frames) == (24000, "PCM_16", 24000)


def test_resampling_keeps_length_level_and_pitch():
    up = resample(tone(8000, 2.0), 16000)
    assert up.rate == 16000
    assert up.seconds == pytest.approx(2.0, abs=0.01)
    assert np.argmax(np.abs(np.fft.rfft(up.samples))) / up.seconds == pytest.approx(440, abs=1)
    assert level_dbfs(up) == pytest.approx(level_dbfs(tone()), abs=0.2)


def test_the_level_of_a_full_sine_is_minus_three_decibels():
    assert level_dbfs(tone(loudness=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert level_dbfs(silence(1, 8000)) == -np.inf
    assert level_dbfs(silence(0, 8000)) == -np.inf


def test_a_quiet_caller_is_brought_up_and_a_loud_one_down():
    assert level_dbfs(normalise_level(tone(loudness=0.01), -20)) == pytest.approx(-20, abs=0.01)
    assert level_dbfs(normalise_level(tone(loudness=0.9), -20)) == pytest.approx(-20, abs=0.01)


def test_bringing_up_the_level_never_clips():
    click = silence(1, 8000).samples.copy()
    click[100] = 0.5
    loud = normalise_level(Audio(click, 8000), -10)
    assert np.abs(loud.samples).max() == pytest.approx(1.0)
    assert not normalise_level(silence(1, 8000), -20).samples.any()


def test_joining_takes_the_rate_of_the_first():
    whole = joined([tone(8000, 1.0), silence(0.5, 8000), tone(16000, 1.0)])
    assert whole.rate == 8000
    assert whole.seconds == pytest.approx(2.5, abs=0.01)
    with pytest.raises(ValueError, match="no audio"):
        joined([])


def test_raw_samples_come_back_as_they_went():
    sound = tone()
    again = from_pcm16(to_pcm16(sound) + b"x", 8000)
    assert again.samples == pytest.approx(sound.samples, abs=1e-4)


def test_a_cut_is_clipped_to_the_sound():
    assert tone().cut(-1, 0.25).seconds == 0.25
    assert tone().cut(0.9, 5).seconds == pytest.approx(0.1)


# ------------------------------------------------------------------ files that are not quite right


def headed(data: bytes, size: int) -> bytes:
    """A WAV whose header says another size of its sound."""
    at = data.index(b"data") + 4
    return data[:at] + size.to_bytes(4, "little") + data[at + 4 :]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_size_that_was_never_filled_in_is_read_to_the_end(size):
    whole = write_wav(tone())
    read = read_sound(headed(whole, size))
    assert read.samples == pytest.approx(read_sound(whole).samples)
    assert not is_cut_short(headed(whole, size))


def test_an_empty_wav_with_further_chunks_behind_holds_no_sound():
    empty = write_wav(silence(0, 8000)) + b"LIST\x04\x00\x00\x00INFO"
    with pytest.raises(Empty):
        read_sound(empty)


def test_a_wav_that_says_more_than_came_is_cut_short():
    whole = write_wav(tone())
    assert is_cut_short(whole[: len(whole) // 2])
    assert not is_cut_short(whole)
    assert not is_cut_short(b"")
    assert not is_cut_short(b"<html>")


def test_channels_that_take_each_other_away_give_the_louder():
    left = tone().samples
    read = read_sound(file_of(np.stack([left * 0.8, -left], axis=1), 8000, "WAV", "FLOAT"))
    assert level_dbfs(read) == pytest.approx(level_dbfs(Audio(left, 8000)), abs=0.1)


@pytest.mark.parametrize("rate", [1000, 3999, 192_001, 384_000])
def test_rates_that_no_telephone_has_are_refused(rate):
    with pytest.raises(BadSound, match="samples a second"):
        read_sound(file_of(tone().samples, rate, "WAV", "PCM_16"))


@pytest.mark.parametrize(("seconds", "channels", "rate"), [(3601, 1, 4000), (700, 2, 48_000)])
def test_what_is_too_long_is_refused_before_any_of_it_is_read(seconds, channels, rate):
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, channels, format="FLAC", subtype="PCM_16") as written:
        for _ in range(seconds):
            written.write(np.zeros((rate, channels), np.int16))
    tracemalloc.start()
    with pytest.raises(TooLong, match="too long"):
        read_sound(file.getvalue())
    asked = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert asked < 4_000_000


@pytest.mark.parametrize("data", [b"#!AMR\n" + b"\x3c" * 500, b"FORM\0\0\0\0AIFF" * 9, b"caff" * 99])
def test_only_the_kinds_of_file_that_are_named_are_read(data):
    with pytest.raises(BadSound, match="can be read"):
        read_sound(data)


@pytest.mark.parametrize(("level", "silent"), [(0.0, True), (0.003, True), (0.02, False), (0.3, False)])
def test_a_line_on_which_nobody_speaks_is_silent(level, silent):
    assert is_silent(Audio(tone().samples * level, 8000)) is silent


def test_a_word_in_a_long_silence_is_no_silence():
    assert not is_silent(joined([silence(20, 8000), tone(), silence(20, 8000)]))
