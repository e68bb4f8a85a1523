"""Vosk's decoders: one for each stream, kept for the next one, because a used decoder is much faster than a new one.

A model with a dynamic graph puts its words and its grammar together as it needs them, which is most of the work of
decoding, and each decoder does so for itself. What a decoder has put together it keeps: measured on the Korean model,
the first 20 s of speech cost 0.27 CPU-seconds a second, and from then on 0.16, also on what it never heard before.
"""

import threading

import vosk

from speech_models.audio import Audio, silence, to_pcm16

READINGS = 50
# A decoder that has heard 20 s holds about 70 MB, after a minute about 120 MB, and more as it hears more.
KEPT = 16
RETIRED_AFTER_SECONDS = 300.0
LEFT_OVER_SECONDS = 0.1

vosk.SetLogLevel(-1)


class Decoder:
    """What decodes one stream, one utterance after another, at one sample rate; with a grammar, its phrases only.

    The times in its results count from the first sound it ever heard, `heard` seconds ago. Not shared between threads.
    """

    def __init__(self, model: vosk.Model, rate: int, grammar: str | None):
        self.rate, self.grammar, self.heard = rate, grammar, 0.0
        self._recognizer = vosk.KaldiRecognizer(model, rate, *([grammar] if grammar else []))
        self._recognizer.SetWords(True)
        self._recognizer.SetMaxAlternatives(READINGS)

    def hear(self, sound: Audio) -> bool:
        """Decode the next piece, at this decoder's rate; True at a pause that ends the utterance."""
        self.heard += sound.seconds
        return bool(self._recognizer.AcceptWaveform(to_pcm16(sound)))

    def partial(self) -> str:
        """Vosk's JSON of what it has heard so far."""
        return self._recognizer.PartialResult()

    def result(self) -> str:
        """Vosk's JSON of the utterance, which ends here; the next one may follow from the same person."""
        return self._recognizer.Result()

    def last_result(self) -> str:
        """Vosk's JSON of the utterance, to the very end of the sound."""
        return self._recognizer.FinalResult()

    def forget(self) -> None:
        """Forget the voice, and be ready for another stream. (Only what ends an utterance under way clears all.)"""
        self.hear(silence(LEFT_OVER_SECONDS, self.rate))
        self._recognizer.FinalResult()


class Decoders:
    """The decoders of one model: those at rest wait here for the next stream. Shared by threads."""

    def __init__(self, model: vosk.Model):
        self._model = model
        self._at_rest: list[Decoder] = []
        self._changing = threading.Lock()

    def take(self, rate: int, grammar: str | None) -> Decoder:
        """A decoder for a stream; the one of this rate and grammar that rested last, or a new one."""
        with self._changing:
            for place in range(len(self._at_rest) - 1, -1, -1):
                if (self._at_rest[place].rate, self._at_rest[place].grammar) == (rate, grammar):
                    return self._at_rest.pop(place)
        return Decoder(self._model, rate, grammar)

    def give_back(self, decoder: Decoder) -> None:
        """Put a decoder to rest after its stream; one that has grown too large goes, or the one that rested longest."""
        if decoder.heard > RETIRED_AFTER_SECONDS:
            return
        decoder.forget()
        with self._changing:
            self._at_rest.append(decoder)
            del self._at_rest[:-KEPT]
