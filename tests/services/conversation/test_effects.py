"""What the engine orders and asks is done and answered by somebody: the tables are whole."""

from typing import get_args

from app.services.conversation.effects import EFFECTS
from app.services.conversation.look_ups import LOOK_UPS
from ivr import turn as ivr
from ivr.steps.look_up import QUESTIONS


def test_every_event_of_the_engine_but_speech_has_an_effect():
    assert set(EFFECTS) == set(get_args(ivr.Event)) - {ivr.Speak}


def test_every_question_of_the_engine_is_answered():
    assert set(QUESTIONS) <= set(LOOK_UPS)
