"""The `stream` process: a carrier's live streams over WebSocket, each heard while the caller speaks.

Whoever is not the carrier is refused with 403 before anything is stored, one stream too many with 503; the call then
goes on with its recording alone.
"""

import asyncio
import re
import signal
from contextlib import suppress
from http import HTTPStatus

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from app.parts import Parts
from app.services.conversation import live
from app.services.wording.prompts import DEFAULT_DIALECT
from app.telephone.hearing import Hearing
from app.telephone.threads import Threads
from speech_models.audio import TELEPHONE_RATE, silence
from speech_models.catalogue import ModelMissing
from speech_models.language_model import language_model
from speech_models.recogniser import RecogniserUnavailable

_PATH = re.compile(r"/turn/([1-9][0-9]{0,5})")
_LARGEST_MESSAGE = 64 * 1024  # bytes; one of 20 ms is under 500
_NOTE_SECONDS = 1.0
_BEGIN_SECONDS = 10  # until a stream says which call it is

log = structlog.get_logger()


class Listener:
    """Everything that is listened to in this process."""

    def __init__(self, parts: Parts):
        self.parts = parts
        self.threads = Threads(parts.settings.workers)
        self._hearings: set[Hearing] = set()
        self._open = 0

    async def listen(self, port: int) -> Server:
        """A server on this port of the loopback address (0: a free one)."""
        server = await serve(
            self._take,
            "127.0.0.1",
            port,
            process_request=self._admit,
            max_size=_LARGEST_MESSAGE,
            compression=None,
        )
        self._noting = asyncio.create_task(self._note_now_and_then())
        return server

    def warm_up(self) -> None:
        """Load the models that most callers need, so that the first need not wait."""
        try:
            self.parts.recogniser_for(DEFAULT_DIALECT).transcribe(silence(1, TELEPHONE_RATE))
        except RecogniserUnavailable as error:
            log.error("nothing can be listened to until a model is installed", error=str(error))
        with suppress(ModelMissing):  # the worker's log says so
            language_model()

    async def close(self) -> None:
        """Wait for what the threads are at; to be called when the server is closed."""
        self._noting.cancel()
        await asyncio.to_thread(self.threads.close)
        await asyncio.get_running_loop().shutdown_default_executor()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        settings = self.parts.settings
        url = settings.stream_url.rstrip("/") + request.path
        if not self.parts.carrier.trusts(url, {}, dict(request.headers.raw_items())):
            log.warning("stream not signed by the carrier", path=request.path)
            return connection.respond(HTTPStatus.FORBIDDEN, "not signed by the carrier\n")
        if not _PATH.fullmatch(request.path):
            return connection.respond(HTTPStatus.NOT_FOUND, "no such turn\n")
        if self._open >= settings.streams:
            log.warning("stream refused, the call is recorded only", streams=self._open)
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "as many streams as this box hears\n")
        return None

    async def _take(self, connection: ServerConnection) -> None:
        self._open += 1
        try:
            if self._open <= self.parts.settings.streams:  # several may have been admitted in the same moment
                await self._hear(connection)
        finally:
            self._open -= 1

    async def _hear(self, connection: ServerConnection) -> None:
        turn = int(_PATH.fullmatch(connection.request.path)[1])
        hearing = Hearing(self.parts, self.threads, connection)
        try:
            if not await asyncio.wait_for(hearing.begin(turn), _BEGIN_SECONDS):
                return
        except TimeoutError:
            return
        self._hearings.add(hearing)
        try:
            await hearing.go_on()
        except Exception:
            log.exception("a stream failed, its recording is transcribed", call=hearing.call_id)
            await hearing.leave()
        finally:
            self._hearings.discard(hearing)
            await connection.close()

    async def _note_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_NOTE_SECONDS)
            going_on = {hearing.begun.conversation_id: hearing for hearing in self._hearings}
            if not going_on:
                continue
            words = {id: hearing.text for id, hearing in going_on.items()}
            try:
                over = await asyncio.to_thread(self._note, words)
            except Exception as error:  # the desk sees words a little later
                log.warning("words not noted", error=str(error))
                continue
            for id in over:
                going_on[id].stop()

    def _note(self, words: dict) -> set:
        with self.parts.database.session() as session:
            return live.note_words(session, words)


def run(parts: Parts) -> None:
    """Listen until told to stop. The worker lowers its priority, this process does not: somebody waits for it."""
    asyncio.run(_run(parts))


async def _run(parts: Parts) -> None:
    listener = Listener(parts)
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    server = await listener.listen(parts.settings.stream_port)
    log.info("listening", port=parts.settings.stream_port, streams=parts.settings.streams)
    await listener.threads.do(0, listener.warm_up)
    await stopped.wait()
    server.close()
    await server.wait_closed()
    await listener.close()
