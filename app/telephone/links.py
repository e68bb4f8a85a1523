"""Addresses that a document of a call may name."""

from dataclasses import dataclass

from app.services.wording.prompts import silence_path


@dataclass(frozen=True)
class CallLinks:
    """Links of turn `number`; `polled` polls of it were answered already. See app/carriers/port.py.

    `streams` is the address of the `stream` process; empty: nobody listens while she speaks.
    """

    base: str
    number: int
    operator: str
    polled: int = 0
    streams: str = ""

    def turn(self) -> str:
        return f"{self.base}/calls/turn/{self.number}"

    def poll(self) -> str:
        return f"{self.turn()}/wait/{self.polled + 1}"

    def recorded(self) -> str:
        return f"{self.turn()}/recorded"

    def stream(self) -> str:
        return f"{self.streams}/turn/{self.number}" if self.streams else ""

    def heard(self) -> str:
        """Where a call goes on whose turn was heard to its end by the `stream` process."""
        return f"{self.turn()}/heard"

    def silence(self, milliseconds: int) -> str:
        return self.base + silence_path(milliseconds)

    def person(self) -> str:
        return self.operator


@dataclass(frozen=True)
class BusyLinks(CallLinks):
    """Links of the turn that needs no database: whatever is recorded goes to a fixed good-bye."""

    def turn(self) -> str:
        return f"{self.base}/calls/busy"

    def recorded(self) -> str:
        return f"{self.base}/calls/recorded"
