"""What the carrier is asked about calls: whose one is that came without a number, whether a quiet one is over."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from app.carriers.port import CALL_ENDED, CarrierError
from app.services.conversation import calls, whose_call

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()


def find_callers(parts: "Parts") -> None:
    """Ask for the number of each call that nobody has told; whoever left a matter is sent its number."""
    with parts.database.reading() as session:
        waiting = whose_call.awaited(session)
    for call_id in waiting:
        _by_itself("caller not found", call_id, lambda call_id=call_id: _find_caller(parts, call_id))


def end_calls(parts: "Parts") -> None:
    """End calls that the carrier says are over, though no callback did; whoever left a matter is sent its number.

    One of which the carrier cannot tell ends when it has become older than a call lasts.
    """
    with parts.database.reading() as session:
        forgotten = calls.forgotten(session)
        quiet = calls.quiet(session)
    for call_id in dict.fromkeys((*forgotten, *quiet)):
        end_if_over(parts, call_id, else_end=call_id in forgotten)


def end_if_over(parts: "Parts", call_id: str, *, else_end: bool = False) -> None:
    """End a call if the carrier says that it is over (`else_end`: also if the carrier cannot tell)."""

    def end() -> None:
        if _is_over(parts, call_id, else_end):
            for receipt in parts.database.work(lambda session: calls.ended(parts, session, call_id)):
                parts.nudge(receipt)

    _by_itself("call not ended", call_id, end)


def _find_caller(parts: "Parts", call_id: str) -> None:
    number: str | None = None
    try:
        caller, called = parts.carrier.caller_of(call_id)
        number = called if caller == parts.settings.hotline else caller
    except CarrierError as error:
        if not error.permanent:
            raise
    for receipt in parts.database.work(lambda session: calls.caller_found(parts, session, call_id, number)):
        parts.nudge(receipt)


def _is_over(parts: "Parts", call_id: str, else_end: bool) -> bool:
    try:
        return parts.carrier.status_of(call_id) in CALL_ENDED
    except CarrierError as error:
        if not else_end and not error.permanent:
            raise
        return True


def _by_itself(what: str, call_id: str, do: Callable[[], None]) -> None:
    try:
        do()
    except Exception as error:  # one of which nothing can be had must not keep the others waiting
        log.warning(what, call=call_id, error=str(error))
