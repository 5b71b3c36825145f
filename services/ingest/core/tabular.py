"""Delimited text as spreadsheets and ERPs write it, read block by block. Pure; memory does not grow with the file.

A row is one or several physical lines (a quoted cell may hold line ends). Nothing is guessed silently: what the reader
found out (charset, delimiter) is in `dialect`, and a line that it cannot read for sure is an error with its remedy, never
a row. After an error reading goes on with the next physical line, so one stray quote never swallows the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.ingest.core import tabular_faults as faults
from services.ingest.core.charsets import Charset, Undecodable
from services.ingest.core.faults import Fault, FileRefused

DELIMITERS: Final = (";", "\t", ",", "|")  # a tie goes to the first


@dataclass(frozen=True)
class Limits:
    """Beyond them a line is refused, whatever it holds; and how much is looked at before anything is given."""

    row_bytes: int = 64 * 1024  # all physical lines of a row together
    row_lines: int = 25  # also bounds how often a line is read again after a quote that nothing closes
    cell_characters: int = 10_000
    columns: int = 500
    sample_bytes: int = 64 * 1024  # read before the first row is given, to tell the charset


@dataclass(frozen=True)
class Dialect:
    """How the file is written, as found out. `charset` is None while only ASCII was met."""

    delimiter: str
    charset: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row beneath the header: `line` is its first physical line, from 1; `cells` has one text per column."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowError:
    """A physical line that is no row, and why."""

    line: int
    fault: Fault


@dataclass(slots=True)
class _Line:
    number: int
    content: bytes
    end: bytes  # b"" only for a last line that nothing ends
    overlong: bool = False


@dataclass
class _Open:
    """A row whose quoted cell is not closed yet, and the lines it has taken."""

    cells: list[str]
    text: str
    lines: list[_Line]
    size: int = field(default=0)


class TabularReader:
    """Push parser: `feed` blocks of any size, then `close`; both give what became complete.

    `delimiter` and `charset` ("utf-8" or "cp1252") state what would be found out. A row shorter than the header is refused,
    unless `pad_short_rows` (Excel leaves out trailing empty cells in some files). Both methods raise FileRefused when the
    file cannot be read at all. `header` is known once a row was given.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        delimiter: str | None = None,
        charset: str | None = None,
        pad_short_rows: bool = False,
    ) -> None:
        self.header: tuple[str, ...] = ()
        self.lines = 0
        self._limits = limits or Limits()
        self._delimiter = delimiter
        self._charset = Charset(charset)
        self._pad = pad_short_rows
        self._sample: bytes | None = b""
        self._rest = b""
        self._overlong = False
        self._open: _Open | None = None

    @property
    def dialect(self) -> Dialect:
        """What was found out so far."""
        return Dialect(self._delimiter or DELIMITERS[0], self._charset.name)

    def feed(self, block: bytes) -> list[Row | RowError]:
        """Takes the next bytes; gives the rows and errors that they complete, in the order of the file."""
        if self._sample is not None:
            self._sample += block
            if len(self._sample) < self._limits.sample_bytes:
                return []
            block, self._sample = self._begin(self._sample), None
        return list(self._rows(self._split(self._charset.to_ascii_superset(block))))

    def close(self) -> list[Row | RowError]:
        """The end of the file. Raises FileRefused for a file without a header."""
        found: list[Row | RowError] = []
        if self._sample is not None:
            block, self._sample = self._begin(self._sample), None
            found += self._rows(self._split(self._charset.to_ascii_superset(block)))
        found += self._rows(self._split(self._charset.to_ascii_superset(b"", final=True), final=True))
        while self._open is not None:
            found += self._never_closed()
        if not self.header:
            raise FileRefused(faults.NO_HEADER)
        return found

    def _begin(self, sample: bytes) -> bytes:
        if sample.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise FileRefused(faults.WORKBOOK)
        # Only the first bytes decide, so that the size of the blocks changes nothing.
        return sample[self._charset.detect(sample[: self._limits.sample_bytes]) :]

    def _split(self, block: bytes, *, final: bool = False) -> Iterator[_Line]:
        """Physical lines: LF, CR LF or CR ends one."""
        data = self._rest + block
        self._rest = b""
        lines = data.splitlines(keepends=True)
        # A CR at the very end may be half of a CR LF.
        if lines and not final and not lines[-1].endswith(b"\n"):
            self._rest = lines.pop()
        for raw in lines:
            end = b"\r\n" if raw.endswith(b"\r\n") else raw[-1:] if raw.endswith((b"\n", b"\r")) else b""
            content = raw[: len(raw) - len(end)]
            self.lines += 1
            overlong, self._overlong = self._overlong or len(content) > self._limits.row_bytes, False
            yield _Line(self.lines, b"" if overlong else content, end, overlong)
        if final and self._overlong:  # nothing ends it
            self._overlong = False
            self.lines += 1
            yield _Line(self.lines, b"", b"", True)
        pending = self._rest.removesuffix(b"\r")
        if len(pending) > self._limits.row_bytes or (self._overlong and pending):
            self._overlong = True
            self._rest = self._rest[len(pending) :]

    def _rows(self, lines: Iterator[_Line]) -> Iterator[Row | RowError]:
        for line in lines:
            yield from self._take(line)

    def _take(self, line: _Line) -> Iterator[Row | RowError]:
        row = self._open
        if row is not None and not self._fits(row, line):
            yield from self._never_closed()
            yield from self._take(line)
            return
        try:
            text = self._text(line)
        except _Malformed as error:
            if row is None:
                yield self._refuse(line.number, error.fault)
            else:  # a row does not reach over a line that cannot be read
                yield from self._never_closed()
                yield from self._take(line)
            return
        if not self.header and row is None:
            if self._is_separator_line(text, line.number):
                return
            if self._delimiter is None and text.strip():
                self._delimiter = _most_frequent(text)
        if row is None and '"' not in text:
            yield from self._row(line.number, text.split(self.dialect.delimiter), ended=bool(line.end))
        else:
            yield from self._quoted(line, text, row)

    def _fits(self, row: _Open, line: _Line) -> bool:
        return (
            not line.overlong
            and len(row.lines) < self._limits.row_lines
            and row.size + len(line.content) <= self._limits.row_bytes
        )

    def _text(self, line: _Line) -> str:
        """The line's text. Raises _Malformed."""
        if line.overlong:
            raise _Malformed(faults.overlong(self._limits.row_bytes))
        try:
            text = self._charset.decode(line.content)
        except Undecodable as error:
            raise _Malformed(error.fault) from error
        if "\0" in text:
            raise _Malformed(faults.NUL)
        return text

    def _quoted(self, line: _Line, text: str, row: _Open | None) -> Iterator[Row | RowError]:
        """A line with quotes, or that goes on within some."""
        continued, row = row is not None, row or _Open([], "", [])
        row.lines.append(line)
        row.size += len(line.content) + len(line.end)
        try:
            complete = _tokenize(text, self.dialect.delimiter, row, continued=continued)
        except _Malformed as error:
            self._open = None
            yield self._refuse(row.lines[0].number, error.fault)
            for again in row.lines[1:]:
                yield from self._take(again)
            return
        if complete:
            self._open = None
            yield from self._row(row.lines[0].number, row.cells, ended=bool(line.end))
        else:
            row.text += line.end.decode()
            self._open = row

    def _never_closed(self) -> Iterator[Row | RowError]:
        """The open quote is a mistake: its line is refused, the lines after it are read for themselves."""
        row, self._open = self._open, None
        if row is None:
            return
        yield self._refuse(row.lines[0].number, faults.never_closed(row.cells, row.text))
        for line in row.lines[1:]:
            yield from self._take(line)

    def _refuse(self, line: int, fault: Fault) -> RowError:
        if not self.header:
            raise FileRefused(fault)
        return RowError(line, fault)

    def _is_separator_line(self, text: str, number: int) -> bool:
        """Excel's own first line `sep=;`."""
        if number == 1 and text.lower().startswith("sep=") and text[4:] in DELIMITERS:
            self._delimiter = text[4:]
            return True
        return False

    def _row(self, number: int, cells: list[str], *, ended: bool) -> Iterator[Row | RowError]:
        if not any(cell and not cell.isspace() for cell in cells):
            return
        longest = self._limits.cell_characters
        if any(len(cell) > longest for cell in cells):
            yield self._refuse(number, faults.long_cell(next(cell for cell in cells if len(cell) > longest), longest))
        elif not self.header:
            self.header = self._header(cells)
        elif len(cells) == len(self.header):
            yield Row(number, tuple(cells))
        elif len(cells) > len(self.header):
            if any(cell.strip() for cell in cells[len(self.header) :]):
                yield RowError(number, faults.ragged(len(self.header), len(cells), self.dialect.delimiter))
            else:
                yield Row(number, tuple(cells[: len(self.header)]))
        elif self._pad and ended:
            yield Row(number, (*cells, *[""] * (len(self.header) - len(cells))))
        else:
            fault = faults.ragged(len(self.header), len(cells), self.dialect.delimiter) if ended else faults.CUT
            yield RowError(number, fault)

    def _header(self, cells: list[str]) -> tuple[str, ...]:
        names = [cell.strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        if len(names) > self._limits.columns:
            raise FileRefused(faults.too_wide(len(names), self._limits.columns))
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise FileRefused(*(faults.twice(name) for name in twice))
        return tuple(names)


def _tokenize(text: str, delimiter: str, row: _Open, *, continued: bool) -> bool:
    """Adds the cells of one physical line to `row`; False where its last cell is still open. Raises _Malformed."""
    position = 0
    inside = continued
    while True:
        if not inside and text.startswith('"', position):
            inside, position, row.text = True, position + 1, ""
        if not inside:
            end = text.find(delimiter, position)
            cell = text[position:] if end < 0 else text[position:end]
            if cell.lstrip(" ").startswith('"'):
                raise _Malformed(faults.space_before_quote(cell))
        else:
            while (quote := text.find('"', position)) >= 0 and text.startswith('"', quote + 1):
                row.text += text[position : quote + 1]
                position = quote + 2
            if quote < 0:
                row.text += text[position:]
                return False
            cell, row.text = row.text + text[position:quote], ""
            position, inside = quote + 1, False
            end = text.find(delimiter, position)
            if (text[position:] if end < 0 else text[position:end]).strip(" "):
                raise _Malformed(faults.text_after_quote(cell))
        row.cells.append(cell)
        if end < 0:
            return True
        position = end + len(delimiter)


def _most_frequent(header: str) -> str:
    """The delimiter that the header uses most, outside quotes."""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


class _Malformed(ValueError):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason.en)
        self.fault = fault
