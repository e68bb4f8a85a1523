"""The script that the desk shows of a flow: all of it, in plain Chinese."""

import re

import pytest

from ivr.check import load
from ivr.flow import FOLDER
from ivr.script import script

FLOWS = [load(path)[0] for path in sorted(FOLDER.glob("*.yaml"))]
WAYS = [(flow, channel) for flow in FLOWS for channel in flow.start]


@pytest.mark.parametrize(("flow", "channel"), WAYS, ids=[f"{flow.name}-{channel}" for flow, channel in WAYS])
def test_every_step_that_speaks_is_in_the_script_and_nothing_is_told_in_the_engine_s_words(flow, channel):
    lines = script(flow, channel)
    shown = [line.step for line in lines if line.step]
    assert len(shown) == len(set(shown))
    assert set(shown) == {step.name for step in flow.reachable(channel) if step.speaks != "never"}
    assert [line.told for line in lines if re.search("[a-z=]", line.told)] == []
