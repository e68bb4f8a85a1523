"""Case file (事项文件): cases as JSON Lines, for another hotline or a copy elsewhere; version 1, see docs/exchange.md.

The first line is the Header, then a CaseLine each, the last line the End, so that a file cut short is known. The JSON
Schema of a line is app/data/case_file.schema.json, made by `python -m app.services.case_file`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.files import DATA
from app.models.case import STATES

FORMAT, VERSION = "xiangyin.cases", 1
SCHEMA = DATA / "case_file.schema.json"
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BadLine(Exception):
    """A line cannot be what it should be; the message names it and says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Header(_Part):
    """What the file is, when it was written and by which hotline."""

    format: Literal["xiangyin.cases"]
    version: Literal[1]
    exported_at: AwareDatetime
    town: str


class End(_Part):
    """How many cases came before."""

    cases: Annotated[int, Field(ge=0)]


class VillageNamed(_Part):
    """A village by its name, and its code in the national list where it is known."""

    name: Annotated[str, Field(max_length=64)]
    code: Annotated[str, Field(pattern=r"^(\d{12})?$")] = ""
    town: Annotated[str, Field(max_length=64)] = ""


class EventLine(_Part):
    """An event of the ledger. `hash` is SHA-256 over the rest and the hash before (app/models/case.py)."""

    id: UUID
    number: Annotated[int, Field(ge=1)]
    kind: Annotated[str, Field(max_length=32)]
    by: Annotated[str, Field(max_length=64)]
    data: dict[str, Any]
    at: AwareDatetime
    previous_hash: Hash | Literal[""]
    hash: Hash


class TranscriptLine(_Part):
    """A reading of a recording, by an engine or (`by_person`) by somebody at the desk."""

    id: UUID
    engine: Annotated[str, Field(max_length=64)]
    by_person: bool
    text: str
    confidence: float
    words: list[dict[str, Any]]
    alternatives: list[Any]
    at: AwareDatetime


class RecordingLine(_Part):
    """A recording, by the SHA-256 of its sound (empty: it was never fetched), which is a file of its own."""

    id: UUID
    sha256: Hash | Literal[""]
    turn: int
    seconds: float
    made_at: AwareDatetime
    transcripts: list[TranscriptLine]


class AssignmentLine(_Part):
    """A department's part in the case."""

    id: UUID
    department: Annotated[str, Field(min_length=1, max_length=64)]
    lead: bool
    at: AwareDatetime
    signed_at: AwareDatetime | None
    reported_at: AwareDatetime | None
    ended_at: AwareDatetime | None


class ClockLine(_Part):
    """The case's clock (app/models/clock.py)."""

    kind: Annotated[str, Field(max_length=16)]
    started_at: AwareDatetime
    sign_by: AwareDatetime | None
    answer_by: AwareDatetime | None
    signed_at: AwareDatetime | None
    stopped_at: AwareDatetime | None
    paused_at: AwareDatetime | None
    paused_until: AwareDatetime | None
    asked_days: int
    asked_why: str
    unknown: bool
    done: list[Any]
    next_at: AwareDatetime | None
    near_at: AwareDatetime | None


class CaseLine(_Part):
    """A case with its whole ledger. `topic` is its place in the taxonomy, as a path; `caller` E.164, where exported."""

    id: UUID
    number: Annotated[str, Field(pattern=r"^\d{2,16}$")]
    channel: Annotated[str, Field(max_length=8)]
    state: Literal[tuple(STATES)]
    urgent: bool
    unclear: bool
    text: str
    category: Annotated[str, Field(max_length=96)]
    topic: Annotated[str, Field(max_length=96)]
    ask: Annotated[str, Field(max_length=8)]
    village: VillageNamed | None
    place: Annotated[str, Field(max_length=128)]
    proposal: dict[str, Any]
    understood_right: bool | None
    received_at: AwareDatetime
    returns: int
    reopens: int
    caller: Annotated[str, Field(pattern=r"^\+\d{5,20}$")] | None
    events: Annotated[list[EventLine], Field(min_length=1)]
    recordings: list[RecordingLine]
    assignments: list[AssignmentLine]
    clock: ClockLine | None


Line = Header | End | CaseLine


def read(path: Path) -> Iterator[tuple[int, CaseLine]]:
    """The cases of a file with the numbers of their lines. Raises BadLine, at the latest after the last."""
    count, over, number = 0, False, 0
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{path.name}, line {number}"
            if over:
                raise BadLine(f"{where}: there is something after the last line.")
            if number == 1:
                _parsed(Header, line, where)
                continue
            if line.startswith('{"cases":'):
                if (told := _parsed(End, line, where).cases) != count:
                    raise BadLine(f"{where}: the file says that it holds {told} cases, there are {count}.")
                over = True
                continue
            yield number, _parsed(CaseLine, line, where)
            count += 1
    if not over:
        raise BadLine(f"{path.name}: cut short after line {number}; the last line tells how many cases there are.")


def _parsed(kind: type[_Part], line: str, where: str):
    try:
        line.encode()
        if "\\u0000" in line:
            raise BadLine(f"{where}: it holds a sign that no text has (\\u0000).")
        json.dumps(json.loads(line), ensure_ascii=False).encode()
        return kind.model_validate_json(line)
    except UnicodeEncodeError as error:
        raise BadLine(f"{where}: it is not UTF-8.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "the line"
        raise BadLine(f"{where}: {field}: {first['msg']}.") from error
    except (ValueError, RecursionError) as error:
        raise BadLine(f"{where}: it is not JSON.") from error


def schema() -> str:
    """The JSON Schema of any line, as the file holds it."""
    return json.dumps(TypeAdapter(Line).json_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema(), encoding="utf-8")
