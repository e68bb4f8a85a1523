"""Live streams of a call, as Twilio's Media Streams: what the caller says, 20 ms a message, over a signed WebSocket.

Format: www.twilio.com/docs/voice/media-streams/websocket-messages.
"""

import base64
import json
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import connect

from app.carriers.simulator import sound
from app.carriers.simulator.records import Call, new_sid

CONNECT_SECONDS = 5
FRAME_SECONDS = sound.FRAME / sound.RATE


class NoStream(Exception):
    """The stream could not be opened; `code` is Twilio's. The call goes on without it."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


class Stream:
    """One stream, from now until the service closes it or the call ends. Raises NoStream.

    `voice` gives the caller's samples (16 bit, 8 kHz) between two times of the call. Used by the call's thread only.
    """

    def __init__(self, call: Call, url: str, signature: str, voice: Callable[[float, float], np.ndarray]):
        self._call, self._voice = call, voice
        self._sid, self._sent, self._chunk = new_sid("MZ"), 0, 0
        self._began = call.timeline.now
        self._closing = ExitStack()
        headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioMediaStreams/1.0"}
        try:
            self._socket = self._closing.enter_context(
                connect(url, additional_headers=headers, open_timeout=CONNECT_SECONDS, compression=None, proxy=None)
            )
        except InvalidStatus as error:
            raise NoStream(31920, f"{url} answered {error.response.status_code}") from error
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise NoStream(31901, f"{url} cannot be reached: {error}") from error
        self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self._send(self._start())

    def pass_time(self, now: float) -> bool:
        """Send what the caller said until now (seconds of the call). False once the service has closed the stream."""
        try:
            while self._began + (self._chunk + 1) * FRAME_SECONDS <= now + 1e-9:
                self._send(self._media())
        except ConnectionClosed:
            return False
        return True

    def stop(self) -> None:
        """The call is over."""
        said = {"accountSid": self._call.account_sid, "callSid": self._call.sid}
        try:
            self._send(self._numbered("stop", stop=said))
        except ConnectionClosed:
            return
        finally:
            self._closing.close()

    def _start(self) -> dict:
        about = {
            "accountSid": self._call.account_sid,
            "streamSid": self._sid,
            "callSid": self._call.sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": sound.RATE, "channels": 1},
            "customParameters": {},
        }
        return self._numbered("start", start=about)

    def _media(self) -> dict:
        at = self._chunk * FRAME_SECONDS
        samples = self._voice(self._began + at, self._began + at + FRAME_SECONDS)
        self._chunk += 1
        said = {
            "track": "inbound",
            "chunk": str(self._chunk),
            "timestamp": str(round(at * 1000)),
            "payload": base64.b64encode(sound.to_mulaw(samples)).decode(),
        }
        return self._numbered("media", media=said)

    def _numbered(self, event: str, **what) -> dict:
        self._sent += 1
        return {"event": event, "sequenceNumber": str(self._sent), **what, "streamSid": self._sid}

    def _send(self, message: dict) -> None:
        self._socket.send(json.dumps(message))
