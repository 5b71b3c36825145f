"""The funnel as a picture: bars of placements that ever reached each step, and those that stand there now. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SIDE: Final = ("verifying", "refused", "released")  # passages and ends, told apart from the way
WIDTH: Final = 540.0


@dataclass(frozen=True)
class Bar:
    """A step: how many reached it, how many stand there, widths in units of the picture, and the share of the step before
    that reached it (None for the first, or where nothing came before)."""

    step: str
    reached: int
    now: int
    width: float
    now_width: float
    share: float | None


def bars(steps: Iterable[Mapping[str, Any]]) -> list[Bar]:
    """Bars in the order of the way."""
    way = [one for one in steps if one["step"] not in SIDE]
    most = max((int(one["reached"]) for one in way), default=0)
    found: list[Bar] = []
    for one in way:
        reached, now = int(one["reached"]), int(one["now"])
        before = found[-1].reached if found else None
        found.append(
            Bar(
                step=str(one["step"]),
                reached=reached,
                now=now,
                width=round(WIDTH * reached / most, 1) if most else 0.0,
                now_width=round(WIDTH * min(now, reached) / most, 1) if most else 0.0,
                share=reached / before if before else None,
            )
        )
    return found
