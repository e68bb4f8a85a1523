"""The engine: `start` and `resume` give the next Turn of a conversation. Pure: the same in, the same out.

    start(flow, words, *, channel, dialect, values) -> Turn
    resume(flow, words, state, heard) -> Turn

`values` (all text) are what the words may name and the flow may choose by: `town`, `hotline`; `caller_known` (no:
hidden number), `texts` (no: opted out, or a number that cannot get any). A Turn whose wait is LookUp or OpenCase is
answered by the service at once with Found; what both turns say belongs together.
"""

from dataclasses import replace

from ivr.flow import Flow, FlowError
from ivr.step import PERSON_KEY, Step
from ivr.turn import (
    Event,
    Finished,
    Heard,
    HungUp,
    Key,
    LookUp,
    OpenCase,
    State,
    Texted,
    Turn,
    Understood,
    Wait,
    WaitForText,
)
from ivr.understand import emergency
from ivr.words import Words

STEPS_PER_TURN = 40  # more without a wait means a flow that runs in a ring
TURNS_PER_CALL = 60  # a stuck key; a thread of texts has no end, how often it is answered is the service's to limit
_COUNT = "count."  # what the values of a `limit` are called


class Talk:
    """One turn in the making: the `Talk` of ivr/step.py. Never outlives the turn."""

    def __init__(self, flow: Flow, words: Words, state: State):
        self.values = dict(state.values)
        self.events: list[Event] = []
        self._flow, self._words, self._state = flow, words, state
        self._tries = state.tries

    @property
    def gone(self) -> bool:
        """The caller has hung up: nothing more is said, nobody is waited for."""
        return self.values.get("gone") == "yes"

    def hang_up(self) -> None:
        self.values["gone"] = "yes"

    def put(self, /, **values: str) -> None:
        """Set values; an empty one is forgotten."""
        self.values |= values
        self.values = {name: value for name, value in self.values.items() if value}

    def forget_case(self) -> None:
        self.put(number="", state="", place="", matter="", answer="", delay="")

    def take(self, limit: str, times: int) -> bool:
        """Whether the way through this limit was free: it is `times` times."""
        name = f"{_COUNT}{limit}"
        taken = int(self.values.get(name, "0"))
        if taken < times:
            self.values[name] = str(taken + 1)
        return taken < times

    def forget_limits(self) -> None:
        self.values = {name: value for name, value in self.values.items() if not name.startswith(_COUNT)}

    def do(self, event: Event) -> None:
        self.events.append(event)

    def say(self, step: Step, *, again: bool = False) -> None:
        """Say a step's words, if it has any and somebody listens."""
        if self.gone:
            return
        channel, dialect = self._state.channel, self._state.dialect
        speak = self._words.say(step, self._flow.person_label, channel, dialect, self.values, again)
        if speak.text:
            self.events.append(speak)

    def again(self, step: Step, repeats: int, wait: Wait) -> Wait | None:
        """A miss: say the step's words again and give its wait, or None when that was done `repeats` times."""
        self._tries += 1
        if self._tries > repeats:
            return None
        self.say(step, again=True)
        return wait

    def arrive(self, step: str) -> None:
        self._state = replace(self._state, step=step)
        self._tries = 0

    def turn(self, wait: Wait) -> Turn:
        if self.gone and not isinstance(wait, LookUp | OpenCase):
            wait = Finished()
        if isinstance(wait, WaitForText):
            self.put(text="", rest="", asked_number="", sure="", verdict="")
        state = replace(
            self._state, version=self._flow.version, tries=self._tries, turns=self._state.turns + 1, values=self.values
        )
        return Turn(state, tuple(self.events), wait)


def start(flow: Flow, words: Words, *, channel: str, dialect: str, values: dict[str, str]) -> Turn:
    """The first turn of a conversation. Raises FlowError when the flow has no such channel."""
    if channel not in flow.start:
        raise FlowError(f"The flow has no start for the channel {channel}.", flow.file, 1)
    given = {name: value for name, value in values.items() if value}
    state = State(flow.name, flow.version, channel, dialect, flow.start[channel], values=given)
    return _go(flow, Talk(flow, words, state), flow.start[channel])


def resume(flow: Flow, words: Words, state: State, heard: Heard) -> Turn:
    """The next turn, after `heard`. Anything may be heard at any time: what does not answer the wait repeats it.

    A state of another version of the flow goes on where its step still exists, else (sms) begins again or (voice)
    gives up politely. Raises FlowError only for a flow that `load_flow` would have refused.
    """
    talk = Talk(flow, words, state)
    step = flow.steps.get(state.step)
    if state.channel == "voice" and state.turns >= TURNS_PER_CALL:
        return _go(flow, talk, flow.give_up) if state.turns == TURNS_PER_CALL else talk.turn(Finished())
    if step is None:
        if state.channel == "voice":
            return _go(flow, talk, flow.give_up)
        step = flow.steps[flow.start["sms"]]
        talk.arrive(step.name)
    return _go(flow, talk, _hear(flow, talk, step, heard))


def _hear(flow: Flow, talk: Talk, step: Step, heard: Heard) -> Wait | str:
    if isinstance(heard, HungUp):
        talk.hang_up()
        return step.hear(talk, heard) if step.is_transfer else Finished()
    if talk.gone and not step.waits:
        return Finished()
    if isinstance(heard, Key) and heard.key == PERSON_KEY and not talk.gone and not step.is_transfer:
        talk.values["reason"] = "asked_for_person"
        return flow.person
    if isinstance(heard, Texted | Understood) and not step.is_transfer:
        found = emergency(heard.text)
        if found:
            channel = "sms" if isinstance(heard, Texted) else "voice"
            talk.put(emergency=found.name, emergency_word=found.heard, emergency_number=found.number)
            talk.put(text=heard.text if channel == "sms" else "")
            return flow.emergency.get(channel) or flow.person
    if isinstance(heard, Texted) and not step.waits:
        return flow.start.get("sms") or Finished()
    return step.hear(talk, heard)


def _go(flow: Flow, talk: Talk, where: Wait | str) -> Turn:
    for _ in range(STEPS_PER_TURN):
        if not isinstance(where, str):
            return talk.turn(where)
        talk.arrive(where)
        where = flow.steps[where].enter(talk)
    raise FlowError(f"The flow goes round without waiting, at step `{talk.turn(Finished()).state.step}`.", flow.file)
