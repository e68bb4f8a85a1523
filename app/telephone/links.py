"""Addresses that a document of a call may name."""

from dataclasses import dataclass

from app.services.prompts import silence_path


@dataclass(frozen=True)
class CallLinks:
    """Links of turn `number`; `polled` polls of it were answered already. See app/carriers/port.py."""

    base: str
    number: int
    operator: str
    polled: int = 0

    def turn(self) -> str:
        return f"{self.base}/calls/turn/{self.number}"

    def poll(self) -> str:
        return f"{self.turn()}/wait/{self.polled + 1}"

    def recorded(self) -> str:
        return f"{self.base}/calls/recorded"

    def silence(self, milliseconds: int) -> str:
        return self.base + silence_path(milliseconds)

    def person(self) -> str:
        return self.operator


@dataclass(frozen=True)
class BusyLinks(CallLinks):
    """Links of the turn that needs no database: whatever is recorded goes to a fixed good-bye."""

    def turn(self) -> str:
        return f"{self.base}/calls/busy"
