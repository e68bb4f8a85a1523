"""The composition root: the one place where concrete parts are chosen and joined."""

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.carriers.choose import company
from app.carriers.simulator.practice import Practice
from app.db import Database
from app.jobs.queue import Queue, make_huey
from app.logging import set_up_logging
from app.parts import Parts
from app.services.cases import follow_up_rules
from app.services.desk import card, department_view
from app.services.directory import roles
from app.services.editing import catalogue
from app.services.exchange import webhooks
from app.services.figures import costs, stale_days, week_sheet
from app.services.search import indexing
from app.services.sorting import taxonomy, triage
from app.settings import Settings
from app.storage import open_storage
from app.telephone.guard import LARGEST_WEBHOOK
from ivr import check, understand
from ivr.flow import FOLDER, Flow
from ivr.words import Words
from speech_models.choose import Recognisers, choose_speaker


def read_flows() -> tuple[list[Flow], Words]:
    """Every flow with its words, looked through. Raises FlowError: a service does not start on words that cannot work.

    The tables of what callers mean are loaded here, not in the first call.
    """
    read = [check.load(path) for path in sorted(FOLDER.glob("*.yaml"))]
    understand.emergency("")
    understand.intent("")
    return [flow for flow, _ in read], read[0][1]


def read_rules() -> None:
    """The files that staff edit, looked through. Raises what their readers raise.

    They are loaded here, not in the first call.
    """
    triage.propose([], "")
    card.words()
    taxonomy.department_of("")
    roles.roles()
    costs.prices()
    week_sheet.sentences()
    department_view.fields()
    follow_up_rules.rules()


def make_parts(settings: Settings) -> Parts:
    """The parts that the settings name."""
    flows, words = read_flows()
    read_rules()
    return Parts(
        settings=settings,
        database=Database(settings.database),
        storage=open_storage(
            settings.storage_url, default=settings.data / "sounds", endpoint=settings.storage_endpoint
        ),
        carrier=company(settings).make(settings),
        documents=catalogue.kinds(),
        flows={flow.name: flow for flow in flows},
        words=words,
        recogniser_for=Recognisers(settings.recogniser, calls=settings.workers).recogniser_for,
        make_speaker=lambda: choose_speaker(settings.speaker, cache=settings.data / "speech"),
    )


def make_queue(parts: Parts) -> Queue:
    """The queue that the settings name; from now on it is told of rows that have work."""
    queue = Queue(*(make_huey(parts.settings, name) for name in ("reaching", "hearing", "telling")), parts)
    parts.nudge = queue.nudge
    return queue


def make_practice(parts: Parts) -> Practice | None:
    """The practice phone, where the telephone network is the simulated one."""
    settings = parts.settings
    if not company(settings).simulated:
        return None
    return Practice(
        lambda: settings.simulator_url, settings.carrier_secret, lambda: parts.speaker, settings.data / "practice"
    )


def create_app(settings: Settings | None = None, parts: Parts | None = None) -> Flask:
    """The web service. Each blueprint states here who may call it. Parts that are handed in bring their own queue."""
    settings = settings or Settings()
    set_up_logging()
    stale_days.watch()
    app = Flask("app", static_folder=None, template_folder=None, root_path=str(Path(__file__).parent))
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        MAX_CONTENT_LENGTH=LARGEST_WEBHOOK,
    )
    if parts is None:
        parts = make_parts(settings)
        app.extensions |= {"xiangyin.queue": make_queue(parts), "xiangyin.practice": make_practice(parts)}
    app.extensions["xiangyin"] = parts
    indexing.follow(parts.database)
    webhooks.follow()
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)

    from app import cli, console
    from app.exchange.open311 import open311
    from app.telephone.calls import blueprint as calls
    from app.telephone.sounds import sounds
    from app.telephone.texts import texts

    app.register_blueprint(calls)  # only what the carrier signed
    app.register_blueprint(texts)  # only what the carrier signed
    app.register_blueprint(sounds)  # anybody: prompts; private sounds by an address that cannot be guessed
    app.register_blueprint(open311)  # anybody: what is public; reports only with a key
    console.init_app(app)  # operators who are logged in
    cli.init_app(app)
    return app
