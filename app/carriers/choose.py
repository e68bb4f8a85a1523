"""Which telephone company the setting `carrier` means: one row each."""

from collections.abc import Callable
from dataclasses import dataclass

from app.carriers.twilio import Twilio
from app.parts import Carrier
from app.settings import Settings


@dataclass(frozen=True)
class Company:
    """`make` builds the adapter. `simulated`: its network runs on this machine, so anybody may practise on it."""

    make: Callable[[Settings], Carrier]
    simulated: bool = False


def _twilio(settings: Settings) -> Carrier:
    return Twilio(settings.account_sid, settings.carrier_secret, settings.hotline, api_url=settings.carrier_api)


CARRIERS = {
    "simulator": Company(_twilio, simulated=True),  # speaks Twilio's interface
    "twilio": Company(_twilio),
}


def company(settings: Settings) -> Company:
    """The company that the settings name."""
    return CARRIERS[settings.carrier]
