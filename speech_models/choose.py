"""Which engine a service uses: the one it names, or with `auto` the best that is installed."""

from pathlib import Path

from speech_models.recogniser import Recogniser
from speech_models.speaker import Speaker


def choose_recogniser(name: str, *, calls: int) -> Recogniser:
    """`auto`: an installed Vosk model for Mandarin, else Whisper. `calls`: recordings transcribed at the same time."""
    from speech_models.whisper import Whisper

    return Whisper(calls)


def choose_speaker(name: str, *, cache: Path) -> Speaker:
    """`auto`: Kokoro, else gTTS where it answers. What was spoken once is kept in the folder `cache`."""
    from speech_models.kokoro import Kokoro

    return Kokoro()
