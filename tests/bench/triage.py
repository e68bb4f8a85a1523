"""How well matters are sorted: python -m tests.bench.triage TRAIN.tsv TEST.tsv (columns label, subject, detail).

Prints one JSON line: macro-F1 over the labels of TEST, by the number of labels learnt from ("0": day one).
"""

import argparse
import csv
import json
import random
import sys
import time
from pathlib import Path

from sklearn.metrics import f1_score

from app.services.sorting.classifier import Sorter
from app.services.sorting.ngrams import Document, misheard
from app.services.sorting.training import fit

SIZES = (0, 100, 500, None)
_NOISE, _SEED = 0.2, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--seed", type=int, default=_SEED, help="which labels are learnt from, and the noise")
    asked = parser.parse_args()
    print(json.dumps(measure(read(asked.train), read(asked.test), asked.seed), ensure_ascii=False))


def read(path: Path) -> list[tuple[str, Document]]:
    """The labels and documents of a tab-separated file with these columns, others ignored."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["label"], Document(row["subject"], row["detail"] or "")) for row in rows]


def measure(train: list[tuple[str, Document]], test: list[tuple[str, Document]], seed: int) -> dict:
    """Learn from 0, 100, 500 and all labels of `train`; sort `test` whole, by its subjects, and by mis-heard ones."""
    rng = random.Random(seed)
    shuffled = rng.sample(train, len(train))
    subjects = [Document(document.subject) for _, document in test]
    views = {
        "full": [document for _, document in test],
        "subject": subjects,
        "noisy_subject": [Document(misheard(document.subject, _NOISE, rng)) for document in subjects],
    }
    truth = [label for label, _ in test]
    found: dict = {view: {} for view in views}
    for size in SIZES:
        began = time.perf_counter()
        part = shuffled[:size]
        sorter = Sorter(fit([document for _, document in part], [label for label, _ in part])) if part else Sorter()
        learnt = time.perf_counter()
        for view, documents in views.items():
            tops = [sorter.sort(document).top for document in documents]
            score = f1_score(truth, tops, labels=sorted(set(truth)), average="macro", zero_division=0)
            found[view]["all" if size is None else str(size)] = round(float(score), 4)
    sorted_in = time.perf_counter() - learnt
    return found | {
        "ms_per_text": round(1000 * sorted_in / (len(views) * len(test)), 2),
        "train_s": round(learnt - began, 1),
    }


if __name__ == "__main__":
    main()
