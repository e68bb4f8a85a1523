"""The peer's way with Vosk: vosk-server's, modelled in this process, or its own asr_server.py of a checkout.

vosk-server opens a recogniser for each socket and answers every chunk: with the result at the end of an utterance,
else with the partial one (websocket/asr_server.py of https://github.com/alphacep/vosk-server).
"""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import vosk
from websockets.sync.client import connect

from speech_models.audio import Audio, to_pcm16

RATE = 8000
STARTED_WITHIN_SECONDS = 60
END = '{"eof" : 1}'
# Newer websockets give a handler no path; the server's takes one.
RUN = """
import inspect, os, runpy, sys, websockets
serve = websockets.serve
def with_path(handler, *places, **named):
    takes_path = len(inspect.signature(handler).parameters) == 2
    return serve((lambda socket: handler(socket, socket.request.path)) if takes_path else handler, *places, **named)
websockets.serve = with_path
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class PlainStream:
    """One socket's loop of vosk-server, without the socket."""

    def __init__(self, model: vosk.Model):
        self._recognizer = vosk.KaldiRecognizer(model, RATE)
        self._recognizer.SetWords(True)
        self._recognizer.SetMaxAlternatives(0)

    def feed(self, chunk: Audio) -> bool:
        """Decode 100 ms of mono audio at 8 kHz; whether an utterance ended."""
        if self._recognizer.AcceptWaveform(to_pcm16(chunk)):
            self._recognizer.Result()
            return True
        self._recognizer.PartialResult()
        return False

    def finish(self) -> None:
        self._recognizer.FinalResult()


class VoskServer:
    """A running asr_server.py on a free port of the loopback; close() ends it.

    Raises FileNotFoundError where the checkout holds none and RuntimeError when it does not start.
    """

    def __init__(self, checkout: Path, model: Path):
        script = next(iter(sorted(checkout.rglob("asr_server.py"))), None) if checkout.is_dir() else checkout
        if script is None or not script.is_file():
            raise FileNotFoundError(f"There is no asr_server.py in {checkout}.")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        settings = {
            "VOSK_SERVER_INTERFACE": "127.0.0.1",
            "VOSK_SERVER_PORT": str(self._port),
            "VOSK_SAMPLE_RATE": str(RATE),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(script), str(model)],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(STARTED_WITHIN_SECONDS * 10):
            if self._process.poll() is not None:
                raise RuntimeError("asr_server.py ended as it started.")
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                return
            time.sleep(0.1)
        self.close()
        raise RuntimeError(f"asr_server.py did not open its port within {STARTED_WITHIN_SECONDS} s.")

    def open(self) -> "ServerStream":
        return ServerStream(f"ws://127.0.0.1:{self._port}")

    def cpu_seconds(self) -> float:
        """What the server has used of the processor so far (proc(5): utime and stime)."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class ServerStream:
    """One socket to a vosk-server: each chunk is sent, and its answer awaited."""

    def __init__(self, address: str):
        self._open = ExitStack()
        self._socket = self._open.enter_context(connect(address, compression=None))

    def feed(self, chunk: Audio) -> bool:
        """Send 100 ms of mono audio at 8 kHz; whether an utterance ended."""
        self._socket.send(to_pcm16(chunk))
        return "partial" not in json.loads(self._socket.recv())

    def finish(self) -> None:
        self._socket.send(END)
        self._socket.recv()
        self._open.close()
