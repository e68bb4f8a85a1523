"""The other side of the network, for whoever plays the people: place a call, send a text, look at a telephone.

Under /network, on loopback only, with the bearer token that `control_token` makes of the auth token. A call and a
text are answered with JSON lines, one per thing that happens, as it happens.
"""

import hmac
import ipaddress
import json
import time
from collections.abc import Iterable
from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from app.carriers.simulator import handset_control
from app.carriers.simulator.network import Network
from app.carriers.simulator.plan import Phone, read_plan


def control_token(auth_token: str) -> str:
    return hmac.digest(auth_token.encode(), b"phone network control", "sha256").hex()


def blueprint(network: Network) -> Blueprint:
    control = Blueprint("control", __name__, url_prefix="/network")

    @control.before_request
    def check():
        token = request.authorization.token if request.authorization else ""
        if not hmac.compare_digest((token or "").encode(), control_token(network.auth_token).encode()):
            return jsonify(error="The control token is missing or wrong"), 401
        if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:
            return jsonify(error="The network is played from its own machine only"), 403
        return None

    @control.errorhandler(ValueError)
    @control.errorhandler(TypeError)
    def refuse(error: Exception):
        return jsonify(error=str(error)), 400

    @control.post("/calls")
    def place_call():
        """Form: `from`, `keys` and `hang_up` as in plan.py; files `speech`, one WAV per recording, in order."""
        speech = tuple(file.read() for file in request.files.getlist("speech"))
        plan = read_plan(request.form.get("keys", ""), request.form.get("hang_up", ""), speech)
        call = network.place_call(request.form.get("from", ""), plan, request.host_url)
        return _lines(call.log.follow())

    @control.post("/texts")
    def send_text():
        """JSON: `from`, `body`; `wait_s`: how long texts that come back are told."""
        said = request.get_json()
        log = network.log(said["from"])
        start = len(log.so_far())
        network.text_in(said["from"], said["body"])
        return _lines(log.follow(start, time.monotonic() + float(said.get("wait_s", 0))))

    @control.get("/phones/<number>")
    def show_phone(number: str):
        """The calls and texts of a telephone."""
        calls = [call for call in network.calls.values() if number in (call.from_, call.to) and not call.parent]
        return jsonify(
            texts=network.log(number).so_far(),
            calls=[
                {"sid": call.sid, "direction": call.direction, "status": call.status, "events": call.log.so_far()}
                for call in calls
            ],
        )

    @control.put("/phones/<number>")
    def set_phone(number: str):
        """JSON: the fields of Phone that differ; `keys` and `hang_up` are its owner's plan."""
        said = dict(request.get_json())
        plan = read_plan(str(said.pop("keys", "")), str(said.pop("hang_up", "")), ())
        network.set_phone(number, Phone(plan=plan, **said))
        return "", 204

    @control.put("/faults")
    def set_faults():
        """JSON: the fields of Faults that change from now on."""
        said = request.get_json()
        network.change_faults(**({"lost": tuple(said["lost"])} if "lost" in said else {}) | _without(said, "lost"))
        return jsonify(asdict(network.faults))

    handset_control.add(control, network)
    return control


def _without(said: dict, name: str) -> dict:
    return {key: value for key, value in said.items() if key != name}


def _lines(events: Iterable[dict]) -> Response:
    return Response((json.dumps(event, ensure_ascii=False) + "\n" for event in events), mimetype="application/x-ndjson")
