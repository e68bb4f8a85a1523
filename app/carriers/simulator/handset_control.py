"""Handsets played from outside: what the practice phone's page does with one, under /network/handsets/<number>."""

from flask import Blueprint, jsonify, request

from app.carriers.simulator.network import Network, is_number
from app.carriers.simulator.plan import read_plan

LONGEST_WAIT_SECONDS = 5.0
_NOT_SHOWN = ("webhook", "status", "stream", "recording", "lost")


def add(control: Blueprint, network: Network) -> None:
    """Add the addresses to the control side, behind its token."""

    def handset(number: str):
        if not is_number(number):
            raise ValueError(f"{number!r} is not a telephone number")
        return network.handset(number)

    @control.get("/handsets/<number>")
    def look_at_handset(number: str):
        """What is new. `call`: the call that is known already; `events`, `texts`: how many of its events and of the
        telephone's texts are known; `wait_s`: wait for the next event of that call, while it is going on.
        """
        phone, known = handset(number), request.args
        phone.look()
        call, events = phone.call, []
        seen = known.get("events", 0, int) if call and known.get("call") == call.sid else 0
        if call:
            wait_s = min(known.get("wait_s", 0.0, float), LONGEST_WAIT_SECONDS) if phone.is_busy else 0.0
            events = call.log.after(seen, wait_s)
        texts = network.log(number).so_far()[known.get("texts", 0, int) :]
        return jsonify(
            call=call.sid if call else "",
            going_on=phone.is_busy,
            rings=phone.rings,
            events=[event for event in events if event["event"] not in _NOT_SHOWN],
            seen=seen + len(events),
            texts=[text for text in texts if text["event"] in ("sent", "text")],
            texts_seen=known.get("texts", 0, int) + len(texts),
        )

    @control.post("/handsets/<number>/calls")
    def dial(number: str):
        """Form: `hidden`; with `by_itself` the plan of the call, too: `keys`, `hang_up`, files `speech`."""
        form, plan = request.form, None
        if form.get("by_itself"):
            speech = tuple(file.read() for file in request.files.getlist("speech"))
            plan = read_plan(form.get("keys", ""), form.get("hang_up", ""), speech)
        phone = handset(number)
        phone.look()
        call = network.dial(phone, request.host_url, hidden=bool(form.get("hidden")), plan=plan)
        return jsonify(call=call.sid)

    @control.post("/handsets/<number>/answer")
    def answer(number: str):
        handset(number).answer()
        return "", 204

    @control.post("/handsets/<number>/hang-up")
    def hang_up(number: str):
        handset(number).hang_up()
        return "", 204

    @control.post("/handsets/<number>/keys")
    def press(number: str):
        """JSON: `key`, one of 0-9 * #."""
        key = str(request.get_json().get("key", ""))
        if key not in tuple("0123456789*#"):
            raise ValueError(f"{key!r} is not a key")
        handset(number).press(key)
        return "", 204

    @control.post("/handsets/<number>/speech")
    def say(number: str):
        """A sound file, said into the call from now on."""
        handset(number).say(request.get_data())
        return "", 204

    @control.post("/handsets/<number>/texts")
    def text(number: str):
        """JSON: `body`, to the hotline."""
        network.text_in(handset(number).number, str(request.get_json().get("body", "")))
        return "", 204
