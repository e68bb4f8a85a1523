"""The number's fallback: a process of its own, without database, queue or models, that answers when the web does not.

`gunicorn app.telephone.fallback:application`: GET or POST /busy says "please leave a message" and records. No webhook
comes back here: the sweep finds the recording in the carrier's list. Sounds are the prompts that came with the
service.
"""

import re
from pathlib import Path

PROMPTS = Path(__file__).parents[2] / "ivr" / "words" / "audio" / "mandarin"
_SOUND = re.compile(r"^/(busy(?:_bye)?\.\d+\.wav)$")
_ASK = (
    '<?xml version="1.0" encoding="UTF-8"?><Response>{ask}'
    '<Record action="thanks" method="GET" maxLength="180" timeout="5" finishOnKey="#" playBeep="true"/>'
    "</Response>"
)
_THANKS = '<?xml version="1.0" encoding="UTF-8"?><Response>{thanks}<Hangup/></Response>'


def _plays(step: str) -> str:
    return "".join(f"<Play>{path.name}</Play>" for path in sorted(PROMPTS.glob(f"{step}.[0-9]*.wav")))


_DOCUMENTS = {
    "/busy": _ASK.format(ask=_plays("busy")).encode(),
    "/thanks": _THANKS.format(thanks=_plays("busy_bye")).encode(),
}


def application(environ, start_response):
    """WSGI."""
    path = environ.get("PATH_INFO", "")
    if path in _DOCUMENTS:
        status, content_type, body = "200 OK", "text/xml; charset=utf-8", _DOCUMENTS[path]
    elif (sound := _SOUND.match(path)) and (PROMPTS / sound[1]).is_file():
        status, content_type, body = "200 OK", "audio/wav", (PROMPTS / sound[1]).read_bytes()
    else:
        status, content_type, body = "404 Not Found", "text/plain; charset=utf-8", b"not found"
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
