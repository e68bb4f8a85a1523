"""The first engine that works: the next recogniser or voice when one is not installed or fails."""

import logging
from collections.abc import Sequence

from speech_models.audio import Audio
from speech_models.growing import Growing
from speech_models.recogniser import Recogniser, RecogniserFailed, RecogniserUnavailable
from speech_models.speaker import CannotSpeak, Speaker
from speech_models.transcript import Transcript

log = logging.getLogger(__name__)


class FirstRecogniser:
    """Asks the engines in order until one answers. An engine that is not installed, or fails, is passed over."""

    def __init__(self, recognisers: Sequence[Recogniser]):
        if not recognisers:
            raise ValueError("There must be at least one recogniser.")
        self._recognisers = tuple(recognisers)

    @property
    def name(self) -> str:
        return self._recognisers[0].name

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """The first answer; raises RecogniserUnavailable (RecogniserFailed where an engine was there and failed), with
        every engine's reason, when there is none."""
        reasons, failure = [], None
        for recogniser in self._recognisers:
            try:
                return recogniser.transcribe(audio, hints)
            except RecogniserUnavailable as error:
                log.warning("recogniser %s is not available: %s", recogniser.name, error)
                reasons.append(str(error))
            except Exception as error:  # an engine's own failure must not lose the recording
                log.exception("recogniser %s failed on %.1f s of sound", recogniser.name, audio.seconds)
                reasons.append(f"{recogniser.name} failed: {error}")
                failure = error
        if failure is not None:
            raise RecogniserFailed(" ".join(reasons)) from failure
        raise RecogniserUnavailable(" ".join(reasons))

    def listen(self, hints: Sequence[str] = ()):
        """Listen with the first engine that can; with none of them, what grows is given to `transcribe`."""
        for recogniser in self._recognisers:
            try:
                return recogniser.listen(hints)
            except RecogniserUnavailable as error:
                log.warning("recogniser %s is not available: %s", recogniser.name, error)
        return Growing(self, hints)


class FirstSpeaker:
    """Asks the voices in order until one speaks."""

    def __init__(self, speakers: Sequence[Speaker]):
        if not speakers:
            raise ValueError("There must be at least one speaker.")
        self._speakers = tuple(speakers)

    @property
    def name(self) -> str:
        return self._speakers[0].name

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """The first sound; raises CannotSpeak, with every voice's reason, when there is none."""
        reasons, ours = [], False
        for speaker in self._speakers:
            try:
                return speaker.say(text, speed)
            except CannotSpeak as error:
                log.warning("speaker %s cannot speak: %s", speaker.name, error)
                reasons.append(str(error))
                ours = ours or error.ours
        raise CannotSpeak(" ".join(reasons), ours=ours)


def first_that_works(recognisers: Sequence[Recogniser]) -> Recogniser:
    """One recogniser that uses the first of these that works, sound by sound."""
    return recognisers[0] if len(recognisers) == 1 else FirstRecogniser(recognisers)
