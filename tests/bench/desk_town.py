"""A town with very many cases, written straight into the tables: the material of the desk's bench.

Texts are put together from the project's own words (app/data/seeds.yaml, the example villages). Half of the cases are
calls with a transcript, in which a tenth of the clauses is mis-heard. The newest fiftieth is open, the rest closed.
"""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import yaml

from app.models.case import OPEN_STATES
from app.services.cases.opening import with_check_digit
from app.services.search import index
from app.services.search.terms import of_department, of_number, of_phone, terms_of
from app.services.sorting.ngrams import misheard

DAYS = 3 * 365  # over which the cases came in
_DATA = Path(__file__).parents[2] / "app" / "data"
_BATCH = 5000
_WHAT = (
    "坏了",
    "没有人管",
    "三天了",
    "老是这样",
    "怎么办",
    "堵住了",
    "要修",
    "太贵",
    "不给办",
    "没有了",
    "漏水",
    "被占了",
)
_WHERE = ("村口", "桥头", "学校后面", "卫生室旁边", "老井边", "祠堂前", "晒谷场", "路边", "河坝上", "我家门前")
_ASKS = ("请派人来看看", "麻烦快一点", "问一下找哪个", "去年就说过了", "老人出门不方便", "一直没有人回话", "晚上看不见")
_CATEGORIES = ("供水", "供电", "道路", "环境卫生", "农业", "社会保障")

TABLES = {
    "callers": "id number dialect village_id texts_stopped created_at",
    "conversations": "id channel outgoing carrier_id caller_id case_id dialect started_at ended_at",
    "cases": "id number channel caller_id state urgent unclear text category topic ask village_id place proposal "
    "received_at returns reopens events_count events_head handled_by caller_spoke_at",
    "case_events": "id case_id number kind by data at previous_hash hash",
    "clocks": "case_id kind started_at sign_by answer_by signed_at stopped_at asked_days asked_why unknown done due_at",
    "assignments": "id case_id department_id lead at signed_at reported_at ended_at",
    "recordings": "id carrier_id conversation_id case_id turn seconds state key sha256 deleted_at_carrier made_at "
    "attempts due_at leased_until error failed",
    "transcripts": "id recording_id engine operator_id text confidence words alternatives at",
    "messages": "id outgoing caller_id case_id carrier_id body parts state sent_at at attempts due_at leased_until "
    "error failed",
    "search_entries": "id case_id terms",
}


@dataclass(frozen=True)
class Town:
    """What the rows are made from; everything in it can be sent to another process."""

    cases: int
    dialect: str
    end: datetime
    villages: tuple[tuple[str, str], ...]  # id, name
    departments: tuple[str, ...]
    operator: str


def rows(town: Town) -> Iterator[dict[str, list[tuple]]]:
    """All rows, some thousand cases at a time: table -> rows in the order of TABLES. Made in a process of their own."""
    work = [(town, start, min(start + _BATCH, town.cases)) for start in range(0, town.cases, _BATCH)]
    with get_context("spawn").Pool(1) as pool:
        yield from pool.imap(_some, work)


def words(rng: random.Random) -> str:
    """One thing that somebody speaks of, two to six characters; a few are on everybody's lips, most are rare."""
    return _things()[int(len(_things()) * rng.random() ** 3)]


def _some(work: tuple[Town, int, int]) -> dict[str, list[tuple]]:
    town, start, end = work
    found: dict[str, list[tuple]] = {name: [] for name in TABLES}
    for number in range(start, end):
        _Case(town, number).into(found)
    return found


