"""Lines of a CSV file as the bodies of a PUT: what the tabular reader gives, through the columns of its header."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from services.ingest.core.columns import Binding
from services.ingest.core.lines import Line
from services.ingest.core.tabular import Row, RowError, TabularReader


class CsvReader:
    """Feed blocks of any size, then call `end`. Both raise FileRefused for a file that cannot be read at all."""

    form: Final = "csv"

    def __init__(self, reader: TabularReader, bind: Callable[[Sequence[str]], Binding]) -> None:
        self._reader = reader
        self._bind = bind
        self._bound: Binding | None = None

    @property
    def columns(self) -> Mapping[str, str]:
        """The column of the file that fills each field, to name errors as the sender knows them."""
        return {} if self._bound is None else {one.field: one.header for one in self._bound.filled}

    @property
    def found(self) -> dict[str, Any] | None:
        """How the file is written, and the columns that nothing reads."""
        if self._bound is None:
            return None
        dialect = self._reader.dialect
        ignored = [{"name": one.name[:100], "like": one.like} for one in self._bound.ignored]
        return {"charset": dialect.charset, "delimiter": dialect.delimiter, "ignored_columns": ignored}

    def feed(self, block: bytes) -> list[Line]:
        """The lines that this block completes."""
        return self._lines(self._reader.feed(block))

    def end(self) -> list[Line]:
        """What the end of the file completes; a file with a header and no row is still judged by its header."""
        lines = self._lines(self._reader.close())
        self._binding()
        return lines

    def _lines(self, found: Iterable[Row | RowError]) -> list[Line]:
        return [self._line(one) for one in found]

    def _line(self, one: Row | RowError) -> Line:
        if isinstance(one, RowError):
            told = (one.fault.field, one.fault.value, one.fault.reason.en)
            return Line(one.line, msgspec.json.encode(told), (one.fault,))
        read = self._binding().read(one)
        return Line(one.line, msgspec.json.encode(read.body), read.faults)

    def _binding(self) -> Binding:
        if self._bound is None:
            self._bound = self._bind(self._reader.header)
        return self._bound
