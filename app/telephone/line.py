"""Line: the sound of one live stream put in order. What was lost on the way is silence of the same length."""

from speech_models.audio import TELEPHONE_RATE, Audio, from_mulaw

_SILENCE = b"\xff"  # of mu-law
_PER_MS = TELEPHONE_RATE // 1000
_TOLERANCE_MS = 10  # half a frame: clocks of carriers are not that exact
_LONGEST_GAP_MS = 60_000


class Line:
    """Takes pieces of 8 kHz mu-law as they come; times count from the first of them.

    `frames` are the pieces that came; `lost` is the share of the sound (0 to 1) that never did.
    """

    def __init__(self):
        self.frames = 0
        self._sound = bytearray()
        self._taken = 0
        self._lost = 0
        self._first_ms: int | None = None

    @property
    def seconds(self) -> float:
        return len(self._sound) / TELEPHONE_RATE

    @property
    def lost(self) -> float:
        return self._lost / len(self._sound) if self._sound else 0.0

    def add(self, at_ms: int, sound: bytes) -> None:
        """A piece that begins `at_ms` milliseconds into the stream; one that is there already is left out."""
        self.frames += 1
        if self._first_ms is None:
            self._first_ms = at_ms
        gap = at_ms - self._first_ms - len(self._sound) // _PER_MS
        if gap <= -_TOLERANCE_MS:
            return
        if gap >= _TOLERANCE_MS:
            missing = min(gap, _LONGEST_GAP_MS) * _PER_MS
            self._sound += _SILENCE * missing
            self._lost += missing
        self._sound += sound

    def take(self) -> Audio:
        """What has come since the last time."""
        fresh = bytes(self._sound[self._taken :])
        self._taken = len(self._sound)
        return from_mulaw(fresh)

    @property
    def whole(self) -> Audio:
        """Everything that came."""
        return from_mulaw(bytes(self._sound))
