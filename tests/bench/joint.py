"""Bench of the same matter: `python -m tests.bench.joint STREAM.tsv [--out FILE]`.

STREAM.tsv (columns msg_id, user, time, subject, detail) is read in time order through the product's own rules; nothing
later is looked at. FILE gets one JSON object: `groups` (lists of msg_id, single ones too) and `alarms` (the msg_id at
which it rang, matter, place). One line of JSON to stdout: counts, the alarms that ring when the same appeals come at
shuffled times (what rings then has no reason in time), seconds of CPU.
"""

import argparse
import csv
import json
import random
import time
from datetime import datetime
from pathlib import Path

from app.services.duplicates.bursts import burst
from app.services.duplicates.grouping import Matters, fits
from app.services.duplicates.similarity import name_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stream", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    appeals = read(options.stream)
    began = time.process_time()
    groups = grouped(appeals)
    alarms = rung(appeals, groups)
    spent = time.process_time() - began
    if options.out:
        told = {"groups": list(groups.members.values()), "alarms": alarms}
        options.out.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    sizes = [len(group) for group in groups.members.values()]
    print(
        json.dumps(
            {
                "appeals": len(appeals),
                "groups": len(sizes),
                "of_two_or_more": sum(size > 1 for size in sizes),
                "largest": max(sizes, default=0),
                "alarms": len(alarms),
                "alarms_at_shuffled_times": len(rung(shuffled(appeals), groups)),
                "cpu_s": round(spent, 1),
                "cpu_ms_per_appeal": round(1000 * spent / max(1, len(appeals)), 1),
            }
        )
    )


def read(path: Path) -> list[dict]:
    """The appeals in time order."""
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8", newline="") as file:
        appeals = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for appeal in appeals:
        appeal["at"] = datetime.fromisoformat(_iso(appeal["time"]))
    return sorted(appeals, key=lambda appeal: appeal["at"])


class Groups:
    """Who is in whose group: `lead_of` a msg_id, `members` of a lead."""

    def __init__(self):
        self.lead_of: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}

    def put(self, id: str, lead: str) -> None:
        self.lead_of[id] = lead
        self.members.setdefault(lead, []).append(id)


def grouped(appeals: list[dict]) -> Groups:
    """Each appeal joins the group it fits best, as if every proposal were accepted."""
    matters, groups = Matters(), Groups()
    for appeal in appeals:
        text = f"{appeal['subject']}。{appeal['detail']}"
        near = matters.add(appeal["msg_id"], text, appeal["at"], appeal["user"])
        found = fits(near, groups.lead_of.__getitem__, lambda lead: len(groups.members[lead]))
        groups.put(appeal["msg_id"], found[0].lead if found else appeal["msg_id"])
    return groups


def rung(appeals: list[dict], groups: Groups) -> list[dict]:
    """The alarms, one for each burst of a group."""
    heard: dict[str, list] = {}
    subjects = {appeal["msg_id"]: appeal["subject"] for appeal in appeals}
    alarms, last = [], {}
    for appeal in appeals:
        lead = groups.lead_of[appeal["msg_id"]]
        heard.setdefault(lead, []).append((appeal["at"], appeal["user"]))
        if burst(heard[lead], last.get(lead)):
            last[lead] = appeal["at"]
            place = name_of(subjects[lead]) or name_of(appeal["subject"])
            alarms.append({"msg_id": appeal["msg_id"], "matter": subjects[lead], "place": place})
    return alarms


def shuffled(appeals: list[dict]) -> list[dict]:
    """The same appeals with their moments dealt out anew, the same in every run."""
    moments = [appeal["at"] for appeal in appeals]
    random.Random(1).shuffle(moments)
    dealt = [appeal | {"at": at} for appeal, at in zip(appeals, moments, strict=True)]
    return sorted(dealt, key=lambda appeal: appeal["at"])


def _iso(moment: str) -> str:
    """2019/7/1 9:05:00 or 2019-07-01 09:05:00 as ISO 8601."""
    day, _, hour = moment.strip().replace("/", "-").partition(" ")
    return f"{'-'.join(part.zfill(2) for part in day.split('-'))} {hour.zfill(8) if hour else '00:00:00'}"


if __name__ == "__main__":
    main()
