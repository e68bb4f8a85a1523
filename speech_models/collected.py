"""Collected: listening for engines that need the whole of a sound before they say anything."""

from collections.abc import Sequence

from speech_models.audio import Audio, joined
from speech_models.recogniser import Final, Recogniser
from speech_models.transcript import Transcript


class Collected:
    """A stream that is transcribed as a whole when it ends. Not shared between threads."""

    def __init__(self, recogniser: Recogniser, hints: Sequence[str]):
        self._recogniser, self._hints = recogniser, hints
        self._chunks: list[Audio] = []

    def feed(self, chunk: Audio) -> None:
        self._chunks.append(chunk)

    def finish(self) -> Final:
        chunks, self._chunks = self._chunks, []
        if not chunks:
            return Final(Transcript(engine=self._recogniser.name))
        return Final(self._recogniser.transcribe(joined(chunks), self._hints))
