"""Ways to reach someone: telephone numbers and e-mail addresses as people write them, in their one normal form. Pure."""

import re
from typing import Final

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_DOMESTIC: Final = re.compile(r"0[1-9][0-9]{8}")
_SPACES: Final = re.compile(r"[\s.\-()/]+")
# Mobile and fixed prefixes of the overseas territories, dialled with their own country codes (ARCEP numbering plan).
_OVERSEAS: Final = {
    "0262": "+262",
    "0263": "+262",
    "0269": "+262",
    "0639": "+262",
    "0692": "+262",
    "0693": "+262",
    "0590": "+590",
    "0690": "+590",
    "0691": "+590",
    "0594": "+594",
    "0694": "+594",
    "0596": "+596",
    "0696": "+596",
    "0697": "+596",
}
# What the mail servers that people have accept; anything stranger is a typing error far more often than an address.
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
LONGEST_EMAIL: Final = 254


def normal_phone(text: str) -> str | None:
    """The number in E.164 ("06 12 34 56 78" is "+33612345678"); None where it is no number."""
    digits = _SPACES.sub("", text.strip())
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if _DOMESTIC.fullmatch(digits):
        digits = _OVERSEAS.get(digits[:4], "+33") + digits[1:]
    return digits if _E164.fullmatch(digits) else None


def normal_email(text: str) -> str | None:
    """The address with its domain in lower case; None where it is no address."""
    given = text.strip()
    if len(given) > LONGEST_EMAIL or not _EMAIL.fullmatch(given):
        return None
    local, _, domain = given.rpartition("@")
    return f"{local}@{domain.lower()}" if len(local) <= 64 else None
