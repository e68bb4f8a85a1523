"""Evidence (证据): a copy of a recording of the carrier's, kept and proved before the carrier's own is deleted.

What decodes is kept, whatever its length. Proved is a copy that was read back from our store as it was written, that
decodes, and that lasts what the carrier said, within two seconds. Nothing else lets anything be deleted.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.carriers.port import Doubtful, RecordingRef
from app.models.later import Copied
from app.storage import Storage, StorageUnavailable
from speech_models.audio import TELEPHONE_RATE, Audio, BadSound, Empty, is_cut_short, read_sound, silence

if TYPE_CHECKING:
    from app.parts import Parts

TOLERANCE_SECONDS = 2.0  # between what the carrier says, in whole seconds, and what is in the file
_LONGER_SECONDS = 0.05  # a copy that is longer by less is the same


class NotProved(Exception):
    """Our copy is not known to be all of the recording; the message says why. The carrier's stays where it is."""


@dataclass(frozen=True)
class Copy:
    """A sound that decodes. `doubtful`: the way in which it came proves nothing."""

    sound: bytes
    audio: Audio
    doubtful: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sound).hexdigest()


def fetch(parts: "Parts", carrier_id: str, said: float | None) -> Copy:
    """What the carrier holds, decoded. `said`: the seconds that it lasts there.

    Raises CarrierError, NotReady, and BadSound for what is no sound.
    """
    try:
        sound, doubt = parts.carrier.recording(RecordingRef(carrier_id, call_id="")), ""
    except Doubtful as error:
        sound, doubt = error.sound, str(error)
    try:
        return Copy(sound, _read(sound, said), bool(doubt))
    except BadSound as error:
        error.add_note(f"{len(sound)} bytes came. {doubt}")
        raise


def kept(storage: Storage, key: str, row: Copied) -> Copy:
    """What our store holds under `key`. Raises BadSound: it is gone, is not what was kept, or does not decode."""
    try:
        copy_of = storage.get(key)
    except KeyError:
        raise BadSound("The store does not have the sound file any more.") from None
    if row.sha256 and hashlib.sha256(copy_of).hexdigest() != row.sha256:
        raise BadSound("The sound file in the store is not what was kept there.")
    return Copy(copy_of, _read(copy_of, row.said_seconds))


def _read(sound: bytes, said: float | None) -> Audio:
    """A sound; one without a sample only where the carrier itself says that it lasts no time: she said nothing."""
    try:
        return read_sound(sound)
    except Empty:
        if said != 0:
            raise
        return silence(0, TELEPHONE_RATE)


def keep(storage: Storage, key: str, sound: bytes) -> None:
    """Put a sound into the store and read it back. Raises StorageUnavailable."""
    storage.put(key, sound)
    try:
        is_there = storage.get(key) == sound
    except KeyError:
        is_there = False
    if not is_there:
        raise StorageUnavailable(f"The store does not give back what was put under {key}.")


def note(row: Copied, copy: Copy) -> None:
    """The copy that is kept is this one."""
    row.sha256, row.seconds, row.doubtful = copy.sha256, copy.audio.seconds, copy.doubtful


def prove(storage: Storage, key: str, row: Copied, *, longer: bool = False) -> None:
    """Nothing, if the copy under `key` is all of the recording; `longer`: it may last longer than that. Else NotProved.

    Raises StorageUnavailable.
    """
    try:
        copy = kept(storage, key, row)
    except BadSound as error:
        raise NotProved(f"Our copy cannot be read back: {error}") from error
    if row.doubtful:
        raise NotProved("The copy came in a way that proves nothing.")
    if is_cut_short(copy.sound):
        raise NotProved("The copy ends before its own header says so.")
    if row.said_seconds is None:
        raise NotProved("The carrier has not said how long the recording is.")
    if not _fits(copy.audio.seconds, row.said_seconds) and not (longer and copy.audio.seconds > row.said_seconds):
        raise NotProved(f"Our copy lasts {copy.audio.seconds:.1f} s, the carrier says {row.said_seconds:.0f} s.")


def better(storage: Storage, key: str, row: Copied, found: Copy) -> bool:
    """Whether what was fetched again replaces our copy: it is longer, as long as was said, or ours cannot be used."""
    try:
        ours = kept(storage, key, row).audio.seconds
    except BadSound:
        return True
    more = found.audio.seconds - ours
    if row.said_seconds is not None and _fits(found.audio.seconds, row.said_seconds) > _fits(ours, row.said_seconds):
        return True
    return more > _LONGER_SECONDS or (more > -_LONGER_SECONDS and row.doubtful and not found.doubtful)


def _fits(seconds: float, said: float) -> bool:
    return abs(seconds - said) <= TOLERANCE_SECONDS


def is_short(row: Copied) -> bool:
    """Whether a part of what was recorded is missing in our copy."""
    return row.said_seconds is not None and row.seconds < row.said_seconds - TOLERANCE_SECONDS


def said_seconds(parts: "Parts", carrier_id: str, call_id: str) -> float | None:
    """How long the carrier says that a recording lasts, asked now; None where it does not say. Raises CarrierError."""
    found = (ref.seconds for ref in parts.carrier.recordings(call_id=call_id) if ref.id == carrier_id)
    seconds = next(found, None)
    return None if seconds is None else float(seconds)


def reason(error: Exception) -> str:
    """The error and what was noted with it, in one line."""
    return " ".join([str(error), *getattr(error, "__notes__", ())]).strip()
