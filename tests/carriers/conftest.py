"""A stub service and a phone network, each a real HTTP server on loopback; the network never waits (pace 0)."""

import pytest
from werkzeug.serving import make_server

from app.carriers.simulator import Number, create_network, serve
from app.carriers.twilio import Twilio
from tests.carriers.world import ACCOUNT, HOTLINE, SECRET, Service, World, running


@pytest.fixture
def service():
    stub = Service()
    server = make_server("127.0.0.1", 0, stub.app(), threaded=True)
    stub.url = running(server)
    yield stub
    server.shutdown()
    server.server_close()
    assert all(webhook.trusted for webhook in stub.heard), "a webhook was not signed rightly"


@pytest.fixture
def build(service):
    """Make a World; the keywords are those of Network and Number."""
    servers = []

    def make(*, numbers=None, **how):
        addresses = {"voice_url": f"{service.url}/voice?secret=a%20b", "sms_url": f"{service.url}/sms"} | (
            numbers or {}
        )
        app = create_network(ACCOUNT, SECRET, Number(HOTLINE, **addresses), **({"pace": 0, "seed": 1} | how))
        server = serve(app)
        servers.append(server)
        url = running(server)
        return World(service, url, app.extensions["network"], Twilio(ACCOUNT, SECRET, HOTLINE, api_url=url))

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def world(build, service):
    service.documents["status"] = ("", 204, "text/plain")
    return build(numbers={"status_callback": f"{service.url}/status"})
