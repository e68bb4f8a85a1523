"""A phone network on loopback that plays the carrier's side over real HTTP: see docs/carriers.md.

The service reaches it as it reaches Twilio: carriers/twilio.py with `api_url` set to it.
"""

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from app.carriers.simulator import control, rest
from app.carriers.simulator.client import NoNetwork, look_at_phone, set_faults, set_phone, try_call, try_text
from app.carriers.simulator.control import control_token
from app.carriers.simulator.network import Network
from app.carriers.simulator.plan import Faults, Number, Phone, Plan, parse_keys

__all__ = [
    "Faults", "Network", "NoNetwork", "Number", "Phone", "Plan", "control_token", "create_network", "look_at_phone",
    "parse_keys", "serve", "set_faults", "set_phone", "try_call", "try_text",
]  # fmt: skip


def create_network(account_sid: str, auth_token: str, hotline: Number, **how) -> Flask:
    """The network as a Flask application; `how`: the keywords of Network. `app.extensions["network"]` is it."""
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False
    app.json.compact = True  # one line each
    network = Network(account_sid, auth_token, hotline, **how)
    app.extensions["network"] = network
    app.register_blueprint(rest.blueprint(network))  # basic auth with the account's token
    app.register_blueprint(control.blueprint(network))  # control token, loopback only
    return app


def serve(app: Flask, port: int = 0) -> BaseWSGIServer:
    """A server on 127.0.0.1, one thread per request; run it with `serve_forever`. Port 0 takes a free one."""
    return make_server("127.0.0.1", port, app, threaded=True)
