"""Slower: speech stretched in time at the same pitch (WSOLA).

For voices that lose their way when they are asked to speak slowly: see kokoro.py. The method is Verhelst and Roelands,
"An overlap-add technique based on waveform similarity (WSOLA)", ICASSP 1993.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from speech_models.audio import Audio

_WINDOW = 0.04  # seconds that are overlapped and added: more than two periods of a deep voice
_SEARCH = 0.01  # seconds by which a window may be moved to fit onto what is there


def slowed(audio: Audio, speed: float) -> Audio:
    """The same speech taking 1/`speed` as long (`speed` 0.5 to 1), at the same rate, pitch and level."""
    hop = round(_WINDOW * audio.rate) // 2
    search, window = round(_SEARCH * audio.rate), np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    if speed >= 1.0 or len(audio.samples) < 4 * hop:
        return audio
    length = round(len(audio.samples) / speed)
    source = np.pad(audio.samples, (hop + search, 4 * hop + search))
    out = np.zeros(length + 4 * hop, dtype=np.float32)
    position = search
    for start in range(0, length + hop, hop):
        wanted = source[position + hop : position + 3 * hop]  # what would follow naturally
        earliest = max(0, min(round(start * speed), len(source) - 2 * hop - 2 * search))
        choices = sliding_window_view(source[earliest : earliest + 2 * hop + 2 * search], 2 * hop)
        energy = np.sqrt(np.einsum("ij,ij->i", choices, choices)) + 1e-6
        position = earliest + (search if start == 0 else int(np.argmax(choices @ wanted / energy)))
        position = min(position, len(source) - 3 * hop)
        out[start : start + 2 * hop] += source[position : position + 2 * hop] * window
    return Audio(np.clip(out[hop : hop + length], -1.0, 1.0), audio.rate)
