"""The practice phone (练习电话): a telephone in the page, which calls the hotline over the simulated network.

Only where that network is the carrier. Without a login it is open only on the machine itself: where the service's own
address is this machine and whoever asks sits at it.
"""

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request, send_file
from flask_login import current_user

from app.console.shell import english
from app.console.shell.blueprints import FOLDER, csrf, guard, parts
from app.console.shell.failures import explain_on
from app.errors import Refused

if TYPE_CHECKING:
    from app.carriers.simulator.practice import Practice


practice = Blueprint("practice", __name__, root_path=str(FOLDER), template_folder="templates", url_prefix="/practice")
explain_on(practice)

_NOT_HERE = "练习电话只在模拟的电话网络里有。这里接的是真的电话，要练习请在另一台机器上运行 make run。"
_LARGEST_SOUND = 10 * 1024 * 1024  # bytes
_LONGEST_TEXT = 500  # characters


def init_app(app: Flask) -> None:
    """Add the practice phone to the service, and let pages link to it where it is."""
    app.register_blueprint(practice)  # whoever is logged in; without a login on this machine only
    app.context_processor(lambda: {"practice_here": _practice() is not None, "practice_open": _is_open()})


def _practice() -> "Practice | None":
    """The practice phone; None where the telephone network is a real one."""
    return current_app.extensions.get("xiangyin.practice")


def _is_open() -> bool:
    """Whether the practice phone may be used without a login."""
    here = (urlsplit(parts().settings.base_url).hostname, urlsplit(request.host_url).hostname, request.remote_addr)
    passed_on = any(name.lower().startswith(("x-forwarded", "forwarded")) for name, _ in request.headers)
    return _practice() is not None and not passed_on and all(_is_loopback(host) for host in here)


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


@practice.before_request
def let_in():
    """Only with the simulated network; only whoever is logged in, or sits at this machine; only from our own page."""
    if _practice() is None:
        page = render_template("console/shell/failure.html", sentence=_NOT_HERE, inside=current_user.is_authenticated)
        return page, 404
    if not current_user.is_authenticated and not _is_open():
        return current_app.login_manager.unauthorized()
    csrf.protect()
    number = (request.view_args or {}).get("number")
    return abort(404) if number and not _practice().is_phone(number) else None


practice.after_request(guard)


@practice.errorhandler(Refused)
def refuse(refused: Refused) -> Response:
    """What could not be done, in a sentence for the page."""
    return Response(english.told(str(refused)), 409, mimetype="text/plain")


@practice.get("")
def phone():
    """The page; `caller`: whose telephone is in the hand at first."""
    return render_template("console/practice/phone.html", people=_practice(), chosen=request.args.get("caller"))


@practice.get("/<number>/news")
def news(number: str):
    """What is new on a telephone (app/carriers/simulator/handset_control.py); sounds by their path here."""
    known = {name: request.args.get(name, "") for name in ("call", "events", "texts", "wait_s")}
    state = _practice().look(number, **{name: value for name, value in known.items() if value})
    for event in state["events"]:
        if url := event.pop("url", ""):
            event["sound"] = urlsplit(url).path
    return jsonify(state)


@practice.post("/<number>/call")
def call(number: str):
    """Dial the hotline."""
    return jsonify(call=_practice().dial(number))


@practice.post("/<number>/answer")
def answer(number: str):
    """Take a call that rings."""
    _practice().answer(number)
    return "", 204


@practice.post("/<number>/hang-up")
def hang_up(number: str):
    """End the call, or refuse one that rings."""
    _practice().hang_up(number)
    return "", 204


@practice.post("/<number>/keys")
def press(number: str):
    """A key: JSON `key`."""
    _practice().press(number, str((request.get_json(silent=True) or {}).get("key", "")))
    return "", 204


@practice.post("/<number>/speech")
def say(number: str):
    """A sound file, or a piece of what the microphone hears, said into the call."""
    request.max_content_length = _LARGEST_SOUND
    _practice().say(number, request.get_data())
    return "", 204


@practice.post("/<number>/texts")
def text(number: str):
    """A text to the hotline: JSON `body`."""
    body = str((request.get_json(silent=True) or {}).get("body", "")).strip()
    if not body or len(body) > _LONGEST_TEXT:
        raise Refused(f"短信要有内容，最多 {_LONGEST_TEXT} 字。")
    _practice().text(number, body)
    return "", 204


@practice.post("/callers/<key>/call")
def ring_as(key: str):
    """A ready-made caller rings."""
    return jsonify(call=_practice().ring_as(key))


@practice.get("/callers/<key>/<int:index>.wav")
def speech(key: str, index: int):
    """What a ready-made caller says when the hotline listens for the `index`-th time."""
    files = _practice().speech(key)
    return send_file(files[index].absolute(), mimetype="audio/wav") if index < len(files) else abort(404)
