"""The network's REST interface: Messages, Calls and Recordings of Twilio's 2010-04-01 API."""

import hmac
from datetime import UTC, date, datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from app.carriers.simulator.network import ENDED, Network, is_number
from app.carriers.simulator.records import Call, Recording, Text

PAGE_SIZE = 50


class Refused(Exception):
    """`status` is HTTP's, `code` Twilio's."""

    def __init__(self, status: int, code: int, message: str):
        super().__init__(message)
        self.status, self.code = status, code


def blueprint(network: Network) -> Blueprint:
    """Served under /2010-04-01/Accounts/<account>; basic auth with the account's sid and token."""
    api = Blueprint("rest", __name__, url_prefix=f"/2010-04-01/Accounts/{network.account_sid}")

    @api.errorhandler(Refused)
    def refuse(error: Refused):
        said = {"code": error.code, "message": str(error), "status": error.status}
        return jsonify(said | {"more_info": f"https://www.twilio.com/docs/errors/{error.code}"}), error.status

    @api.before_request
    def check() -> None:
        given = request.authorization
        name, word = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
        if name != network.account_sid or not hmac.compare_digest(word.encode(), network.auth_token.encode()):
            raise Refused(401, 20003, "Authenticate")
        if network.faults.rest_status:
            code = 20429 if network.faults.rest_status == 429 else 20500
            raise Refused(network.faults.rest_status, code, "The network is out of order")

    def created(thing: dict):
        if network.chance.random() < network.faults.answers_lost:
            return Response("the answer was lost", 504)
        return jsonify(thing), 201

    @api.post("/Messages.json")
    def send_text():
        fields = request.form.to_dict()
        _check_numbers(network, fields, 21211, 21606)
        if not fields.get("Body"):
            raise Refused(400, 21602, "Message body is required.")
        if len(fields["Body"]) > 1600:
            raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        error = network.phone(fields["To"]).text_error
        if error.startswith("2"):
            raise Refused(400, int(error), f"The text to {fields['To']} is refused")
        return created(_text(network.text_out(fields)))

    @api.get("/Messages.json")
    def list_texts():
        wanted = [text for text in network.texts.values() if _matches(text, "DateSent", text.sent)]
        return _page("messages", [_text(text) for text in _newest(wanted)])

    @api.get("/Messages/<sid>.json")
    def show_text(sid: str):
        return jsonify(_text(_found(network.texts, sid)))

    @api.post("/Calls.json")
    def place_call():
        fields = request.form.to_dict()
        _check_numbers(network, fields, 21217, 21210)
        if not fields.get("Url", "").startswith(("http://", "https://")):
            raise Refused(400, 21205, "Url is required, an http or https address.")
        events = request.form.getlist("StatusCallbackEvent") or ["completed"]
        return created(_call(network.call_out(fields, events, request.host_url)))

    @api.get("/Calls.json")
    def list_calls():
        wanted = [call for call in network.calls.values() if _matches(call, "StartTime", call.started)]
        return _page("calls", [_call(call) for call in _newest(wanted)])

    @api.get("/Calls/<sid>.json")
    def show_call(sid: str):
        return jsonify(_call(_found(network.calls, sid)))

    @api.post("/Calls/<sid>.json")
    def change_call(sid: str):
        call, url = _found(network.calls, sid), request.form.get("Url", "")
        if call.status != "in-progress":
            raise Refused(400, 21220, "Call is not in-progress. Cannot redirect.")
        if not url.startswith(("http://", "https://")):
            raise Refused(400, 21205, "Url is required, an http or https address.")
        network.redirect(call, url, request.form.get("Method", "POST"))
        return jsonify(_call(call))

    @api.get("/Recordings.json")
    def list_recordings():
        sid = request.args.get("CallSid")
        wanted = [one for one in network.recordings.values() if sid in (None, one.call_sid)]
        wanted = [one for one in wanted if _in_time("DateCreated", one.created)]
        return _page("recordings", [_recording(one) for one in _newest(wanted)])

    @api.get("/Recordings/<sid>.json")
    def show_recording(sid: str):
        return jsonify(_recording(_found(network.recordings, sid)))

    @api.get("/Recordings/<sid>.wav")
    @api.get("/Recordings/<sid>")
    def fetch_recording(sid: str):
        one: Recording = _found(network.recordings, sid)
        if one.status != "completed" or one.misses > 0:
            one.misses -= one.status == "completed"
            raise Refused(404, 20404, "The recording is not there yet")
        return Response(one.sound, mimetype="audio/x-wav")

    @api.delete("/Recordings/<sid>.json")
    def delete_recording(sid: str):
        _found(network.recordings, sid)
        del network.recordings[sid]
        return "", 204

    return api


