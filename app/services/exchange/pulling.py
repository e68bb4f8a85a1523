"""Pulling (取回): open requests of another Open311 server become cases here, each once; its later states are noted."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from xml.etree import ElementTree

from app import safe_http
from app.models import ForeignCase
from app.services.exchange import reports
from app.services.exchange.georeport import MOST
from app.services.ledger import record
from app.services.sorting.categories import category

if TYPE_CHECKING:
    from app.parts import Parts

_LONGEST_ID, _LONGEST_TEXT, _LONGEST_PLACE, _LONGEST_NOTES = 128, 4000, 128, 1000
_LONGEST_SOURCE = 255


class CannotPull(Exception):
    """The other server did not answer with what the specification says; the message says why."""


@dataclass(frozen=True)
class Pulled:
    """How many requests became cases, changed their state there, and are as they were. `skipped`: unusable ones."""

    new: int
    changed: int
    known: int
    skipped: int


def pull(parts: "Parts", url: str, *, key: str = "", jurisdiction: str = "") -> Pulled:
    """Fetch the requests of the server whose endpoint this is (…/v2), of the newest 90 days. Raises CannotPull."""
    source = url.rstrip("/")
    if len(source) > _LONGEST_SOURCE:
        raise CannotPull("the address is too long")
    counts = {"new": 0, "changed": 0, "known": 0, "skipped": 0}
    for found in _fetch(parts, source, {"api_key": key, "jurisdiction_id": jurisdiction}):
        counts[_keep(parts, source, found)] += 1
    return Pulled(**counts)


def _fetch(parts: "Parts", source: str, asked: dict[str, str]) -> list[dict]:
    question = urlencode({name: value for name, value in asked.items() if value})
    for format in ("json", "xml"):  # JSON may be left out by a server, XML may not
        try:
            answer = safe_http.ask(f"{source}/requests.{format}?{question}", inside=parts.settings.webhooks_inside)
        except safe_http.Unreachable as error:
            raise CannotPull(str(error)) from error
        if answer.status == 200:
            return (_from_json if format == "json" else _from_xml)(answer.body)[:MOST]
    raise CannotPull(f"the server answered {answer.status}")


def _from_json(body: bytes) -> list[dict]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CannotPull("the answer is not JSON") from error
    if not isinstance(read, list) or not all(isinstance(each, dict) for each in read):
        raise CannotPull("the answer is not a list of requests")
    return read


def _from_xml(body: bytes) -> list[dict]:
    if b"<!" in body.replace(b"<![CDATA[", b"").replace(b"<!--", b""):  # no entities, nothing to be unfolded
        raise CannotPull("the answer declares a document type")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise CannotPull("the answer is not XML") from error
    return [{part.tag: part.text or "" for part in each} for each in root.findall("request")]


def _keep(parts: "Parts", source: str, found: dict) -> str:
    said = {name: _text(found.get(name)) for name in ("service_request_id", "status", "status_notes")}
    id, status, notes = said["service_request_id"], said["status"], said["status_notes"][:_LONGEST_NOTES]
    if not id or len(id) > _LONGEST_ID or status not in ("open", "closed"):
        return "skipped"

    def keep(session) -> str:
        known = reports.find(session, source, id)
        if known is None:
            if status == "closed":  # done before we ever heard of it
                return "known"
            case = reports.open_from(parts, session, _report(found))
            session.add(ForeignCase(source=source, foreign_id=id, case_id=case.id, status=status, notes=notes))
            return "new"
        if (known.status, known.notes) == (status, notes):
            return "known"
        known.status, known.notes = status, notes
        record(session, known.case, "foreign_status", by="hotline", status=status, notes=notes)
        return "changed"

    return parts.database.work(keep)


def _report(found: dict) -> reports.Report:
    name, description = _text(found.get("service_name")), _text(found.get("description"))[:_LONGEST_TEXT]
    place = _text(found.get("address"))[:_LONGEST_PLACE]
    code = category(_text(found.get("service_code"))) or category(name)
    return reports.Report(code, "：".join(part for part in (name, description) if part), place=place)


def _text(value) -> str:
    """A field as text: numbers stand bare in JSON."""
    whole = "" if value is None or isinstance(value, dict | list) else str(value)
    return "".join(sign for sign in whole if sign == "\n" or sign.isprintable()).strip()
