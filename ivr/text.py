"""A turn as SMS: what it costs in parts, and cut to what is polite to send."""

from ivr.turn import Speak, Turn

PARTS = 2  # more than two parts are not sent
UCS2 = (70, 67)  # UTF-16 code units in a single text, and in each part of a longer one (3GPP TS 23.040)
GSM7 = (160, 153)  # septets, likewise
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_TWO = frozenset("^{}\\[~]|€\f")  # the extension table: two septets each


def as_text(turn: Turn) -> str | None:
    """What this turn says, as one SMS of at most two parts; None when it says nothing."""
    said = "".join(event.text for event in turn.events if isinstance(event, Speak))
    return cut(said) if said else None


def is_gsm7(text: str) -> bool:
    return all(sign in _GSM7 or sign in _GSM7_TWO for sign in text)


def length(text: str) -> int:
    """Septets of a GSM-7 text, else UTF-16 code units (a picture counts two)."""
    if is_gsm7(text):
        return len(text) + sum(sign in _GSM7_TWO for sign in text)
    return len(text.encode("utf-16-le")) // 2


def sms_parts(text: str) -> int:
    """How many parts a carrier sends and charges; 0 for an empty text. A sign of two units is never split."""
    single, part = GSM7 if is_gsm7(text) else UCS2
    if length(text) <= single:
        return 1 if text else 0
    parts, used = 1, 0
    for sign in text:
        size = _size(sign, text)
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts


def cut(text: str, parts: int = PARTS) -> str:
    """The text, or as much as fits into `parts` with … at its end, cut behind a sentence where one ends near."""
    if sms_parts(text) <= parts:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sms_parts(text[:middle] + "…") <= parts else (low, middle - 1)
    kept = text[:low]
    end = max(kept.rfind(sign) for sign in "。！？；，. ")
    return (kept[: end + 1] if end > len(kept) * 3 // 4 else kept).rstrip("，, ") + "…"


def _size(sign: str, text: str) -> int:
    if is_gsm7(text):
        return 2 if sign in _GSM7_TWO else 1
    return len(sign.encode("utf-16-le")) // 2
