"""Surroundings: how loud what is put into them comes out."""

import numpy as np
import pytest

from app.carriers.simulator.ready_made import people, speech_of
from speech_models.audio import TELEPHONE_RATE, Audio, level_dbfs, read_sound
from speech_models.surroundings import over, shouted


def peaky(seconds: float = 2.0) -> Audio:
    """A voice whose peaks stand far above the rest, as those of a synthetic one do: 20 dB above its level."""
    samples = np.zeros(round(seconds * TELEPHONE_RATE), np.float32)
    samples[::100] = 0.3
    return Audio(samples + np.random.default_rng(1).normal(0, 0.003, len(samples)).astype(np.float32), TELEPHONE_RATE)


class Peaky:
    name = "peaky"

    def say(self, text: str, speed: float = 1.0) -> Audio:
        return peaky()


@pytest.mark.parametrize("dbfs", [-16.0, -13.0, -10.0])
def test_who_shouts_is_as_loud_as_was_asked_for_and_nothing_is_cut_off(dbfs):
    loud = shouted(peaky(), dbfs)
    assert level_dbfs(loud) == pytest.approx(dbfs, abs=0.2)
    assert np.abs(loud.samples).max() <= 1.0


def test_the_angry_caller_is_louder_than_the_others(tmp_path):
    callers = people()[1]
    angry, clear = (read_sound(speech_of(callers[k], Peaky(), tmp_path)[0].read_bytes()) for k in ("angry", "clear"))
    assert level_dbfs(angry) > level_dbfs(clear) + 5


def test_a_television_is_as_far_below_the_voice_as_was_asked_for():
    voice, noise = peaky(), Audio(np.random.default_rng(2).normal(0, 0.1, 8000).astype(np.float32), TELEPHONE_RATE)
    behind = Audio(over(voice, noise, 10.0).samples - voice.samples, TELEPHONE_RATE)
    assert level_dbfs(voice) - level_dbfs(behind) == pytest.approx(10.0, abs=0.2)
