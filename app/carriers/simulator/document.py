"""A TwiML document: read, or refused with the code that Twilio's debugger would show."""

import xml.etree.ElementTree as ET

from app.carriers.simulator.webhooks import Answer, Trouble

LARGEST = 64 * 1024
VERBS = {"Start", "Play", "Say", "Pause", "Gather", "Record", "Redirect", "Dial", "Hangup", "Reject"}
NESTED = {"Start": {"Stream"}, "Gather": {"Play", "Say", "Pause"}, "Dial": {"Number"}}
XML_TYPES = ("text/xml", "application/xml", "text/html")


def read(answer: Answer) -> ET.Element:
    """The Response element. Raises Trouble: 11750 too large, 12300 not XML by its type, 12100 by its content, 12200
    a verb that does not exist or stands where it must not."""
    if len(answer.body) > LARGEST:
        raise Trouble(11750, f"The document of {answer.url} is larger than 64 kB")
    if not answer.content_type.lower().startswith(XML_TYPES):
        raise Trouble(12300, f"The document of {answer.url} is {answer.content_type or 'of no type'}, not text/xml")
    try:
        root = ET.fromstring(answer.body)
    except ET.ParseError as error:
        raise Trouble(12100, f"The document of {answer.url} is not XML: {error}") from error
    if root.tag != "Response":
        raise Trouble(12100, f"The document of {answer.url} begins with {root.tag}, not Response")
    for verb in root:
        if verb.tag not in VERBS:
            raise Trouble(12200, f"{verb.tag} in {answer.url} is no verb")
        for inner in verb:
            if inner.tag not in NESTED.get(verb.tag, ()):
                raise Trouble(12200, f"{inner.tag} cannot stand in {verb.tag} ({answer.url})")
    return root


def whole(verb: ET.Element, name: str, default: int, least: int = 0) -> int:
    """A number given as an attribute. Raises Trouble where it is none."""
    raw = verb.get(name)
    if raw is None:
        return default
    if not raw.strip().isdecimal() or int(raw) < least:
        raise Trouble(12200, f"{name} of {verb.tag} is {raw!r}")
    return int(raw)


def yes(verb: ET.Element, name: str, default: bool) -> bool:
    return verb.get(name, str(default)).strip().lower() == "true"


def messages(answer: Answer) -> list[str]:
    """The texts that the answer to a text asks to be sent back; an empty answer asks for none."""
    if not answer.content_type.lower().startswith(XML_TYPES) or not answer.body.strip():
        return []
    try:
        root = ET.fromstring(answer.body)
    except ET.ParseError:
        return []
    return ["".join(message.itertext()).strip() for message in root.iter("Message")]
