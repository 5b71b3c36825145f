"""A file in a layout of its own as NDJSON for the API, line for line, so that reports name the lines of the file.

What cannot be read here is told here; the API still gets the line, to be rejected there: a full file then does not withdraw
what merely has a mistake in it. A row that is no supply becomes an empty line: in a full file it is withdrawn.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from services.ingest.core.columns import Ignored, Line
from services.ingest.core.faults import Fault
from services.ingest.core.layouts import Bound, Layout, NotSupply
from services.ingest.core.tabular import Dialect, RowError

# A field that no body has: the API refuses a line with it, and reads the line's reference.
REFUSED_FIELD: Final = "unreadable_here"
_KEPT_FAULTS: Final = 20_000


@dataclass
class Conversion:
    """What a file became. `faulty` are the lines told here, whose answer from the API does not count.

    `name` tells the layout from another one, also in another process: it is part of the key of what is sent.
    """

    layout: Layout
    name: str
    not_supply: Counter[str] = field(default_factory=Counter)
    faulty: "array[int]" = field(default_factory=lambda: array("Q"))
    told: list[dict[str, Any]] = field(default_factory=list)
    ignored: tuple[Ignored, ...] = ()
    dialect: Dialect | None = None

    def ndjson(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The body to send. Starts afresh each time it is called. Raises FileRefused for the file as a whole."""
        self.not_supply.clear()
        self.told.clear()
        del self.faulty[:]
        reader = self.layout.writing.reader()
        bound: Bound | None = None
        place = 1
        for block in _then_none(blocks):
            found = reader.feed(block) if block is not None else reader.close()
            if bound is None and reader.header:
                bound = self.layout.bind(reader.header)
                self.ignored = bound.ignored
            self.dialect = reader.dialect
            made = bytearray()
            for one in found:
                read = one if isinstance(one, RowError) or bound is None else bound.read(one)
                if isinstance(read, NotSupply):
                    self.not_supply[read.cause.fr] += 1
                    continue
                made += b"\n" * (read.line - place)
                made += self._said(read) + b"\n"
                place = read.line + 1
            if made:
                yield bytes(made)

    def _said(self, read: Any) -> bytes:
        if isinstance(read, Line) and not read.faults:
            return msgspec.json.encode(read.body)
        faults = read.faults if isinstance(read, Line) else (read.fault,)
        reference = read.body.get("reference") if isinstance(read, Line) else None
        self._tell(read.line, reference, faults)
        return msgspec.json.encode({"reference": reference, REFUSED_FIELD: True})

    def _tell(self, line: int, reference: str | None, faults: Iterable[Fault]) -> None:
        self.faulty.append(line)
        if len(self.told) < _KEPT_FAULTS:
            self.told += [{"line": line, "reference": reference, **fault.shown("fr")} for fault in faults]


def _then_none(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from blocks
    yield None
