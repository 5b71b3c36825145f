"""The file to send: its form, its digest, and its bytes, also out of gzip or from standard input."""

import gzip
import hashlib
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

BLOCK: Final = 256 * 1024
NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
STANDARD_INPUT: Final = "-"
_GZIP: Final = b"\x1f\x8b"


class Unreadable(Exception):
    """The file cannot be read as what it says it is; the message says why."""


@dataclass(frozen=True)
class Source:
    """A file on disk. `size` is of the file as it is, compressed or not; `shown` is its name for people."""

    path: Path
    shown: str
    size: int
    modified_ns: int
    digest: str
    content_type: str
    compressed: bool

    @property
    def modified_at(self) -> datetime:
        """When the file was last written, UTC, to the microsecond."""
        return datetime.fromtimestamp(self.modified_ns // 1000 / 1e6, UTC)

    def blocks(self, advance: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """The content, uncompressed. `advance` gets the bytes of the file as it is that were read. Raises Unreadable."""
        with self.path.open("rb") as raw:
            opened = gzip.GzipFile(fileobj=raw) if self.compressed else raw
            read = 0
            try:
                while block := opened.read(BLOCK):
                    place = raw.tell()
                    advance(place - read)
                    read = place
                    yield block
            except (OSError, EOFError, zlib.error) as error:
                raise Unreadable(f"{self.shown} : {error}") from error


def open_source(path: Path, *, shown: str | None = None) -> Source:
    """Reads a file once, for its digest and form. Raises Unreadable."""
    digest = hashlib.sha256()
    try:
        status = path.stat()
        with path.open("rb") as raw:
            first = block = raw.read(BLOCK)
            while block:
                digest.update(block)
                block = raw.read(BLOCK)
    except OSError as error:
        raise Unreadable(f"{path} : {error.strerror}") from error
    compressed = first.startswith(_GZIP)
    name = shown or path.name
    form = _form(name.removesuffix(".gz"), _uncompressed(first) if compressed else first)
    return Source(path, name, status.st_size, status.st_mtime_ns, digest.hexdigest(), form, compressed)


def spooled(stream: IO[bytes] | None = None) -> Path:
    """Standard input as a temporary file, which a repetition can read again. The caller removes it."""
    with tempfile.NamedTemporaryFile(prefix="ancrage-", delete=False) as kept:
        shutil.copyfileobj(stream or sys.stdin.buffer, kept, BLOCK)
    return Path(kept.name)


def _form(name: str, first: bytes) -> str:
    """By the name where it tells, else by the first sign: an object of JSON, or a header."""
    suffix = Path(name).suffix.lower()
    if suffix in {".ndjson", ".jsonl", ".json"}:
        return NDJSON
    if suffix in {".csv", ".tsv", ".txt"}:
        return CSV
    return NDJSON if first.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else CSV


def _uncompressed(first: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(first, 4096)
    except zlib.error:
        return b""