class _Case:
    """One case and everything that hangs on it, as rows. Times are written as SQLite keeps them."""

    def __init__(self, town: Town, number: int):
        self.town, self.serial, self.rng = town, number, random.Random(number)
        self.id, self.call = self._id(), number % 2 == 0
        self.number = with_check_digit(str(1001 + number))
        self.received = town.end - timedelta(days=DAYS) * ((town.cases - number) / (town.cases + 1))
        self.open = number >= town.cases - max(town.cases // 50, 20)
        self.state = self.rng.choice(OPEN_STATES[:5]) if self.open else "closed"
        self.village, self.village_name = self.rng.choice(town.villages)
        self.caller_of = (
            number if number % 5 == 0 else self.rng.randrange(0, number + 1, 5)
        )  # everybody calls five times

    def into(self, rows: dict[str, list[tuple]]) -> None:
        caller = str(UUID(int=self.caller_of + 1).hex)
        phone = f"+861{30 + self.caller_of % 60}{self.caller_of * 7919 % 10**8:08}"
        at, text = self._at(0), self._text()
        if self.serial == self.caller_of:
            rows["callers"].append((caller, phone, "", self.village, 0, at))
        decided = self.state != "received"
        texts = [self.village_name, *self._words_of(rows, caller, text)]
        self._ledger(rows, caller, text, decided)
        terms = terms_of(texts) | {of_number(self.number)} | of_phone(phone)
        if decided:
            department = self.rng.choice(self.town.departments)
            rows["assignments"].append((self._id(), self.id, department, 1, self._at(1), None, None, None))
            terms.add(of_department(department))
        kept = index.written(self.town.dialect, self.serial + 1, terms)
        rows["search_entries"].append(
            (self.serial + 1, self.id, kept if isinstance(kept, str) else f"{{{','.join(map(str, kept))}}}")
        )

    def _words_of(self, rows: dict[str, list[tuple]], caller: str, text: str) -> list[str]:
        """Recording and transcript, or nothing for a text; the reply. Gives everything that was said and written."""
        said = [text]
        if self.call:
            talk, recording = self._id(), self._id()
            heard = "，".join(_misheard(part) if self.rng.random() < 0.1 else part for part in text.split("，"))
            said = [heard]
            rows["conversations"].append(
                (talk, "voice", 0, f"CA{self.serial}", caller, self.id, "mandarin", self._at(0), self._at(0))
            )
            rows["recordings"].append(
                (recording, f"RE{self.serial}", talk, self.id, 1, 12.5, "transcribed", "k", "", 1, self._at(0), 1, None,
                 None, "", 0)
            )  # fmt: skip
            words = [{"text": s, "start": i / 5, "end": i / 5 + 0.2, "confidence": 0.9} for i, s in enumerate(heard)]
            rows["transcripts"].append(
                (self._id(), recording, "vosk", None, heard, self.rng.uniform(0.5, 1), _json(words), "[]", self._at(0))
            )
        if not self.open and self.serial % 4 == 0:
            reply = f"您好，{_clause(self.rng)}，已经派人办好了。"
            said.append(reply)
            rows["messages"].append(
                (self._id(), 1, caller, self.id, f"SM{self.serial}", reply, 1, "delivered", None, self._at(9), 1, None,
                 None, "", 0)
            )  # fmt: skip
        return said

    def _ledger(self, rows: dict[str, list[tuple]], caller: str, text: str, decided: bool) -> None:
        rng, last = self.rng, ""
        kinds = [
            "received",
            "understood",
            *(["decided", "assigned"] if decided else []),
            *(["closed"] * (not self.open)),
        ]
        for place, kind in enumerate(kinds, 1):
            by = "caller" if place == 1 else "hotline" if place == 2 else self.town.operator
            before, last = last, hashlib.sha256(f"{self.id}{place}".encode()).hexdigest()
            rows["case_events"].append((self._id(), self.id, place, kind, by, "{}", self._at(place), before, last))
        urgent, spoke = int(self.open and rng.random() < 0.01), self.open and decided and rng.random() < 0.02
        category = rng.choice(_CATEGORIES) if decided else ""
        place = f"{self.village_name}{rng.randint(1, 9)}组" if decided else ""
        proposal = _json(
            {"category": rng.choice(_CATEGORIES), "village": self.village_name, "place": self.village_name}
        )
        rows["cases"].append(
            (self.id, self.number, "voice" if self.call else "sms", caller, self.state, urgent, 0,
             "" if self.call else text, category, "", "", self.village if decided else None, place, proposal,
             self._at(0), 0, 0, len(kinds), last, self.town.operator if rng.random() < 0.2 else "",
             self._at(2) if spoke else None)
        )  # fmt: skip
        stopped = None if self.open and self.state != "replied" else self._at(9)
        due = None if stopped else self._at(24 * 10)
        rows["clocks"].append(
            (self.id, "ordinary", self._at(0), self._at(24), self._at(240), self._at(2), stopped, 0, "", 0, "[]", due)
        )

    def _text(self) -> str:
        """Two to five clauses, the place first."""
        rng = self.rng
        where = f"{self.village_name}{'一二三四五六七八九'[rng.randrange(9)]}组{rng.choice(_WHERE)}"
        return "，".join([where, *(_clause(rng) for _ in range(rng.randint(1, 3))), rng.choice(_ASKS)])

    def _at(self, hours: float) -> str:
        return (self.received + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S.%f")

    def _id(self) -> str:
        return f"{self.rng.getrandbits(128):032x}"


def _clause(rng: random.Random) -> str:
    thing = words(rng)
    return thing + _WHAT[(len(thing) + rng.randrange(3)) % len(_WHAT)]


@cache
def _misheard(clause: str) -> str:
    return misheard(clause, 0.5, random.Random(clause))


@cache
def _things() -> list[str]:
    read = yaml.safe_load((_DATA / "seeds.yaml").read_text(encoding="utf-8"))
    found = {str(word) for kinds in read.values() for some in kinds.values() for word in some}
    return random.Random(1).sample(sorted(word for word in found if 2 <= len(word) <= 6), 1500)


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False)