def _check_numbers(network: Network, fields: dict, bad_to: int, bad_from: int) -> None:
    if not is_number(fields.get("To", "")):
        raise Refused(400, bad_to, f"The 'To' number {fields.get('To', '')} is not a valid phone number.")
    if fields.get("From") != network.hotline.number:
        raise Refused(400, bad_from, f"The 'From' number {fields.get('From', '')} is not yours.")


def _found(things: dict, sid: str):
    if sid not in things:
        raise Refused(404, 20404, f"The requested resource {request.path} was not found")
    return things[sid]


def _matches(thing: Call | Text, time_name: str, moment: datetime | None) -> bool:
    asked = {"To": thing.to, "From": thing.from_, "Status": thing.status}
    return all(request.args.get(name) in (None, value) for name, value in asked.items()) and _in_time(time_name, moment)


def _in_time(name: str, moment: datetime | None) -> bool:
    """The filters NAME, NAME< and NAME>: a day, or a time to the second; before and after both include it."""
    checks = {name: "==", f"{name}<": "<=", f"{name}>": ">="}
    asked = {how: request.args[parameter] for parameter, how in checks.items() if parameter in request.args}
    if asked and moment is None:
        return False
    for how, raw in asked.items():
        limit, value = _moment(raw, moment)
        if not {"==": value == limit, "<=": value <= limit, ">=": value >= limit}[how]:
            return False
    return True


def _moment(raw: str, moment: datetime) -> tuple[date | datetime, date | datetime]:
    try:
        if len(raw) == len("2026-01-01"):
            return date.fromisoformat(raw), moment.date()
        return datetime.fromisoformat(raw).astimezone(UTC), moment.replace(microsecond=0)
    except ValueError as error:
        raise Refused(400, 20001, f"{raw} is not a date") from error


def _newest(things: list) -> list:
    return sorted(things, key=lambda thing: thing.created, reverse=True)


def _page(name: str, things: list[dict]):
    size = min(max(request.args.get("PageSize", PAGE_SIZE, int), 1), 1000)
    number = max(request.args.get("Page", 0, int), 0)
    here, more = things[number * size : (number + 1) * size], len(things) > (number + 1) * size

    def uri(page: int) -> str:
        return f"{request.path}?{urlencode(request.args.to_dict() | {'PageSize': size, 'Page': page})}"

    return jsonify(
        {
            name: here,
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": number * size + max(len(here) - 1, 0),
            "uri": uri(number),
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1) if more else None,
            "previous_page_uri": uri(number - 1) if number else None,
        }
    )


def _text(text: Text) -> dict:
    return _thing("Messages", text, text.created, text.sent or text.created) | {
        "body": text.body,
        "from": text.from_,
        "to": text.to,
        "direction": text.direction,
        "status": text.status,
        "error_code": text.error_code,
        "error_message": None,
        "num_segments": str(text.segments),
        "num_media": "0",
        "messaging_service_sid": None,
        "date_sent": _rfc2822(text.sent),
    }


def _call(call: Call) -> dict:
    return _thing("Calls", call, call.created, call.ended or call.created) | {
        "from": call.from_,
        "to": call.to,
        "direction": call.direction,
        "status": "queued" if call.status == "initiated" else call.status,
        "start_time": _rfc2822(call.started),
        "end_time": _rfc2822(call.ended),
        "duration": str(call.duration) if call.status in ENDED else None,
        "parent_call_sid": call.parent or None,
        "answered_by": None,
    }


def _recording(one: Recording) -> dict:
    return _thing("Recordings", one, one.created, one.created) | {
        "call_sid": one.call_sid,
        "duration": str(one.seconds),
        "channels": 1,
        "source": "RecordVerb",
        "status": one.status,
        "start_time": _rfc2822(one.created),
        "error_code": None,
        "media_url": request.host_url.rstrip("/") + _path("Recordings", one),
    }


def _thing(kind: str, thing: Call | Text | Recording, created: datetime, updated: datetime) -> dict:
    return {
        "sid": thing.sid,
        "account_sid": thing.account_sid,
        "api_version": "2010-04-01",
        "date_created": _rfc2822(created),
        "date_updated": _rfc2822(updated),
        "price": None,
        "price_unit": "USD",
        "uri": _path(kind, thing) + ".json",
        "subresource_uris": {},
    }


def _path(kind: str, thing) -> str:
    return f"/2010-04-01/Accounts/{thing.account_sid}/{kind}/{thing.sid}"


def _rfc2822(moment: datetime | None) -> str | None:
    return format_datetime(moment) if moment else None
