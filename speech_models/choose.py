"""Which engine a service uses: the one it names, or with `auto` the best that is installed."""

from pathlib import Path

from speech_models.cached import Cached
from speech_models.catalogue import weights_folder
from speech_models.first_that_works import FirstSpeaker, first_that_works
from speech_models.recogniser import Recogniser, RecogniserUnavailable
from speech_models.speaker import Speaker


def choose_recogniser(name: str = "auto", *, calls: int = 1) -> Recogniser:
    """The recogniser a setting names: whisper, vosk, scripted, or auto (an installed Vosk model, else Whisper).

    `calls` is how many recordings are transcribed at once. Raises RecogniserUnavailable for vosk without a model and
    ValueError for another name. Engines are imported only when chosen.
    """
    if name == "auto":
        return first_that_works([*_installed_vosk(), _whisper(calls)])
    if name == "whisper":
        return _whisper(calls)
    if name == "vosk":
        if found := _installed_vosk():
            return found[0]
        raise RecogniserUnavailable(
            "No Vosk model is installed; run: python -m speech_models.install vosk-model-small-cn-0.22"
        )
    if name == "scripted":
        from speech_models.scripted import Scripted

        return Scripted()
    raise ValueError(f"There is no recogniser named {name!r}; the names are auto, whisper, vosk and scripted.")


def choose_speaker(name: str = "auto", *, cache: Path) -> Speaker:
    """The voice a setting names: kokoro, gtts, tones, or auto (Kokoro; gTTS only where Kokoro cannot speak).

    What a voice has said is kept in the folder `cache`. Raises ValueError for another name. Engines are imported only
    when chosen.
    """
    if name == "auto":
        return FirstSpeaker([choose_speaker("kokoro", cache=cache), choose_speaker("gtts", cache=cache)])
    if name == "kokoro":
        from speech_models.kokoro import Kokoro

        return Cached(Kokoro(), cache)
    if name == "gtts":
        from speech_models.gtts import Gtts

        return Cached(Gtts(), cache)
    if name == "tones":
        from speech_models.tones import Tones

        return Tones()
    raise ValueError(f"There is no speaker named {name!r}; the names are auto, kokoro, gtts and tones.")


def _whisper(calls: int) -> Recogniser:
    from speech_models.whisper import Whisper

    return Whisper(calls=calls)


def _installed_vosk() -> list[Recogniser]:
    """The installed Vosk models for Mandarin, the most accurate (not `small`) first."""
    folders = sorted(
        weights_folder().glob("vosk-model-*cn*/"), key=lambda folder: ("small" in folder.name, folder.name)
    )
    if not folders:
        return []
    from speech_models.vosk import Vosk

    return [Vosk(folder) for folder in folders]
