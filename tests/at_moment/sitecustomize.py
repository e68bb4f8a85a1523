"""Processes that the tests start go by the clock of the test (tests/conftest.py), not by that of the machine."""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds=float(os.environ.get("TESTS_AHEAD", "0")))).start()
