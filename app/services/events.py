"""The vocabulary of the ledger (事件): every kind of event, what of it are words and whose, and what others call it."""

from dataclasses import dataclass

CALLER, REPLY, STAFF = "caller", "reply", "staff"


@dataclass(frozen=True)
class Kind:
    """One kind of event.

    `words` are the keys of an event's data that hold words, and `whose` says whose they are: CALLER (said or texted by
    the caller, or a reading of it), REPLY (what the hotline answered, which repeats the matter), STAFF (a reason or
    report of those who work on the case). `own`: these words are in no other row, so the search reads them here.
    `caller_spoke`: the caller said something about a case that the desk knows. `public`: what other systems call it;
    empty where they are not told. `to_duty`: the duty telephone of the department in the lead is told.
    """

    words: tuple[str, ...] = ()
    whose: str = ""
    own: bool = False
    caller_spoke: bool = False
    public: str = ""
    to_duty: bool = False

    def __post_init__(self):
        if bool(self.words) != bool(self.whose):
            raise ValueError("words are somebody's, and only words are")


def _said(*words: str, own: bool = False, caller_spoke: bool = False, public: str = "") -> Kind:
    return Kind(words, CALLER, own, caller_spoke, public)


def _reason(*words: str, public: str = "") -> Kind:
    return Kind(words, STAFF, own=True, public=public)


KINDS: dict[str, Kind] = {
    # it comes in and is understood
    "received": _said("name", public="case.received"),
    "recorded": Kind(),
    "transcribed": _said("text"),
    "understood": _said("because"),
    "caller_known": Kind(),
    "place_picked": Kind(),
    "confirmed": Kind(),
    "corrected": _said("text"),
    "added": _said("text", own=True, caller_spoke=True),
    "called_again": Kind(caller_spoke=True),
    "alerted": _said("word", "matter"),
    "transferred": Kind(),
    "call_back": Kind(),
    "called_back": Kind(),
    "call_tried": Kind(),
    "read": Kind(),
    # who sees to it
    "decided": Kind(public="case.decided"),
    "assigned": _reason("why", public="case.assigned"),
    "signed": Kind(public="case.accepted"),
    "begun": Kind(public="case.in_progress"),
    "reported": _reason("text", public="case.reported"),
    "returned": _reason("why", public="case.returned"),
    # by when
    "clock": Kind(),
    "clock_stopped": Kind(),
    "clock_unknown": Kind(),
    "sign_late": Kind(to_duty=True),
    "reminded": Kind(to_duty=True),
    "urged": Kind(("why",), STAFF, own=True, public="case.reminded", to_duty=True),
    "raised": Kind(),
    "time_asked": _reason("why"),
    "time_refused": _reason("why"),
    "extended": _reason("why", public="case.extended"),
    "paused": _reason("why"),
    "resumed": Kind(),
    "delay_told": Kind(),
    # what she is told, and what she says to it
    "texted": Kind(("body",), REPLY, public="case.replied"),
    "spoken": Kind(("text",), REPLY, public="case.replied"),
    "delivered": Kind(),
    "failed": Kind(),
    "asked": Kind(),
    "ask_tried": Kind(),
    "followed_up": _said("text", own=True, public="case.followed_up"),
    "graded": Kind(),
    "closed": _reason("why", public="case.closed"),
    "reopened": _said("text", own=True, caller_spoke=True, public="case.reopened"),
    "archived": Kind(public="case.archived"),
    # the same matter elsewhere
    "same_proposed": Kind(),
    "joined": Kind(),
    "parted": Kind(),
    "not_same": Kind(),
    "published": Kind(("text",), STAFF, own=True),
    "unpublished": Kind(),
    "foreign_status": Kind(("notes",), STAFF),
}


def kind(name: str) -> Kind:
    """What is known of a kind of event; of one that this version does not know, that nothing of it may be words."""
    return KINDS.get(name, Kind())
