"""Lines of an NDJSON file, read as its bytes arrive. Pure: blocks in, whole lines out, never more kept than one line."""

from collections.abc import Mapping
from typing import Any, Final

from services.ingest.core.faults import Fault
from services.ingest.core.lines import Line
from shared.words import Words

BOM: Final = b"\xef\xbb\xbf"


class NdjsonReader:
    """Feed blocks of any size, then call `end`. Blank lines are passed over, and counted in the numbering.

    A line of more than `longest` bytes is a fault and is not kept; the file goes on after it.
    """

    form: Final = "ndjson"

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""
        self._dropped = 0  # bytes of the line in hand that were not kept
        self._number = 0

    @property
    def columns(self) -> Mapping[str, str]:
        """Fields are named as they are."""
        return {}

    @property
    def found(self) -> dict[str, Any] | None:
        """There is nothing to find out."""
        return None

    def feed(self, block: bytes) -> list[Line]:
        """The lines that this block completes."""
        *whole, self._rest = (self._rest + block).split(b"\n")
        lines = [line for raw in whole if (line := self._complete(raw)) is not None]
        if self._dropped or len(self._rest) > self._longest:
            self._dropped += len(self._rest)
            self._rest = b""
        return lines

    def end(self) -> list[Line]:
        """The last line, where the file does not end with a line feed."""
        line = self._complete(self._rest) if self._rest or self._dropped else None
        return [] if line is None else [line]

    def _complete(self, raw: bytes) -> Line | None:
        self._number += 1
        length = len(raw) + self._dropped
        if self._dropped or length > self._longest:
            self._dropped = 0
            return Line(self._number, b"%d" % length, (_too_long(self._longest),))
        if self._number == 1:
            raw = raw.removeprefix(BOM)
        raw = raw.strip()
        return Line(self._number, raw) if raw else None


def _too_long(longest: int) -> Fault:
    return Fault(
        "line",
        None,
        Words(f"Ligne de plus de {longest} octets.", f"A line of more than {longest} bytes."),
        Words("Un objet JSON par ligne, sans texte long.", "One JSON object a line, without long texts."),
    )
