"""Plays the people from outside: a call from a WAV file, a text, over the network's control side."""

import json
from collections.abc import Iterator, Sequence

import requests

CONNECT_SECONDS = 5
LONGEST_PAUSE_SECONDS = 600  # between two things that happen in a call


class NoNetwork(Exception):
    """The phone network could not be asked, or refused; the message says why."""


def try_call(
    network_url: str,
    token: str,
    speech: Sequence[bytes],
    *,
    caller: str,
    keys: str = "",
    hang_up: float | str | None = None,
) -> Iterator[dict]:
    """Place a call and give what happens as it happens, until the last webhook of the call has been sent.

    `speech`: one WAV file per recording. `keys`, `hang_up`: plan.py. `token`: control.control_token. Raises NoNetwork.
    """
    form = {"from": caller, "keys": keys, "hang_up": "" if hang_up is None else str(hang_up)}
    files = [("speech", (f"{index}.wav", clip, "audio/wav")) for index, clip in enumerate(speech)]
    yield from _lines("POST", f"{network_url}/network/calls", token, LONGEST_PAUSE_SECONDS, data=form, files=files)


def try_text(network_url: str, token: str, body: str, *, caller: str, wait_s: float = 10) -> Iterator[dict]:
    """Send a text and give what happens, replies (`text`) included, for `wait_s` seconds. Raises NoNetwork."""
    said = {"from": caller, "body": body, "wait_s": wait_s}
    yield from _lines("POST", f"{network_url}/network/texts", token, wait_s + 10, json=said)


def look_at_phone(network_url: str, token: str, number: str) -> dict:
    """The texts and calls of a telephone."""
    return next(_lines("GET", f"{network_url}/network/phones/{number}", token, 10))


def set_phone(network_url: str, token: str, number: str, **changes) -> None:
    """How a telephone answers from now on: fields of Phone (plan.py), `keys`, `hang_up`."""
    list(_lines("PUT", f"{network_url}/network/phones/{number}", token, 10, json=changes))


def set_faults(network_url: str, token: str, **changes) -> None:
    """What the network does wrong from now on: fields of Faults (plan.py)."""
    list(_lines("PUT", f"{network_url}/network/faults", token, 10, json=changes))


def _lines(method: str, url: str, token: str, read_s: float, **what) -> Iterator[dict]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with (
            requests.Session() as session,
            session.request(
                method, url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, read_s), **what
            ) as answer,
        ):
            if answer.status_code >= 400:
                raise NoNetwork(f"The phone network refused: {answer.text.strip()}")
            for line in answer.iter_lines():
                yield json.loads(line)
    except requests.RequestException as error:
        raise NoNetwork(f"The phone network at {url} does not answer: {error}") from error
