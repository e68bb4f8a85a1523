"""Hearing: one live stream from its first message to the transcript."""

import asyncio

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from app.carriers.port import CarrierError, StreamBegan, StreamEnded, StreamSound
from app.parts import Parts
from app.services.conversation import live
from app.telephone.line import Line
from app.telephone.links import CallLinks
from app.telephone.threads import Threads
from speech_models.audio import Audio, joined, write_wav
from speech_models.correction import corrected
from speech_models.recogniser import Final, Listening, Partial
from speech_models.speech_detection import Ear
from speech_models.stitching import stitched
from speech_models.transcript import Transcript

LOOK_SECONDS = 0.2
MOST_LOST = 0.1  # of the sound; a stream that lost more is left to the recording
_END, _PAUSE, _SPEECH = 0, 1, 2  # ranks of work

log = structlog.get_logger()


class Hearing:
    """`text`: the words so far. Ends when she has been silent long enough, hangs up, or the turn is over (`stop`)."""

    def __init__(self, parts: Parts, threads: Threads, connection: ServerConnection):
        self.parts, self.threads, self.connection = parts, threads, connection
        self.call_id, self.text = "", ""
        self.begun: live.Begun | None = None
        self._line, self._ear = Line(), Ear()
        self._listening: Listening | None = None
        self._finals: list[Transcript] = []
        self._waiting: list[Audio] = []  # heard by the ear, not yet by the engine
        self._came = asyncio.Event()
        self._ended = ""  # why: stopped (she hung up), over (the turn is), broken (the stream did)

    async def begin(self, turn: int) -> bool:
        """Wait for the message that says which call it is. False where there is nothing to listen to."""
        try:
            while not self.call_id:
                said = self.parts.carrier.read_stream(await self.connection.recv())
                if isinstance(said, StreamBegan):
                    self.call_id = said.call_id
        except ConnectionClosed:
            return False
        self.begun = await asyncio.to_thread(self._begin, turn)
        if self.begun is None:
            log.info("no such turn waits for speech", call=self.call_id, turn=turn)
        return self.begun is not None

    async def go_on(self) -> None:
        """Hear all of it."""
        reading = asyncio.create_task(self._read())
        try:
            recogniser = await self.threads.do(_SPEECH, self.parts.recogniser_for, self.begun.dialect)
            self._listening = await self.threads.do(_SPEECH, recogniser.listen)
            await self._follow()
            await self._end()
        finally:
            reading.cancel()

    def stop(self) -> None:
        """The turn is over; what came until now is all."""
        self._ended = self._ended or "over"
        self._came.set()

    async def leave(self) -> None:
        """Leave this turn to its recording."""
        kept = await asyncio.to_thread(self._in_one_go, live.leave, self.begun)
        await asyncio.to_thread(self._nudge, kept)

    # ---------------------------------------------------------------- hearing

    async def _read(self) -> None:
        try:
            async for message in self.connection:
                said = self.parts.carrier.read_stream(message)
                if isinstance(said, StreamSound):
                    self._line.add(said.at_ms, said.sound)
                elif isinstance(said, StreamEnded):
                    self._ended = self._ended or "stopped"
                    break
                if self._line.seconds - self._ear.seconds >= LOOK_SECONDS:
                    self._came.set()
        except ConnectionClosed:
            pass
        self._ended = self._ended or "broken"
        self._came.set()

    async def _follow(self) -> None:
        """Until the end: the ear hears everything at once, the engine as it finds the time."""
        going_on: asyncio.Future | None = None
        while not self._is_at_its_end():
            await self._came.wait()
            self._came.clear()
            await self._look()
            if going_on is not None and going_on.done():
                self._take(going_on.result())
                going_on = None
            if going_on is None and self._waiting:
                rank = _PAUSE if self._ear.quiet > LOOK_SECONDS else _SPEECH
                guess = self.threads.idle
                going_on = self.threads.do(rank, self._listening.feed, self._fresh(), guess)
                going_on.add_done_callback(lambda _: self._came.set())
        if going_on is not None:
            self._take(await going_on)

    def _is_at_its_end(self) -> bool:
        if self._ended or self._line.seconds >= self.begun.max_seconds:
            return True
        return self._ear.spoke_until is not None and self._ear.quiet >= self.parts.settings.end_pause

    async def _look(self) -> None:
        chunk = self._line.take()
        if chunk.seconds:
            await asyncio.to_thread(self._ear.hear, chunk)
            self._waiting.append(chunk)

    def _fresh(self) -> Audio:
        chunk, self._waiting = joined(self._waiting), []
        return chunk

    def _take(self, news: Partial | Final | None) -> None:
        if isinstance(news, Final):
            self._finals.append(news.transcript)
        said = "".join(final.text for final in self._finals)
        if news is not None:
            self.text = said + (news.text if isinstance(news, Partial) else "")

    # ---------------------------------------------------------------- the end

    async def _end(self) -> None:
        why = self._ended  # what happens from here on changes nothing
        await self._look()
        found = await self.threads.do(_END, self._finish)
        self.text = found.text
        if why == "broken" or self._line.lost > MOST_LOST or not found.words:
            log.info("left to the recording", **self._figures(why))
            await self.leave()
            return
        kept = await asyncio.to_thread(self._keep, found)
        if not why and kept.waits:
            await asyncio.to_thread(self._answer)
        await asyncio.to_thread(self._nudge, kept)
        log.info("heard live", **self._figures(why))

    def _figures(self, why: str) -> dict:
        return {
            "call": self.call_id,
            "turn": self.begun.turn,
            "seconds": round(self._line.seconds, 1),
            "frames": self._line.frames,
            "lost": round(self._line.lost, 3),
            "ended": why or "pause",
        }

    def _finish(self) -> Transcript:
        if self._waiting:
            self._take(self._listening.feed(self._fresh(), False))
        last = self._listening.finish().transcript
        whole = stitched([*self._finals, last], last.engine) if self._finals else last
        return corrected(whole, self.begun.knowledge)

    def _begin(self, turn: int) -> live.Begun | None:
        return self._in_one_go(live.begin, self.call_id, turn)

    def _keep(self, found: Transcript) -> live.Kept:
        whole, key = self._line.whole, live.sound_key()
        sound = write_wav(whole, mulaw=True)
        self.parts.storage.put(key, sound)
        heard = live.heard(found, sound, whole.seconds, key)
        return self.parts.database.work(lambda session: live.keep(self.parts, session, self.begun, heard))

    def _answer(self) -> None:
        """Have the call go on now. Where that fails, the recording's own silence ends it, a moment later."""
        settings = self.parts.settings
        links = CallLinks(settings.base_url.rstrip("/"), self.begun.turn, settings.person)
        try:
            self.parts.carrier.go_on(self.call_id, links.heard())
        except CarrierError as error:
            log.warning("the call could not be told to go on", call=self.call_id, error=str(error))

    def _in_one_go(self, do, *values):
        return self.parts.database.work(lambda session: do(session, *values))

    def _nudge(self, kept: live.Kept) -> None:
        for row in kept.later:
            self.parts.nudge(row)
