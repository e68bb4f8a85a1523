"""Twilio's words for statuses, numbers and lengths, in ours; both sides of the adapter read them here."""

import math
import re

from app import phone_numbers

CALL_STATUS = {
    "queued": "queued",
    "initiated": "queued",
    "ringing": "ringing",
    "in-progress": "answered",
    "answered": "answered",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "canceled",
}
MESSAGE_STATUS = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_HIDDEN_WORDS = ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE", "PRIVATE")
# A hidden number comes as its word, or as the word typed on a keypad (+266696687 is ANONYMOUS).
_HIDDEN = {word.lower() for word in _HIDDEN_WORDS} | {"+" + word.translate(_KEYPAD) for word in _HIDDEN_WORDS}


def read_number(raw: str) -> str:
    """E.164 where it is possible, empty where hidden, else as it came (a short code, a SIP address)."""
    name = raw.lower().removeprefix("sip:").removeprefix("tel:")
    if not raw or raw == "+" or name.split("@")[0] in _HIDDEN:
        return ""
    try:
        return phone_numbers.as_stored(raw)
    except phone_numbers.NotANumber:
        return raw


def read_seconds(text: str | None) -> int | None:
    """Whole seconds, rounded up; None where none are given."""
    return math.ceil(float(text)) if text and re.fullmatch(r"[0-9]{1,6}([.][0-9]{1,6})?", text) else None
