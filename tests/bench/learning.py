"""Bench of learning: `python -m tests.bench.learning MANIFEST.tsv [--engine NAME] [--limit N]`.

MANIFEST.tsv has the columns audio, language, speaker and transcript. Every speaker stands for a village. Each file is
transcribed once through the worker's own code path; what was said is what an operator would type. The first half of
each speaker's recordings are corrected and learnt from, as the nightly run does it; the second half is measured before
and after. One line of JSON to stdout:

`in_order`: the halves as the manifest has them, so what comes later may be about other things; `mixed`: the halves
drawn evenly from the whole, so words come again as they do in a village. Of each: all speakers and the larger ones by
name, error in characters and in toneless syllables before and after, and how many lessons were proposed and switched
on.
`first_50_next_50`: the same for every speaker with 100 recordings, learning from nothing but that speaker's first 50.
"""

import argparse
import csv
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from app.services.learning import study, with_everybodys
from app.services.transcription import recognise
from speech_models.alignment import Errors, errors
from speech_models.choose import choose_recogniser
from speech_models.correction import Corrector
from speech_models.lessons import UNKNOWN, Correction, knowledge
from tests.bench.speech import read_file

DIALECTS = {"yue": "cantonese", "wuu": "wu", "sichuanese": "sichuan", "nan": "hokkien"}  # languages of the manifest
FEWEST = 20  # recordings of a speaker who is named
FIRST, NEXT = 50, 50

Halves = list[tuple[list[Correction], list[Correction]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    parser.add_argument("--limit", type=int, help="at most N files of each speaker")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    speakers = corrections(options.manifest, options.engine, options.limit)
    print(json.dumps(measure(speakers), ensure_ascii=False))


def corrections(manifest: Path, engine: str, limit: int | None) -> dict[str, list[Correction]]:
    """Each speaker's recordings as the engine hears them, with what was said."""
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    of: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        of[row["speaker"]].append(row)
    chosen = [row for mine in of.values() for row in mine[:limit]]
    recogniser = choose_recogniser(engine, calls=1)
    speakers: dict[str, list[Correction]] = defaultdict(list)
    for done, row in enumerate(chosen, start=1):
        heard = recognise(recogniser, read_file(manifest.parent / row["audio"]), knowledge=None)
        dialect = DIALECTS.get(row["language"], UNKNOWN)
        speakers[row["speaker"]].append(Correction(row["audio"], heard, row["transcript"], row["speaker"], dialect))
        if done % 50 == 0 or done == len(chosen):
            print(f"{done} of {len(chosen)} files", file=sys.stderr, flush=True)
    return speakers


def measure(speakers: dict[str, list[Correction]]) -> dict:
    """Every figure of the bench."""
    in_order = [_halves(mine) for mine in speakers.values() if len(mine) > 1]
    mixed = [_halves(sorted(mine, key=_drawn)) for mine in speakers.values() if len(mine) > 1]
    large = {name: mine for name, mine in speakers.items() if len(mine) >= FIRST + NEXT}
    fifties = {name: [(mine[:FIRST], mine[FIRST : FIRST + NEXT])] for name, mine in large.items()}
    return {
        "speakers": len(speakers),
        "in_order": learnt(in_order),
        "mixed": learnt(mixed),
        "first_50_next_50": {name: learnt(halves)["all"] for name, halves in fifties.items()},
    }


def learnt(halves: Halves) -> dict:
    """Learn from the first halves, measure on the second."""
    first, second = [one for mine, _ in halves for one in mine], [one for _, mine in halves for one in mine]
    found = study(first, ())
    good = [lesson for lesson in found.lessons if lesson.key in found.good]
    before, after = _corrected(second, []), _corrected(second, good)
    names = [mine[0].village for _, mine in halves if len(mine) * 2 >= FEWEST]
    groups = {"all": lambda one: True} | {name: _is_from(name) for name in names}
    figures = {name: _figures(second, before, after, of) for name, of in groups.items()}
    figures["all"] |= {"corrections": len(first), "proposed": len(found.lessons), "on": len(good)}
    return figures


def _corrected(second: Sequence[Correction], lessons: list) -> list[Errors]:
    correctors: dict[tuple[str, str], Corrector] = {}
    found = []
    for one in second:
        place = (one.village, one.dialect)
        if place not in correctors:
            correctors[place] = Corrector(with_everybodys(knowledge(lessons, *place)))
        found.append(errors(correctors[place].correct(one.heard).text, one.meant))
    return found


def _figures(
    second: Sequence[Correction], before: list[Errors], after: list[Errors], of: Callable[[Correction], bool]
) -> dict:
    mine = [place for place, one in enumerate(second) if of(one)]
    was, now = (sum((found[place] for place in mine), Errors()) for found in (before, after))
    return {
        "utterances": len(mine),
        "cer_before": round(was.cer, 4),
        "cer_after": round(now.cer, 4),
        "per_before": round(was.per, 4),
        "per_after": round(now.per, 4),
    }


def _halves(mine: Sequence[Correction]) -> tuple[list[Correction], list[Correction]]:
    middle = (len(mine) + 1) // 2
    return list(mine[:middle]), list(mine[middle:])


def _drawn(one: Correction) -> int:
    """A place that has nothing to do with the order, the same in every run."""
    return zlib.crc32(f"drawn {one.call}".encode())


def _is_from(name: str) -> Callable[[Correction], bool]:
    return lambda one: one.village == name


if __name__ == "__main__":
    main()
