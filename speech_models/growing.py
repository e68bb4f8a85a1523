"""Growing: listening for engines that want the whole of a sound. What grows is transcribed at the pauses."""

from collections.abc import Sequence
from dataclasses import replace

from speech_models.audio import Audio, joined
from speech_models.recogniser import Final, Partial, Recogniser
from speech_models.speech_detection import Ear
from speech_models.stitching import stitched
from speech_models.transcript import Transcript

# At a pause this long all that is open is transcribed, so that little or nothing is left to do at the end.
PAUSE_SECONDS = 0.5
# How much more speech makes a guess worth its time while she is still speaking.
GUESS_SECONDS = 2.0
# At a pause after this much, what was said so far is settled and not transcribed again.
SETTLED_SECONDS = 12.0


class Growing:
    """A stream transcribed by any Recogniser, again and again as it grows. Not shared between threads.

    The end of it is as good as a transcription of the whole: nothing is cut but at pauses, and no shorter than an
    engine needs to hear words in their context.
    """

    def __init__(self, recogniser: Recogniser, hints: Sequence[str]):
        self._recogniser, self._hints = recogniser, hints
        self._begin()

    def _begin(self) -> None:
        self._ear = Ear()
        self._open: list[Audio] = []
        self._open_from = 0.0
        self._settled: list[Transcript] = []
        self._latest = Transcript()  # of what is open
        self._read_until = 0.0  # how far the speech went that `_latest` holds
        self._is_guess = True  # whether `_latest` was made in the middle of speech, or not at all

    def feed(self, chunk: Audio, guess: bool = True) -> Partial | None:
        """Take the next piece. At a pause, and with `guess` also in the middle of speech, say what it is so far."""
        self._open.append(chunk)
        self._ear.hear(chunk)
        if self._ear.spoke_until is None:
            return None
        more = self._ear.spoke_until - self._read_until
        paused = self._ear.quiet >= PAUSE_SECONDS
        if not (paused and (more > 0 or self._is_guess)) and not (guess and more >= GUESS_SECONDS):
            return None
        self._read(settle=paused and self._ear.seconds - self._open_from >= SETTLED_SECONDS)
        self._is_guess = not paused
        return Partial(self._all().text)

    def finish(self) -> Final:
        """Everything that was said. At once, where she was silent since the last pause."""
        if self._open and (self._is_guess or (self._ear.spoke_until or 0.0) > self._read_until):
            self._read(settle=False)
        final = Final(self._all())
        self._begin()
        return final

    def _read(self, *, settle: bool) -> None:
        self._open = [joined(self._open)]
        found = _later(self._recogniser.transcribe(self._open[0], self._hints), self._open_from)
        self._latest, self._read_until = found, self._ear.spoke_until or 0.0
        if settle:
            self._settled.append(found)
            self._latest, self._open, self._open_from = Transcript(), [], self._ear.seconds

    def _all(self) -> Transcript:
        if not self._settled and self._latest.engine:
            return self._latest
        return stitched([*self._settled, self._latest], self._recogniser.name)


def _later(transcript: Transcript, seconds: float) -> Transcript:
    """The same transcript, begun so much later."""
    if not seconds:
        return transcript
    words = (
        replace(word, start=round(word.start + seconds, 2), end=round(word.end + seconds, 2))
        for word in transcript.words
    )
    return replace(transcript, words=tuple(words))
