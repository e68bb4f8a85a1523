"""How surely danger is heard: python -m tests.bench.danger [FILE.tsv] (columns danger, said; danger empty: ordinary).

Prints one JSON line: recall and false alarms, as said and with a tenth and a fifth of the characters mis-heard.
"""

import argparse
import csv
import json
import random
from pathlib import Path

from app.services.sorting.ngrams import misheard
from ivr.understand import emergency

_LIST = Path(__file__).with_name("danger.tsv")
_SHARES = (0.0, 0.1, 0.2)
_TIMES = 5  # a sentence is mis-heard in so many ways


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=_LIST)
    parser.add_argument("--show", action="store_true", help="print what was missed, and every false alarm")
    asked = parser.parse_args()
    with asked.file.open(encoding="utf-8", newline="") as file:
        rows = [(row["danger"], row["said"]) for row in csv.DictReader(file, delimiter="\t")]
    if asked.show:
        for kind, said in rows:
            found = emergency(said)
            if bool(kind) is not bool(found):
                print(f"{kind or 'ordinary'}: {said} -> {found.word if found else 'nothing'}")
    print(json.dumps(measure(rows)))


def measure(rows: list[tuple[str, str]]) -> dict:
    """Recall and the share of false alarms, by the share of characters mis-heard."""
    rng = random.Random(1)
    found: dict = {}
    for share in _SHARES:
        times = _TIMES if share else 1
        rings = {kind: [] for kind in (True, False)}
        for kind, said in rows:
            for _ in range(times):
                rings[bool(kind)].append(emergency(misheard(said, share, rng)) is not None)
        found[str(share)] = {
            "recall": round(sum(rings[True]) / len(rings[True]), 3),
            "false_alarms": round(sum(rings[False]) / len(rings[False]), 3),
        }
    return found | {"dangers": sum(bool(kind) for kind, _ in rows), "ordinary": sum(not kind for kind, _ in rows)}


if __name__ == "__main__":
    main()
