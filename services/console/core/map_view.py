"""Which part of the map a filter shows. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

MARGIN: Final = 0.06  # of the larger side


def view_box(whole: str, boxes: Mapping[str, Sequence[float]], departements: Iterable[str]) -> str:
    """SVG view box around some départements (x, y, width, height each), or `whole` where none has a box."""
    found = [boxes[code] for code in departements if code in boxes]
    if not found:
        return whole
    left = min(box[0] for box in found)
    top = min(box[1] for box in found)
    right = max(box[0] + box[2] for box in found)
    bottom = max(box[1] + box[3] for box in found)
    margin = MARGIN * max(right - left, bottom - top)
    sides = (left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)
    return " ".join(f"{side:.1f}" for side in sides)
