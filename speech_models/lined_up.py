"""Lined up: whole readings of one sound, made into what else may have been said at each place of the best of them."""

import math
from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

Other = tuple[str, float]
LEAST = 0.002


def others_at(best: str, readings: Sequence[tuple[str, float]]) -> list[tuple[Other, ...]]:
    """For each character of the best reading: the other characters at its place and how likely each is, 0 to 1.

    `readings` are all readings, the best among them, with the natural logarithms of how likely the engine finds them.
    Readings that have more or fewer characters at a place say nothing there but that the best is in doubt.
    """
    highest = max((score for _, score in readings), default=0.0)
    at: list[dict[str, float]] = [defaultdict(float) for _ in best]
    total = 0.0
    for text, score in readings:
        weight = math.exp(score - highest)
        total += weight
        for step in Levenshtein.opcodes(best, text):
            if step.tag == "replace" and step.src_end - step.src_start == step.dest_end - step.dest_start:
                for offset in range(step.src_end - step.src_start):
                    at[step.src_start + offset][text[step.dest_start + offset]] += weight
    return [
        tuple((sign, round(weight / total, 3)) for sign, weight in sorted(place.items()) if weight >= LEAST * total)
        for place in at
    ]
