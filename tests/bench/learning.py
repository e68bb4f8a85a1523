"""Bench of learning: `python -m tests.bench.learning MANIFEST.tsv [--engine NAME] [--limit N]`.

MANIFEST.tsv has the columns audio, language, speaker and transcript. Every speaker stands for a village. Each file is
transcribed once through the worker's own code path; what was said is what an operator would type. The first half of
each speaker's recordings are corrected and learnt from, as the nightly run does it; the second half is measured before
and after. One line of JSON to stdout:

`in_order`: the halves as the manifest has them, so what comes later may be about other things; `mixed`: the halves
drawn evenly from the whole, so words come again as they do in a village. Of each: all speakers and the larger ones by
name, error in characters and in toneless syllables before and after, and how many lessons were proposed and switched
on.
`first_50_next_50`: for every speaker with 100 recordings, of each 100 in a row one half is learnt from and nothing
else, the other measured; in order and mixed, all such hundreds of a speaker together.
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

from app.services.conversation.transcription import recognise
from app.services.learning.lessons import study, with_everybodys
from speech_models.alignment import Errors, errors
from speech_models.choose import choose_recogniser
from speech_models.correction import Corrector
from speech_models.lessons import UNKNOWN, Correction, knowledge
from tests.bench.speech import read_file

DIALECTS = {"yue": "cantonese", "wuu": "wu", "sichuanese": "sichuan", "nan": "hokkien"}  # languages of the manifest
FEWEST = 20  # recordings of a speaker who is named
FIFTY = 50

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
    large = {name: _hundreds(mine) for name, mine in speakers.items() if len(mine) >= 2 * FIFTY}
    return {
        "speakers": len(speakers),
        "in_order": learnt(in_order),
        "mixed": learnt(mixed),
        "first_50_next_50": {
            name: {
                "in_order": one_by_one([_halves(hundred) for hundred in hundreds]),
                "mixed": one_by_one([_halves(sorted(hundred, key=_drawn)) for hundred in hundreds]),
            }
            for name, hundreds in large.items()
        },
    }


def learnt(halves: Halves) -> dict:
    """Learn from all first halves, measure on the second."""
    first, second = [one for mine, _ in halves for one in mine], [one for _, mine in halves for one in mine]
    before, after, counts = _taught(first, second)
    names = [mine[0].village for _, mine in halves if len(mine) * 2 >= FEWEST]
    groups = {"all": lambda one: True} | {name: _is_from(name) for name in names}
    figures = {name: _figures(second, before, after, of) for name, of in groups.items()}
    figures["all"] |= {"corrections": len(first), "proposed": counts[0], "on": counts[1]}
    return figures


def one_by_one(halves: Halves) -> dict:
    """Learn from each first half for its own second half only; all measured together."""
    second = [one for _, mine in halves for one in mine]
    taught = [_taught(first, mine) for first, mine in halves]
    before, after = ([found for each in taught for found in each[which]] for which in (0, 1))
    proposed, on = (sum(each[2][which] for each in taught) for which in (0, 1))
    return _figures(second, before, after, lambda one: True) | {"proposed": proposed, "on": on}


def _taught(
    first: Sequence[Correction], second: Sequence[Correction]
) -> tuple[list[Errors], list[Errors], tuple[int, int]]:
    """What is wrong in the second part before and after learning from the first; lessons proposed and switched on."""
    found = study(first, ())
    good = [lesson for lesson in found.lessons if lesson.key in found.good]
    return _corrected(second, []), _corrected(second, good), (len(found.lessons), len(good))


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


def _hundreds(mine: Sequence[Correction]) -> list[Sequence[Correction]]:
    return [mine[start : start + 2 * FIFTY] for start in range(0, len(mine) - 2 * FIFTY + 1, 2 * FIFTY)]


def _drawn(one: Correction) -> int:
    """A place that has nothing to do with the order, the same in every run."""
    return zlib.crc32(f"drawn {one.call}".encode())


def _is_from(name: str) -> Callable[[Correction], bool]:
    return lambda one: one.village == name


if __name__ == "__main__":
    main()
