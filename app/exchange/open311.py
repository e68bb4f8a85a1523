"""Open311 GeoReport v2: services, reports in, cases out. https://wiki.open311.org/GeoReport_v2/

Every error is a document of the specification: a list of code and description.
"""

import math
import re
from datetime import datetime
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from app.exchange import documents
from app.models import ApiKey
from app.parts import Parts
from app.services.exchange import api_keys, georeport, reports
from app.services.sorting.asks import ASKS
from app.services.sorting.categories import Category, category

open311 = Blueprint("open311", __name__, url_prefix="/open311")
log = structlog.get_logger()

_LONGEST = 4000  # characters of a description, of the specification
_LONGEST_PLACE = 128
_ATTRIBUTE = re.compile(r"attribute\[(\w+)\](?:\[\])?")
_CHANGESET = "2026-11-24T00:00:00Z"


class Problem(Exception):
    """What is answered instead: an HTTP status and a sentence for whoever runs the other system."""

    def __init__(self, status: int, description: str, retry_after: int = 0):
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after


def parts() -> Parts:
    """The parts of the running service."""
    return current_app.extensions["xiangyin"]


@open311.get("/discovery.<format>")
def discovery(format: str) -> Response:
    """Where the interface is and what it speaks (wiki.open311.org/Service_Discovery)."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{parts().settings.base_url.rstrip('/')}/open311/v2",
        "changeset": _CHANGESET,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    about = {
        "changeset": _CHANGESET,
        "contact": f"{parts().settings.town}乡音热线 {parts().settings.hotline}",
        "key_service": "flask --app wsgi keys add",
        "endpoints": [endpoint],
    }
    return _answer("discovery", about)


@open311.get("/v2/services.<format>")
def services(format: str) -> Response:
    """The service list."""
    _check_jurisdiction()
    return _answer("services", georeport.services())


@open311.get("/v2/services/<code>.<format>")
def service(code: str, format: str) -> Response:
    """A service definition."""
    _check_jurisdiction()
    return _answer("service_definition", georeport.definition(_service(code)))


@open311.post("/v2/requests.<format>")
def report(format: str) -> Response:
    """A report becomes a case. Needs a key."""
    _check_jurisdiction()
    with parts().database.reading() as session:
        key = _key(session) or _refuse_key()
    said = _report()
    try:
        case = parts().database.work(lambda session: reports.keep(parts(), session, key, said))
    except reports.TooMany as error:
        raise Problem(429, f"more than {reports.MOST_A_MINUTE} reports within a minute", 60) from error
    except reports.BadReport as error:
        raise Problem(400, str(error)) from error
    log.info("reported by another system", key=key.name, case=case.number)
    receipt = {"service_request_id": case.number, "service_notice": None, "account_id": None}
    return _answer("service_requests", [receipt])


@open311.get("/v2/requests.<format>")
def requests(format: str) -> Response:
    """Cases by their numbers, or by time, service and status."""
    _check_jurisdiction()
    numbers = _list("service_request_id")
    with parts().database.reading() as session:
        key = _key(session)
        if numbers:
            return _answer("service_requests", georeport.request_by_number(session, key, numbers))
        return _answer("service_requests", georeport.requests(session, key, _wanted()))


@open311.get("/v2/requests/<number>.<format>")
def one(number: str, format: str) -> Response:
    """One case."""
    _check_jurisdiction()
    with parts().database.reading() as session:
        found = georeport.request_by_number(session, _key(session), [number])
    if not found:
        raise Problem(404, "service_request_id was not found")
    return _answer("service_requests", found)


@open311.get("/v2/tokens/<token>.<format>")
def token(token: str, format: str) -> Response:
    """No token was ever given out: every service is realtime, a report is answered with its id at once."""
    _check_jurisdiction()
    raise Problem(404, "token was not found: every service here is realtime and gives the service_request_id at once")


@open311.route("/", defaults={"rest": ""}, methods=["GET", "POST"])
@open311.route("/<path:rest>", methods=["GET", "POST"])
def nothing(rest: str) -> Response:
    """Any other address."""
    raise Problem(404, "there is nothing at this address; the format is part of it, .xml or .json")


@open311.errorhandler(Problem)
def _refuse(problem: Problem) -> Response:
    answer = _answer("errors", [{"code": problem.status, "description": problem.description}], problem.status)
    if problem.retry_after:
        answer.headers["Retry-After"] = str(problem.retry_after)
    return answer


@open311.errorhandler(HTTPException)
def _refuse_http(error: HTTPException) -> Response:
    return _refuse(Problem(error.code or 400, error.description or error.name))


@open311.errorhandler(Exception)
def _broke(error: Exception) -> Response:
    log.exception("open311 failed", path=request.path)
    return _refuse(Problem(500, "the service could not do it now; please try again later"))


@open311.after_request
def _guard(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(root: str, content: list | dict, status: int = 200) -> Response:
    format = (request.view_args or {}).get("format", request.path.rpartition(".")[2])
    if format not in documents.FORMATS:
        format = "xml"  # the one that every client must know
        if root != "errors":
            raise Problem(404, "the format is not known; .xml and .json are")
    return Response(documents.write(root, content, format), status, content_type=documents.FORMATS[format])


def _check_jurisdiction() -> None:
    ours, asked = parts().settings.jurisdiction, request.values.get("jurisdiction_id", "")
    if ours and asked and asked != ours:
        raise Problem(404, "jurisdiction_id was not found")


def _key(session) -> ApiKey | None:
    """Whose key was sent; None where none was. A wrong one is refused wherever it is sent."""
    sent = request.values.get("api_key", "")
    return (api_keys.holder(session, sent) or _refuse_key()) if sent else None


def _refuse_key() -> ApiKey:
    raise Problem(403, "api_key is missing or opens nothing")


def _service(code: str) -> Category:
    found = category(code)
    if found is None:
        raise Problem(404, "service_code was not found")
    return found


def _list(field: str) -> list[str]:
    return [each.strip() for each in ",".join(request.args.getlist(field)).split(",") if each.strip()]


def _wanted() -> georeport.Wanted:
    codes, statuses = _list("service_code"), _list("status")
    for code in codes:
        _service(code)
    if unknown := set(statuses) - set(georeport.STATUSES):
        raise Problem(400, f"status is open or closed, not {', '.join(sorted(unknown))}")
    try:
        start, end = georeport.span(_date("start_date"), _date("end_date"))
    except georeport.SpanTooLong as error:
        raise Problem(400, str(error)) from error
    return georeport.Wanted(start, end, codes, sorted(set(statuses)))


def _date(field: str) -> datetime | None:
    sent = request.args.get(field, "").replace(" ", "+")  # a plus sign that nobody wrote as %2B
    if not sent:
        return None
    try:
        at = datetime.fromisoformat(sent)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Problem(400, f"{field} must be a date and time with its zone, such as 2026-01-01T00:00:00Z")
    return at


# ------------------------------------------------------------------ what a report says


def _report() -> reports.Report:
    code = _field("service_code", 64) or _missing("service_code")
    attributes = _attributes()
    place = _place()
    lines = [_field("description", _LONGEST), f"附件：{url}" if (url := _media()) else ""]
    return reports.Report(
        service=_service(code),
        text="\n".join(line for line in lines if line),
        village_id=_field("address_id", 64),
        place=place,
        phone=_field("phone", 32),
        ask=attributes.get(georeport.ASK, ""),
        client_id=attributes.get(georeport.CLIENT_ID, ""),
    )


def _field(name: str, longest: int) -> str:
    """A field of the form, trimmed, without characters that no text has. Empty and missing are the same."""
    sent = request.form.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()
    if len(sent) > longest:
        raise Problem(400, f"{name} is longer than {longest} characters")
    return sent


def _missing(name: str) -> str:
    raise Problem(400, f"{name} was not provided")


def _place() -> str:
    """The location: one of the three that the specification knows is needed."""
    lat, long = _field("lat", 32), _field("long", 32)
    written, id = _field("address_string", _LONGEST_PLACE), _field("address_id", 64)
    if lat or long:
        try:
            north, east = float(lat), float(long)
        except ValueError as error:
            raise Problem(400, "lat and long must both be numbers") from error
        if not (math.isfinite(north) and math.isfinite(east) and abs(north) <= 90 and abs(east) <= 180):
            raise Problem(400, "lat is -90 to 90 and long -180 to 180 (WGS84)")
        return written or (f"{north:.6f}, {east:.6f}" if not id else "")
    if not written and not id:
        raise Problem(400, "a location was not provided: lat and long, address_string or address_id")
    if id and not written:
        with parts().database.reading() as session:
            if reports.village_named(session, id) is None:
                raise Problem(404, "address_id was not found")
    return written


def _media() -> str:
    url = _field("media_url", 2048)
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise Problem(400, "media_url must be an http or https address")
    return url


def _attributes() -> dict[str, str]:
    found = {}
    for name, value in request.form.items():
        named = _ATTRIBUTE.fullmatch(name)
        if named and named[1] not in (georeport.ASK, georeport.CLIENT_ID):
            raise Problem(400, f"there is no attribute {named[1]}; see the service definition")
        if named and value.strip():
            found[named[1]] = value.strip()
    if found.get(georeport.ASK, ASKS[0]) not in ASKS:
        raise Problem(400, f"attribute[{georeport.ASK}] is one of {', '.join(ASKS)}")
    if len(found.get(georeport.CLIENT_ID, "")) > georeport.LONGEST_CLIENT_ID:
        raise Problem(400, f"attribute[{georeport.CLIENT_ID}] is longer than {georeport.LONGEST_CLIENT_ID} characters")
    return found
