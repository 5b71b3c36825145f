"""Bytes of a pack's tables: the same rows give the same bytes."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """CSV in UTF-8, LF, one header row."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def packed(content: bytes) -> bytes:
    """gzip without a file name and with mtime 0, so that the bytes depend on the content only."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def stored(name: str, content: bytes) -> bytes:
    """The bytes of a table as a pack holds them, by its name."""
    return packed(content) if name.endswith(".gz") else content
