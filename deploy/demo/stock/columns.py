"""A compact form for sorted counts by (place, kind): columns of varints, then xz.

Layout before xz: places and kinds as newline-separated text, then, for each place in order, how many kinds it has, the
steps between the positions of its kinds, and the counts. Every column comes with its length in bytes first.
"""

import lzma
from collections.abc import Iterable, Iterator, Sequence

Row = tuple[str, str, int]


class CorruptColumnsError(ValueError):
    """The bytes are not what `encode` wrote."""


def encode(rows: Iterable[Row]) -> bytes:
    """Rows (place, kind, count) to bytes; each (place, kind) once, counts of at least 0, in any order."""
    table: dict[str, dict[str, int]] = {}
    for place, kind, count in rows:
        kinds_here = table.setdefault(place, {})
        if kind in kinds_here:
            raise ValueError(f"{place!r}, {kind!r} comes twice")
        kinds_here[kind] = count
    places = sorted(table)
    kinds = sorted({kind for counts in table.values() for kind in counts})
    position = {kind: index for index, kind in enumerate(kinds)}
    sizes, steps, counts = bytearray(), bytearray(), bytearray()
    for place in places:
        here = sorted(table[place])
        _put(sizes, len(here))
        last = -1
        for kind in here:
            _put(steps, position[kind] - last - 1)
            last = position[kind]
            _put(counts, table[place][kind])
    content = bytearray()
    for column in ("\n".join(places).encode(), "\n".join(kinds).encode(), sizes, steps, counts):
        _put(content, len(column))
        content += column
    return lzma.compress(bytes(content), preset=9 | lzma.PRESET_EXTREME)


def decode(data: bytes) -> Iterator[Row]:
    """Rows in order of place and kind. Raises CorruptColumnsError."""
    try:
        content = lzma.decompress(data)
    except lzma.LZMAError as error:
        raise CorruptColumnsError(str(error)) from error
    columns: list[bytes] = []
    at = 0
    for _ in range(5):
        size, at = _take(content, at)
        columns.append(content[at : at + size])
        if len(columns[-1]) != size:
            raise CorruptColumnsError("a column is cut short")
        at += size
    if at != len(content):
        raise CorruptColumnsError("there are bytes after the last column")
    places, kinds = (column.decode().split("\n") if column else [] for column in columns[:2])
    sizes, steps, counts = (_numbers(column) for column in columns[2:])
    if len(sizes) != len(places) or sum(sizes) != len(steps) or len(steps) != len(counts):
        raise CorruptColumnsError("the columns do not fit together")
    return _rows(places, kinds, sizes, steps, counts)


def _rows(
    places: Sequence[str], kinds: Sequence[str], sizes: list[int], steps: list[int], counts: list[int]
) -> Iterator[Row]:
    row = 0
    for place, size in zip(places, sizes, strict=True):
        position = -1
        for index in range(row, row + size):
            position += steps[index] + 1
            yield place, kinds[position], counts[index]
        row += size


def _put(column: bytearray, number: int) -> None:
    """Appends a varint: 7 bits a byte, lowest first, the high bit says that more follow."""
    if number < 0:
        raise ValueError("a count cannot be negative")
    while number > 0x7F:
        column.append(number & 0x7F | 0x80)
        number >>= 7
    column.append(number)


def _take(column: bytes, at: int) -> tuple[int, int]:
    """The varint at a position and the position after it."""
    number = shift = 0
    while True:
        if at >= len(column):
            raise CorruptColumnsError("a number is cut short")
        byte = column[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7


def _numbers(column: bytes) -> list[int]:
    if max(column, default=0) < 0x80:
        return list(column)
    numbers: list[int] = []
    at = 0
    while at < len(column):
        number, at = _take(column, at)
        numbers.append(number)
    return numbers
