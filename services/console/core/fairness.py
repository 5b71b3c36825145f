"""The fairness report as bars: three for each group, on one scale. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 420.0
KINDS: Final = ("exposed", "served", "optimum")
ROW: Final = 58


@dataclass(frozen=True)
class Row:
    """A group; `widths` by kind in units of the picture, None where the figure is unknown; `hidden`: too small to tell."""

    label: str
    top: int
    hidden: bool
    widths: Mapping[str, float | None]
    shares: Mapping[str, float | None]


@dataclass(frozen=True)
class Picture:
    """A dimension: its groups as rows, and how high the picture is."""

    code: str
    label: str
    rows: tuple[Row, ...]
    groups: Sequence[Mapping[str, Any]]

    @property
    def height(self) -> int:
        return len(self.rows) * ROW + 8


def pictures(dimensions: Sequence[Mapping[str, Any]]) -> list[Picture]:
    """Dimensions that have groups, in their order."""
    return [
        Picture(
            one["code"], one["label"], tuple(_row(at, group) for at, group in enumerate(one["groups"])), one["groups"]
        )
        for one in dimensions
        if one["groups"]
    ]


def _row(at: int, group: Mapping[str, Any]) -> Row:
    shares = {kind: group[kind] for kind in KINDS}
    widths = {kind: None if share is None else round(WIDTH * min(1.0, share), 1) for kind, share in shares.items()}
    return Row(str(group["label"]), at * ROW + 4, group["households"] is None, widths, shares)
