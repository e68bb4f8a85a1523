"""A corrector for tests of learning: it puts in every known phrase that sounds like what was heard, nothing else."""

from dataclasses import replace

from pypinyin import lazy_pinyin

from speech_models.correction import Knowledge
from speech_models.transcript import Transcript, Word


def heard(text: str, confidence: float = 0.4) -> Transcript:
    """A transcript of one word a character."""
    words = tuple(Word(sign, i * 0.2, i * 0.2 + 0.2, confidence) for i, sign in enumerate(text))
    return Transcript(words, (), "told", confidence)


class BySound:
    """Stands in for speech_models.correction.Corrector, with no language model."""

    def __init__(self, knowledge: Knowledge):
        self._phrases = [(phrase, lazy_pinyin(phrase)) for phrase in knowledge.phrases]
        self._confusions = knowledge.confusions

    def correct(self, transcript: Transcript) -> Transcript:
        words = list(transcript.words)
        sounds = lazy_pinyin(transcript.text)
        for phrase, wanted in self._phrases:
            for at in range(len(words) - len(phrase) + 1):
                if all(map(self._like, sounds[at : at + len(phrase)], wanted)):
                    for place, sign in enumerate(phrase, start=at):
                        if words[place].text != sign:
                            words[place] = replace(words[place], text=sign, heard=transcript.words[place].text)
        return replace(transcript, words=tuple(words))

    def _like(self, said: str, meant: str) -> bool:
        return said == meant or (said, meant) in self._confusions
