"""Figures that a counter can hold."""

from typing import Final

MAX_AMOUNT: Final = 1_000_000


class StateUncountable(ValueError):
    """A state whose figures no counter can hold. The record is refused like one that cannot be decoded."""


def countable(value: float, what: str) -> int:
    """The figure as a counter adds it. Raises StateUncountable."""
    if not 0 <= value <= MAX_AMOUNT:
        raise StateUncountable(f"{what} {value!r} is not between 0 and {MAX_AMOUNT}")
    return round(value)
