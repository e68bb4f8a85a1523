"""The kinds of step, one file each, by the word that a flow uses for them."""

from ivr.step import Step
from ivr.steps.alert import Alerting
from ivr.steps.ask import Ask
from ivr.steps.call_back import CallingBack
from ivr.steps.choose import Choose
from ivr.steps.confirm import Confirming
from ivr.steps.finish import Finish
from ivr.steps.join_case import JoiningCase
from ivr.steps.limit import Limit
from ivr.steps.look_up import LookingUp
from ivr.steps.open_case import OpeningCase
from ivr.steps.person import Connect
from ivr.steps.pick import Picking
from ivr.steps.read import Read
from ivr.steps.record import Record
from ivr.steps.say import Say
from ivr.steps.texts import Adding, Allowing, Stopping
from ivr.steps.transcript import Transcribe
from ivr.steps.verdict import Grading, Judging

KINDS: dict[str, type[Step]] = {
    "say": Say,
    "ask": Ask,
    "record": Record,
    "transcript": Transcribe,
    "read": Read,
    "look_up": LookingUp,
    "open_case": OpeningCase,
    "person": Connect,
    "choose": Choose,
    "limit": Limit,
    "confirm": Confirming,
    "pick": Picking,
    "join_case": JoiningCase,
    "call_back": CallingBack,
    "alert": Alerting,
    "add_to_case": Adding,
    "stop_texts": Stopping,
    "allow_texts": Allowing,
    "judge": Judging,
    "grade": Grading,
    "finish": Finish,
}
