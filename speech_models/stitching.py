"""Stitching: transcripts of parts that follow each other, made into one."""

from collections.abc import Sequence

from speech_models.transcript import Transcript

ALTERNATIVES = 4


def stitched(parts: Sequence[Transcript], engine: str) -> Transcript:
    """One transcript of several parts, whose times all count from the start of the same audio.

    Another reading of the whole is the best of every part, with the next best of one part in its place.
    """
    parts = [part for part in parts if part.words]
    words = tuple(word for part in parts for word in part.words)
    if not words:
        return Transcript(engine=engine)
    ranked = sorted(
        (rank, place, other) for place, part in enumerate(parts) for rank, other in enumerate(part.alternatives)
    )
    best = [part.text for part in parts]
    wholes = ("".join([*best[:place], other, *best[place + 1 :]]) for _, place, other in ranked)
    confidence = sum(word.confidence for word in words) / len(words)
    return Transcript(words, tuple(dict.fromkeys(wholes))[:ALTERNATIVES], engine, round(confidence, 3))
