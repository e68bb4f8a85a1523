"""What the carrier tests stand on: sounds, a stub service that answers documents, a network with it behind."""

import io
import threading
from dataclasses import dataclass, field

import numpy as np
import soundfile
from flask import Flask, Response, request

from app.carriers.simulator import control_token, try_call, try_text
from app.carriers.twilio import Twilio

ACCOUNT, SECRET, HOTLINE, VILLAGER = "AC" + "1" * 32, "a-secret", "+8699000001", "+8619900000001"


def wav(samples, rate=8000):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def tone(seconds, rate=8000, level=8000):
    """Something that is not silence, different at every sample."""
    time = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * (300 * time + 40 * time**2))).astype(np.int16)


def silence(seconds):
    return np.zeros(int(seconds * 8000), np.int16)


@dataclass
class Webhook:
    path: str
    form: dict
    headers: dict
    trusted: bool

    def __getitem__(self, name):
        return self.form[name][0]


@dataclass
class Service:
    """Answers `documents[path]`: a string, a (body, status, content type), or a function of the form. Else 404."""

    documents: dict = field(default_factory=dict)
    heard: list = field(default_factory=list)
    url: str = ""

    def at(self, path):
        return [webhook for webhook in self.heard if webhook.path == path]

    def paths(self):
        return [webhook.path for webhook in self.heard]

    def app(self):
        app = Flask("stub")
        carrier = Twilio(ACCOUNT, SECRET, HOTLINE, api_url=None)

        @app.get("/sound/<float:seconds>.wav")
        def sound(seconds):
            return Response(wav(silence(seconds)), mimetype="audio/wav")

        @app.get("/missing.wav")
        def missing():
            return "no such sound", 404

        @app.route("/<path:path>", methods=["GET", "POST"])
        def anything(path):
            form = {name: request.form.getlist(name) for name in request.form}
            trusted = carrier.trusts(request.url, form, dict(request.headers), request.get_data())
            self.heard.append(Webhook(path, form or request.args.to_dict(flat=False), dict(request.headers), trusted))
            said = self.documents.get(path, ("no such page", 404, "text/plain"))
            said = said(form) if callable(said) else said
            body, status, kind = (said, 200, "text/xml") if isinstance(said, str) else said
            return Response(body, status, content_type=kind)

        return app


def running(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    return f"http://127.0.0.1:{server.server_port}"


@dataclass
class World:
    """A network with its service behind it."""

    service: Service
    url: str
    network: object
    carrier: Twilio

    def call(self, document, *speech, **how):
        """Place a call answered with `document`, and give all that happens."""
        if document is not None:
            self.service.documents["voice"] = f"<Response>{document}</Response>"
        how = {"caller": VILLAGER} | how
        clips = [clip if isinstance(clip, bytes) else wav(clip) for clip in speech]
        return list(try_call(self.url, control_token(SECRET), clips, **how))

    def text(self, body, **how):
        return try_text(self.url, control_token(SECRET), body, caller=VILLAGER, **how)


def happened(events, name):
    return [event for event in events if event["event"] == name]


def names(events):
    """What happened, without the webhooks and statuses that go with it."""
    return [event["event"] for event in events if event["event"] not in ("webhook", "status", "recording", "lost")]
