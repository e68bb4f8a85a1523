"""Processes that the tests start see the moment at which the tests run (tests/conftest.py), not that of the machine."""

import os
from datetime import datetime

import time_machine

time_machine.travel(datetime.fromisoformat(os.environ["TESTS_MOMENT"])).start()
