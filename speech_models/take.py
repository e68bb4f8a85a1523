"""Take (录音): a person's reading of a prompt, judged and cut to what is said."""

import numpy as np

from speech_models.audio import Audio, level_dbfs

_FRAME = 0.02  # seconds
_MARGIN = 0.12  # of silence left before and after
_BELOW_LOUDEST = 32.0  # dB: quieter frames at the ends are silence
SHORTEST = 0.25  # seconds of speech
QUIETEST = -45.0  # dBFS (RMS) of what is said; a telephone's microphone held near gives -30 to -15
CLIPPED = 0.004  # share of samples at full scale that is heard as a crackle


class Unfit(ValueError):
    """A recording that callers should not hear; `why`: short, quiet or loud."""

    def __init__(self, why: str):
        super().__init__(f"The recording is too {why}.")
        self.why = why


def trimmed(audio: Audio) -> Audio:
    """What is said, without the silence before and after it. Raises Unfit."""
    size = max(1, round(_FRAME * audio.rate))
    frames = audio.samples[: len(audio.samples) // size * size].reshape(-1, size)
    if not len(frames):
        raise Unfit("short")
    levels = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    loud = np.flatnonzero(levels > levels.max() - _BELOW_LOUDEST)
    start, end = loud[0] * _FRAME, (loud[-1] + 1) * _FRAME
    said = audio.cut(start, end)
    if level_dbfs(said) < QUIETEST:
        raise Unfit("quiet")
    if end - start < SHORTEST:
        raise Unfit("short")
    if np.mean(np.abs(said.samples) >= 0.999) > CLIPPED:
        raise Unfit("loud")
    return audio.cut(start - _MARGIN, end + _MARGIN)
