"""Telephone numbers: read, stored as E.164, shown as dialled, masked in logs. The one place that asks phonenumbers."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType


class NotANumber(ValueError):
    """What was written cannot be a telephone number."""


class WrongLength(NotANumber):
    """It is written as one, with too many or too few digits."""


def as_stored(written: str, region: str | None = None) -> str:
    """A number as E.164. `region` (ISO 3166) is the country in which one without a country's code is dialled; without
    it only international numbers are read. Raises NotANumber, WrongLength for too many or too few digits."""
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException as error:
        raise NotANumber(f"{len(written)} signs are no telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise WrongLength("a telephone number has another length")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def dialled(number: str, region: str) -> str:
    """A number (E.164) as it is dialled in a country, in groups; from elsewhere with its country's code. What is no
    number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    home = phonenumbers.country_code_for_region(region) == parsed.country_code
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def digits_dialled(number: str) -> str:
    """The digits of a number (E.164) without its country's code. What is no number stays as it is."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(number, None))
    except NumberParseException:
        return number


def is_landline_or_none(number: str) -> bool:
    """Whether this (E.164) is a landline or no number at all, such as a short code: nothing that takes a text."""
    try:
        return phonenumbers.number_type(phonenumbers.parse(number, None)) == PhoneNumberType.FIXED_LINE
    except NumberParseException:
        return True


def masked(number: str) -> str:
    """A number as logs may show it: the first five and last two signs."""
    return f"{number[:5]}****{number[-2:]}" if len(number) > 8 else "****"
