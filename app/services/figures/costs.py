"""Costs (花费): what calls and texts cost, by the prices in data/prices.yaml that staff edit."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import yaml

from app.files import file, kept
from app.services.figures.day_counts import Amounts

_PRICED = {  # key of the file -> what is counted
    "call_minute_in": "minutes_in",
    "call_minute_out": "minutes_out",
    "text_part_in": "parts_in",
    "text_part_out": "parts_out",
}


class PricesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Prices:
    """`each`: name of an amount -> its price, in units of `currency`."""

    currency: str
    each: dict[str, Decimal]

    def of(self, amounts: Amounts, *names: str) -> Decimal:
        """What these amounts cost together; all that cost anything where none is named."""
        return sum((self.each[name] * getattr(amounts, name) for name in names or self.each), Decimal())


@kept
def prices() -> Prices:
    """Those in force."""
    return read_prices(file("prices.yaml"))


def read_prices(path: Path) -> Prices:
    """The prices of a file. Raises PricesUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or set(read) != {"currency", *_PRICED}:
        raise PricesUnusable(f"{path.name}: needs exactly currency, {', '.join(_PRICED)}.")
    if not isinstance(read["currency"], str) or not 1 <= len(read["currency"].strip()) <= 4:
        raise PricesUnusable(f"{path.name}: currency is a word of 1 to 4 signs.")
    return Prices(read["currency"].strip(), {name: _price(path, key, read[key]) for key, name in _PRICED.items()})


def _price(path: Path, key: str, written: object) -> Decimal:
    try:
        price = Decimal(str(written))
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or price < 0:
        raise PricesUnusable(f"{path.name}: {key} is a price, 0 or more, not {written}.")
    return price
