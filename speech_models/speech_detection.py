"""Where somebody speaks in a sound: Silero's voice activity model, and cutting at the pauses."""

from dataclasses import dataclass

import numpy as np
import soxr
from faster_whisper.vad import get_vad_model

from speech_models.audio import Audio, resample

RATE = 16000
FRAME = 512
FRAME_SECONDS = FRAME / RATE
# What the model is shown again of the frame before, and the width of its memory.
CONTEXT, MEMORY = 64, 128
SPEAKING = 0.3
SURELY = 0.5
SURELY_SPEECH_SECONDS = 0.18
MARGIN_SECONDS = 1.0
LONGEST_SECONDS = 15.0
SHORTEST_SECONDS = 5.0
DROPPED_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Stretch:
    """A part of a sound that holds speech, in seconds; `voiced` is how many seconds of it surely are speech."""

    start: float
    end: float
    voiced: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


def speech_probabilities(audio: Audio) -> np.ndarray:
    """How likely somebody speaks in each 32 ms of mono audio, 0 to 1."""
    samples = resample(audio, RATE).samples
    samples = np.pad(samples, (0, -len(samples) % FRAME or FRAME))
    return get_vad_model()(samples).reshape(-1)


class SpeechWatch:
    """Looks for speech in a mono stream of one sample rate, at every 32 ms once. Not shared between threads."""

    def __init__(self, rate: int):
        self._upwards = soxr.ResampleStream(rate, RATE, 1, dtype="float32") if rate != RATE else None
        self._waiting = np.zeros(CONTEXT, np.float32)
        self._memory = [np.zeros((1, 1, MEMORY), np.float32)] * 2

    def feed(self, chunk: Audio) -> np.ndarray:
        """Take the next piece, of any length; how likely somebody speaks in each 32 ms that is now whole, 0 to 1."""
        samples = self._upwards.resample_chunk(chunk.samples) if self._upwards else chunk.samples
        self._waiting = np.concatenate([self._waiting, samples])
        count = (len(self._waiting) - CONTEXT) // FRAME
        if not count:
            return np.zeros(0, np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(self._waiting, CONTEXT + FRAME)[: count * FRAME : FRAME]
        self._waiting = self._waiting[count * FRAME :]
        hidden, cell = self._memory
        told = get_vad_model().session.run(None, {"input": np.ascontiguousarray(frames), "h": hidden, "c": cell})
        self._memory = told[1:]
        return told[0].reshape(-1)


def find_speech(audio: Audio) -> list[Stretch]:
    """The stretches of speech, at most 15 s each: cut at pauses, long pauses left out, a margin kept."""
    probabilities = speech_probabilities(audio)
    speaking = np.flatnonzero(probabilities >= SPEAKING)
    if not len(speaking):
        return []
    breaks = np.flatnonzero(np.diff(speaking) * FRAME_SECONDS > DROPPED_PAUSE_SECONDS)
    stretches = []
    for run in np.split(speaking, breaks + 1):
        cuts = _cuts(probabilities, run[0], run[-1] + 1)
        times = [float(cut * FRAME_SECONDS) for cut in cuts]
        times[0] = max(0.0, times[0] - MARGIN_SECONDS)
        times[-1] = min(audio.seconds, times[-1] + MARGIN_SECONDS)
        for place in range(len(cuts) - 1):
            sure = probabilities[cuts[place] : cuts[place + 1]] >= SURELY
            stretches.append(Stretch(times[place], times[place + 1], float(np.sum(sure)) * FRAME_SECONDS))
    return stretches


def is_speech(audio: Audio) -> bool:
    """Whether somebody surely speaks. Tunes come near it for a moment; a short word lasts longer."""
    return sum(stretch.voiced for stretch in find_speech(audio)) >= SURELY_SPEECH_SECONDS


def _cuts(probabilities: np.ndarray, first: int, last: int) -> list[int]:
    """Where to cut the speech of frames [first, last), both ends included, so that no piece is too long."""
    cuts = [first]
    longest, shortest = int(LONGEST_SECONDS / FRAME_SECONDS), int(SHORTEST_SECONDS / FRAME_SECONDS)
    while last - cuts[-1] > longest:
        earliest, latest = cuts[-1] + shortest, min(cuts[-1] + longest, last - shortest)
        cuts.append(earliest + _widest_pause(probabilities[earliest:latest]))
    return [*cuts, last]


def _widest_pause(probabilities: np.ndarray) -> int:
    """The middle of the quietest half second."""
    width = min(len(probabilities), int(0.5 / FRAME_SECONDS))
    mean = np.convolve(probabilities, np.ones(width) / width, mode="valid")
    return int(np.argmin(mean)) + width // 2


class Ear:
    """Follows a stream: how long it is, and when somebody was last heard in it. Not shared between threads.

    `seconds` of sound so far. `spoke_until`: the end of the last speech in seconds from the start; None until somebody
    surely has spoken. Frames are judged as they would be in the whole of the sound.
    """

    def __init__(self):
        self.seconds = 0.0
        self.spoke_until: float | None = None
        self._sure = 0.0
        self._watch: SpeechWatch | None = None
        self._judged = 0  # frames

    @property
    def quiet(self) -> float:
        """Seconds since somebody was last heard, or since the start."""
        return self.seconds - (self.spoke_until or 0.0)

    def hear(self, chunk: Audio) -> None:
        """Take the next piece of mono audio, any length, one rate throughout."""
        self.seconds += chunk.seconds
        self._watch = self._watch or SpeechWatch(chunk.rate)
        probabilities = self._watch.feed(chunk)
        self._sure += float(np.sum(probabilities >= SURELY)) * FRAME_SECONDS
        speaking = np.flatnonzero(probabilities >= SPEAKING)
        if len(speaking) and self._sure >= SURELY_SPEECH_SECONDS:
            self.spoke_until = min(self.seconds, (self._judged + int(speaking[-1]) + 1) * FRAME_SECONDS)
        self._judged += len(probabilities)
