"""Whoever sends a byte now and then holds nobody: a whole exchange has its time."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from app import safe_http
from app.carriers import twilio_rest
from app.carriers.port import CarrierError, RecordingRef
from tests.exchange.test_webhooks import certificate

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/x-wav\r\n"
DRIPS = {
    "the status": b"",
    "the headers": HEAD,
    "a body of a length": HEAD + b"Content-Length: 100000\r\n\r\nRIFF",
    "a body that ends with the connection": HEAD + b"Connection: close\r\n\r\nRIFF",
    "a body in chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
}
GREETING = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # TLS: a long hello begins


@contextmanager
def dripping(begin: bytes, tls: tuple[str, str] | None = None, *, greets: bool = True):
    """A server on the loopback that answers with `begin` and then with a byte every 20 ms; gives its port. With `tls`
    by https; one that does not greet drips from the beginning."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), accepted() as connection:
            connection.recv(65536)
            connection.sendall(begin)
            while not over.wait(0.02):
                connection.sendall(b"1\r\na\r\n" if b"chunked" in begin else b"a")

    def accepted() -> socket.socket:
        connection = listener.accept()[0]
        if tls is None or not greets:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        return context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.close()
        thread.join()


@pytest.mark.parametrize("drips", DRIPS)
def test_a_receiver_that_drips_is_left_in_time(monkeypatch, drips):
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.5)
    began = time.monotonic()
    with dripping(DRIPS[drips]) as port, pytest.raises(safe_http.Unreachable, match="TookTooLong"):
        safe_http.ask(f"http://127.0.0.1:{port}/", inside=True)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("drips", [*DRIPS, "the greeting"])
def test_a_receiver_that_drips_by_https_is_left_in_time(tmp_path, monkeypatch, drips):
    keys = certificate(tmp_path, "hooks.test")
    monkeypatch.setattr(safe_http, "WHOLE_SECONDS", 0.5)
    monkeypatch.setattr(safe_http.certifi, "where", lambda: keys[0])
    look_up = lambda host, port, *rest, **named: [(2, 1, 6, "", ("127.0.0.1", port))]  # noqa: E731
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", look_up)
    began = time.monotonic()
    with (
        dripping(DRIPS.get(drips, GREETING), keys, greets=drips in DRIPS) as port,
        pytest.raises(safe_http.Unreachable, match="TookTooLong"),
    ):
        safe_http.ask(f"https://hooks.test:{port}/", inside=True, body=b"{}" if drips == "the headers" else None)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("drips", DRIPS)
def test_a_carrier_that_drips_a_recording_is_left_in_time_and_asked_again_later(monkeypatch, drips):
    monkeypatch.setattr(twilio_rest, "DOWNLOAD_SECONDS", 0.5)
    began = time.monotonic()
    with dripping(DRIPS[drips]) as port, pytest.raises(CarrierError, match="TookTooLong") as error:
        reach(port).recording(RecordingRef("RE1", call_id=""))
    assert not error.value.permanent
    assert time.monotonic() - began < 5


def test_a_text_whose_answer_drips_is_of_unknown_fate(monkeypatch):
    monkeypatch.setattr(twilio_rest, "REQUEST_SECONDS", 0.5)
    with dripping(HEAD + b"Content-Length: 9999\r\n\r\n{") as port, pytest.raises(CarrierError) as error:
        reach(port).send_text("+8619900000002", "好", "http://127.0.0.1/receipt")
    assert error.value.unknown
    assert not error.value.permanent


def reach(port: int) -> twilio_rest.TwilioRest:
    return twilio_rest.TwilioRest("AC1", "secret", "+8619900000001", api_url=f"http://127.0.0.1:{port}", timeout_s=10)
