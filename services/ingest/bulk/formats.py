"""The formats that a file may have, by its content type."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Protocol

from fastapi import Request
from starlette.datastructures import Headers

from services.ingest.adapters.kinds import OFFERS, VACANCIES, Kind
from services.ingest.bulk.csv_lines import CsvReader
from services.ingest.core.columns import Table, bind
from services.ingest.core.lines import Line
from services.ingest.core.ndjson import NdjsonReader
from services.ingest.core.offer_columns import OFFER_TABLE
from services.ingest.core.tabular import Limits, TabularReader
from services.ingest.core.vacancy_columns import VACANCY_TABLE
from shared.web.problems import Problem, ProblemType

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
_NDJSON_NAMES: Final = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/json-lines"})
_CSV_NAMES: Final = frozenset({CSV, "application/csv", "text/tab-separated-values"})
_TABLES: Final[dict[str, Table]] = {VACANCIES.topic: VACANCY_TABLE, OFFERS.topic: OFFER_TABLE}
# What Excel and old systems call the charsets that the reader knows.
_CHARSETS: Final = {
    **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
    **dict.fromkeys(("iso-8859-1", "iso-8859-15", "latin-1", "latin1", "windows-1252", "cp1252"), "cp1252"),
}


class Reader(Protocol):
    """Reads a file as its bytes arrive; what it gives is in the order of the file."""

    @property
    def form(self) -> str:
        """Name of the format in a run."""

    @property
    def columns(self) -> Mapping[str, str]:
        """The sender's name of each field, where it has one of its own."""

    @property
    def found(self) -> dict[str, Any] | None:
        """What was found out about the file."""

    def feed(self, block: bytes) -> list[Line]:
        """The lines that this block completes."""

    def end(self) -> list[Line]:
        """The lines that the end completes."""


def reader_of(request: Request, kind: Kind[Any], longest: int) -> Reader:
    """The reader for a request's file. Raises Problem 415 for a content type, 422 for a charset, that none reads."""
    content_type, parameters = _content_type(request.headers)
    if content_type in _NDJSON_NAMES:
        return NdjsonReader(longest)
    if content_type in _CSV_NAMES:
        named = parameters.get("charset")
        if named is not None and named not in _CHARSETS:
            known = ", ".join(sorted(_CHARSETS))
            raise Problem(ProblemType.UNSUPPORTED_MEDIA, field="Content-Type", value=named[:100], remedy=known)
        # A stated UTF-8 is what clients write without thinking; the bytes are believed before it.
        charset = _CHARSETS[named] if named is not None and _CHARSETS[named] != "utf-8" else None
        reader = TabularReader(limits=Limits(row_bytes=longest), charset=charset)
        return CsvReader(reader, partial(bind, _TABLES[kind.topic]))
    raise Problem(
        ProblemType.UNSUPPORTED_MEDIA, field="Content-Type", value=content_type[:100], remedy=f"{NDJSON}, {CSV}"
    )


def _content_type(headers: Headers) -> tuple[str, dict[str, str]]:
    """The media type and its parameters, in small letters."""
    media, *rest = headers.get("content-type", NDJSON).lower().split(";")
    pairs = (one.partition("=") for one in rest)
    return media.strip(), {name.strip(): value.strip().strip('"') for name, _, value in pairs}
