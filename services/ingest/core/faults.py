"""What is wrong with a line or a cell of a file: where, which value, why, and what to do; in French and in English. Pure."""

from dataclasses import dataclass
from typing import Any, Final

from shared.words import Words

SHOWN_CHARACTERS: Final = 100  # of a value that is repeated in a report


@dataclass(frozen=True)
class Fault:
    """One defect. `field` is a column or a field of the body, "line" for the line as a whole; `value` as it was read."""

    field: str
    value: str | None
    reason: Words
    remedy: Words

    def shown(self, lang: str) -> dict[str, Any]:
        """As reports and problem answers carry it."""
        value = self.value
        if value is not None and len(value) > SHOWN_CHARACTERS:
            value = value[: SHOWN_CHARACTERS - 1] + "…"
        return {
            "field": self.field,
            "value": value,
            "message": self.reason.said(lang),
            "remedy": self.remedy.said(lang),
        }


class FileRefused(ValueError):
    """The file as a whole cannot be read: its header or its format. Nothing of it was taken by who raises this."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ; ".join(fault.reason.fr for fault in faults))
        self.faults = faults
