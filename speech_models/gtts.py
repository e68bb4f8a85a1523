"""gTTS: Google's voice where Google can be reached; never waited for.

The text leaves the building, and gTTS does not check the server's certificate: for fixed prompts only, never for what
a caller said. Mainland China cannot reach Google, so a short time-out and a circuit breaker stand before every try.
"""

import io
import time

import gtts
import pybreaker

from speech_models.audio import Audio, BadSound, normalise_level, read_sound
from speech_models.reading import read_aloud
from speech_models.speaker import CannotSpeak

LEVEL_DBFS = -20.0


class Gtts:
    """Google's Mandarin voice. After two failures in a row it answers at once for ten minutes, without trying."""

    name = "gtts-zh-CN"

    def __init__(self, seconds: float = 4.0, failures: int = 2, pause_seconds: float = 600.0):
        """`seconds` is the longest wait for a connection, for an answer, and before the next part of a long text."""
        self._seconds = seconds
        self._breaker = pybreaker.CircuitBreaker(fail_max=failures, reset_timeout=pause_seconds)

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """Speak Chinese text: mono at Google's rate (24 kHz), about -20 dBFS RMS. Google knows two speeds: below 0.8
        is slow, all else normal. Raises CannotSpeak, at once while the breaker is open."""
        spoken = read_aloud(text).strip()
        if not any(character.isalnum() for character in spoken):
            raise CannotSpeak("There is nothing in this text that can be spoken.")
        try:
            audio = self._breaker.call(self._fetch, spoken, speed < 0.8)
        except pybreaker.CircuitBreakerError as error:
            raise CannotSpeak("Google's voice did not answer lately; it is not tried again for a while.") from error
        except (gtts.gTTSError, BadSound, OSError, ValueError, AssertionError) as error:
            raise CannotSpeak(f"Google's voice cannot be used now: {error}") from error
        return normalise_level(audio, LEVEL_DBFS)

    def _fetch(self, text: str, slow: bool) -> Audio:
        deadline = time.monotonic() + self._seconds
        mp3 = io.BytesIO()
        request = gtts.gTTS(text, lang="zh-CN", slow=slow, lang_check=False, timeout=self._seconds)
        for part in request.stream():
            mp3.write(part)
            if time.monotonic() > deadline:
                raise TimeoutError("it answers too slowly.")
        return read_sound(mp3.getvalue())
