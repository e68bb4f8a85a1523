"""Which engine a service uses: the one it names, or with `auto` the best that is installed."""

import threading
from collections.abc import Callable
from pathlib import Path

from speech_models.cached import Cached
from speech_models.catalogue import Model, read_catalogue, weights_folder
from speech_models.first_that_works import FirstSpeaker, first_that_works
from speech_models.recogniser import Recogniser, RecogniserUnavailable
from speech_models.speaker import Speaker

MANDARIN = "mandarin"
VOSK = "vosk-model-"  # how the names of Vosk's models begin
# What SenseVoice is told about a dialect; it finds out for itself about the others.
SENSE_VOICE, LANGUAGES = "sense-voice", {MANDARIN: "zh", "cantonese": "yue"}


class Recognisers:
    """The recognisers of a service: the best one for each dialect, every engine made once. Shared by threads.

    `name` is what a setting names: whisper, vosk, scripted, a sherpa-onnx model of the catalogue, or auto. `calls` is
    how many recordings are transcribed at once. Engines are imported only when chosen.
    """

    def __init__(self, name: str = "auto", *, calls: int = 1):
        self._name, self._calls = name, calls
        self._choosing = threading.Lock()
        self._chosen: dict[str, Recogniser] = {}
        self._made: dict[tuple[str, str], Recogniser] = {}

    def recogniser_for(self, dialect: str) -> Recogniser:
        """The recogniser for callers of a dialect, by its name in models.toml; an unknown one is as Mandarin.

        With auto: the installed models that the catalogue lists for the dialect, in its order; behind them those for
        Mandarin, and Whisper. Raises RecogniserUnavailable for an engine without a model and ValueError for an unknown
        name.
        """
        with self._choosing:
            if dialect not in self._chosen:
                self._chosen[dialect] = first_that_works(self._engines(dialect))
            return self._chosen[dialect]

    def _engines(self, dialect: str) -> list[Recogniser]:
        if self._name == "auto":
            listed = dict.fromkeys([*self._listed_for(dialect), *self._listed_for(MANDARIN)])
            return [*listed, self._whisper()]
        if self._name == "whisper":
            return [self._whisper()]
        if self._name == "vosk":
            if found := self._vosk():
                return found[:1]
            raise RecogniserUnavailable(
                "No Vosk model is installed; run: python -m speech_models.install vosk-model-small-cn-0.22"
            )
        if self._name == "scripted":
            from speech_models.scripted import Scripted

            return [self._once("scripted", Scripted)]
        model = read_catalogue().get(self._name)
        if model and model.dialects and not model.name.startswith(VOSK):
            return [self._sherpa(model, dialect)]
        raise ValueError(
            f"There is no recogniser named {self._name!r}; the names are auto, whisper, vosk and scripted, or of a "
            "sherpa-onnx model in the catalogue."
        )

    def _once(self, name: str, make: Callable[[], Recogniser], language: str = "") -> Recogniser:
        return self._made.get((name, language)) or self._made.setdefault((name, language), make())

    def _whisper(self) -> Recogniser:
        from speech_models.whisper import Whisper

        return self._once("whisper", lambda: Whisper(calls=self._calls))

    def _vosk(self) -> list[Recogniser]:
        """The installed Vosk models for Mandarin, the most accurate (not `small`) first."""
        folders = sorted(
            weights_folder().glob(f"{VOSK}*cn*/"), key=lambda folder: ("small" in folder.name, folder.name)
        )
        if not folders:
            return []
        from speech_models.vosk import Vosk

        return [self._once(folder.name, lambda folder=folder: Vosk(folder)) for folder in folders]

    def _listed_for(self, dialect: str) -> list[Recogniser]:
        """The installed engines that the catalogue lists for a dialect, in its order; where it lists Vosk, every
        installed Vosk model."""
        engines: list[Recogniser] = []
        for model in read_catalogue().values():
            if dialect not in model.dialects:
                continue
            if model.name.startswith(VOSK):
                engines += self._vosk()
            elif not model.missing_parts():
                engines.append(self._sherpa(model, dialect))
        return engines

    def _sherpa(self, model: Model, dialect: str) -> Recogniser:
        from speech_models.sherpa import Sherpa

        language = LANGUAGES.get(dialect, "auto") if SENSE_VOICE in model.name else "auto"
        return self._once(model.name, lambda: Sherpa(model.folder, language), language)


def choose_recogniser(name: str = "auto", *, calls: int = 1) -> Recogniser:
    """The recogniser for Mandarin that a setting names; see Recognisers for the names and errors."""
    return Recognisers(name, calls=calls).recogniser_for(MANDARIN)


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
