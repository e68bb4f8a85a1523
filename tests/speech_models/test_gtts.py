"""Google's voice: a stand-in on loopback answers in its place, reached as through a proxy."""

import base64
import io
import json
import ssl
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest
import soundfile
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from speech_models.audio import level_dbfs
from speech_models.gtts import Gtts
from speech_models.speaker import CannotSpeak
from speech_models.tones import beep


class Request(BaseHTTPRequestHandler):
    """A proxy's CONNECT, then the site behind it on the same connection."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.close_connection = False
        self.rfile.close()
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(json.loads(json.loads(form["f.req"][0])[0][0][1]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def finish(self):
        super().finish()
        self.connection.close()

    def log_message(self, *_):
        pass


class Google(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A caller who does not wait for the answer is none of the stand-in's business."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stand-in")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2099, 1, 1))  # noqa: DTZ001
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def google(certificate, monkeypatch):
    """The stand-in: `.answer` is (status, body), `.asked` what was asked: [text, language, slow, ...]."""
    server = Google(("127.0.0.1", 0), Request)
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(certificate)
    server.answer, server.asked = (200, spoken(beep(seconds=1, rate=24000))), []
    point_proxy_at(monkeypatch, server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def point_proxy_at(monkeypatch, port):
    for name in ("no_proxy", "NO_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")


def spoken(audio) -> bytes:
    """An answer of Google's with a sound in it, as far as gTTS reads it."""
    mp3 = io.BytesIO()
    soundfile.write(mp3, audio.samples, audio.rate, format="MP3")
    return f'[["wrb.fr","jQ1olc","[\\"{base64.b64encode(mp3.getvalue()).decode()}\\"]"]]'.encode()


def test_a_sentence_comes_back_as_sound_at_a_telephone_level(google):
    audio = Gtts().say("清水村3组")
    assert google.asked[0][:2] == ["清水村三组", "zh-CN"]
    assert audio.rate == 24000
    assert audio.seconds == pytest.approx(1, abs=0.15)
    assert level_dbfs(audio) == pytest.approx(-20, abs=0.5)
    assert np.argmax(np.abs(np.fft.rfft(audio.samples))) / audio.seconds == pytest.approx(1000, abs=5)


def test_slow_speech_is_asked_for_as_slow(google):
    Gtts().say("您好", speed=0.7)
    Gtts().say("您好", speed=0.9)
    assert [asked[2] for asked in google.asked] == [True, None]


@pytest.mark.parametrize(
    "answer", [(500, b""), (403, b"no"), (200, b""), (200, b'["jQ1olc","[]"]'), (200, b'"jQ1olc","[\\"AAAA\\"]"')]
)
def test_every_useless_answer_is_a_sentence(google, answer):
    google.answer = answer
    with pytest.raises(CannotSpeak, match="cannot be used now"):
        Gtts().say("您好")


def test_a_google_that_cannot_be_reached_is_a_sentence(google, monkeypatch):
    point_proxy_at(monkeypatch, 9)
    with pytest.raises(CannotSpeak, match="cannot be used now"):
        Gtts().say("您好")


def test_after_two_failures_it_answers_at_once_without_trying(google):
    google.answer = (500, b"")
    voice = Gtts()
    for _ in range(5):
        with pytest.raises(CannotSpeak):
            voice.say("您好")
    assert len(google.asked) == 2
    with pytest.raises(CannotSpeak, match="not tried again for a while"):
        voice.say("您好")


def test_when_the_pause_is_over_it_is_tried_again(google):
    voice = Gtts(pause_seconds=0)
    google.answer, useful = (500, b""), google.answer
    for _ in range(2):
        with pytest.raises(CannotSpeak):
            voice.say("您好")
    google.answer = useful
    assert voice.say("您好").seconds > 0.5


def test_a_slow_answer_to_a_long_text_is_not_waited_for(google):
    with pytest.raises(CannotSpeak, match="cannot be used now"):
        Gtts(seconds=0.001).say("家里老屋漏雨，请来看看。" * 30)
    assert len(google.asked) <= 1


def test_a_text_without_words_is_not_sent(google):
    with pytest.raises(CannotSpeak, match="nothing"):
        Gtts().say("……😀")
    assert google.asked == []
