"""What the readers of all formats give: the records of a file, one after the other. Pure."""

from typing import NamedTuple

from services.ingest.core.faults import Fault
from shared.words import Words


class Line(NamedTuple):
    """One record of a file: its first physical line (from 1), and what it holds as one JSON object.

    `faults` are what could not be read. `raw` is then what could, or only what tells the line from another.
    `passed_over` says why a line that is well understood publishes nothing.
    """

    number: int
    raw: bytes
    faults: tuple[Fault, ...] = ()
    passed_over: Words | None = None
