"""Processes: `python -m app.processes NAME…` runs those of the Procfile, and stops them so that no caller is cut off.

`web` and the others finish what they have in hand first. `fallback` answers meanwhile, and the simulated network, which
carries the calls, is there as long; these two are stopped last. One process that ends by itself ends all.
"""

import os
import sys
import threading
import time
from pathlib import Path

from honcho.environ import parse, parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

_ROOT = Path(__file__).parents[1]
_LAST = ("fallback", "phones")
_HAND_SECONDS = 25  # gunicorn.conf.py waits 20 s for requests in hand; the carrier has given up by 15
_LAST_SECONDS = 5
_LOOK_SECONDS = 0.1


class Processes(Manager):
    """honcho's manager, which would kill everything after five seconds, with an order and more patience."""

    def __init__(self, printer: Printer):
        super().__init__(printer)
        self._killed_at = float("inf")

    def terminate(self) -> None:
        """Have all come to their end, each in its turn."""
        if self._terminating:
            return
        self._terminating = True
        self._killed_at = time.monotonic() + _HAND_SECONDS + _LAST_SECONDS
        threading.Thread(target=self._stop_in_turn, daemon=True).start()

    def kill(self) -> None:
        """Asked for again and again by the manager once one process has stopped; done when all patience is over."""
        if time.monotonic() > self._killed_at:
            super().kill()

    def _stop_in_turn(self) -> None:
        first = [name for name in self._processes if name not in _LAST]
        self._stop(first)
        until = time.monotonic() + _HAND_SECONDS
        while time.monotonic() < until and not all("returncode" in self._processes[name] for name in first):
            time.sleep(_LOOK_SECONDS)
        self._stop([name for name in self._processes if name in _LAST])

    def _stop(self, names: list[str]) -> None:
        for name in names:
            process = self._processes[name]
            if "pid" in process and "returncode" not in process:
                self._system_print(f"stopping {name} (pid {process['pid']})\n")
                self._procmgr.terminate(process["pid"])


def main(names: list[str]) -> int:
    """Run these processes, with the `.env` file, until told to stop or until one ends; returns the exit status."""
    commands = parse_procfile((_ROOT / "Procfile").read_text(encoding="utf-8")).processes
    kept = _ROOT / ".env"
    env = os.environ | (parse(kept.read_text(encoding="utf-8")) if kept.exists() else {})
    manager = Processes(Printer(sys.stdout, colour=False))
    for name in names:
        manager.add_process(name, commands[name], env=env, cwd=str(_ROOT))
    manager.loop()
    return manager.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
