"""What a file's rows mean: by the names of its columns, by the official RPLS layout, or by a mapping file. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.ingest.core.columns import Ignored, Line, Table, bind
from services.ingest.core.tabular import Row, TabularReader
from shared.words import Words


@dataclass(frozen=True, slots=True)
class NotSupply:
    """A row that is well understood and publishes nothing: the dwelling is let, empty for works…"""

    line: int
    cause: Words


@dataclass(frozen=True)
class Writing:
    """How the file is written, where it is stated; what is not is found out."""

    charset: str | None = None
    delimiter: str | None = None
    pad_short_rows: bool = False

    def reader(self) -> TabularReader:
        """A reader of a file so written."""
        return TabularReader(charset=self.charset, delimiter=self.delimiter, pad_short_rows=self.pad_short_rows)


AS_FOUND: Final = Writing()


class Bound(Protocol):
    """A layout bound to the header of one file."""

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """Columns of the file that nothing reads."""

    def read(self, row: Row) -> Line | NotSupply:
        """What the row publishes."""


class Layout(Protocol):
    """How rows become bodies."""

    @property
    def writing(self) -> Writing:
        """What it states of the file."""

    def bind(self, header: Sequence[str]) -> Bound:
        """Raises FileRefused for a header that it cannot read."""


@dataclass(frozen=True)
class NamedColumns:
    """Columns told by their names, in French or English."""

    table: Table
    writing: Writing = AS_FOUND

    def bind(self, header: Sequence[str]) -> Bound:
        return bind(self.table, header)
