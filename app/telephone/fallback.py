"""The number's fallback: a process of its own, without database, queue or models, that answers when the web does not.

`gunicorn app.telephone.fallback:application`: GET or POST /busy says "please leave a message" and records. No webhook
comes back here: the sweep finds the recording in the carrier's list. The documents lie beside this file, the sounds are
the prompts that came with the service; nothing else is loaded, so nothing else can keep it from starting.
"""

import re
from pathlib import Path

PROMPTS = Path(__file__).parents[2] / "ivr" / "words" / "audio" / "mandarin"
DOCUMENTS = Path(__file__).parent / "fallback_documents"  # tests/telephone/test_fallback.py: as the adapter writes them
_SOUND = re.compile(r"^/(busy(?:_bye)?\.\d+\.wav)$")
_PAGES = {f"/{path.stem}": path.read_bytes() for path in sorted(DOCUMENTS.glob("*.xml"))}


def application(environ, start_response):
    """WSGI."""
    path = environ.get("PATH_INFO", "")
    if path in _PAGES:
        status, content_type, body = "200 OK", "text/xml; charset=utf-8", _PAGES[path]
    elif (sound := _SOUND.match(path)) and (PROMPTS / sound[1]).is_file():
        status, content_type, body = "200 OK", "audio/wav", (PROMPTS / sound[1]).read_bytes()
    else:
        status, content_type, body = "404 Not Found", "text/plain; charset=utf-8", b"not found"
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
