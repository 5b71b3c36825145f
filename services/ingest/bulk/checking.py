"""One line of a file: an input to publish, or what is wrong with it, where, and how to mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import TypeAdapter, ValidationError

from services.ingest.adapters.registry import Input
from services.ingest.core.entities import too_far_ahead
from services.ingest.core.lines import Line
from services.ingest.schemas import RESERVED_PREFIXES, OfferLine, VacancyLine
from services.ingest.schemas.fields import Reference
from shared.clock import isoformat
from shared.events import Channel
from shared.web.validation import entries

LineModel = type[VacancyLine] | type[OfferLine]
Errors = list[dict[str, Any]]

_REFERENCE: Final[TypeAdapter[str]] = TypeAdapter(Reference)
# One line that is no JSON is a line to correct; a whole body that is none is another problem.
_KINDS: Final = {"json_invalid": "not_json"}
_NUL: Final = b"\\u0000"


class Checked(NamedTuple):
    """What a line came to. `reference` is None where it could not be read, `input` where nothing is published.

    `errors`: the line is rejected; None where it is not. `notices`: what was understood in another form than given.
    """

    reference: str | None
    input: Input | None = None
    errors: Errors | None = None
    notices: Errors | None = None


@dataclass(frozen=True)
class Checker:
    """Checks the lines of one file at one time, in the language of who sent it.

    `observed_at` is of the file, for lines without their own: a later line is later. `columns`: the sender's names of
    fields.
    """

    model: LineModel
    lang: str
    now: datetime
    observed_at: datetime | None
    channel: Channel
    columns: Mapping[str, str]

    def check(self, line: Line) -> Checked:
        """What the line says."""
        if line.passed_over is not None:
            told = [{"field": "line", "message": line.passed_over.said(self.lang)}]
            return Checked(readable_reference(line.raw), notices=told)
        try:
            body = self.model.model_validate_json(line.raw)
        except ValidationError as error:
            found = error.errors(include_url=False)
            return self._rejected(line, [{**one, "type": _KINDS.get(one["type"], one["type"])} for one in found])
        wrong = self._wrong(body, line)
        if wrong is not None or line.faults:
            return self._rejected(line, [] if wrong is None else [wrong])
        moment = body.observed_at
        if moment is None and self.observed_at is not None:
            moment = self.observed_at + timedelta(microseconds=line.number)
        notices = [one.model_dump() for one in body.notices(self.lang)] or None
        return Checked(body.reference, Input(body.reference, body.content(), moment, self.channel), None, notices)

    def _wrong(self, body: VacancyLine | OfferLine, line: Line) -> dict[str, Any] | None:
        """What only a file, or the clock, can find wrong with a valid body."""
        if body.reference.startswith(RESERVED_PREFIXES):
            return {"type": "reserved_reference", "loc": ("reference",), "input": body.reference}
        if body.observed_at is not None and too_far_ahead(body.observed_at, self.now):
            latest = isoformat(self.now)
            context = {"latest": latest, "remedy": f"<= {latest}"}
            given = isoformat(body.observed_at)
            return {"type": "observed_ahead", "loc": ("observed_at",), "input": given, "ctx": context}
        if _NUL in line.raw and (field := field_with_nul(body.content())) is not None:
            return {"type": "unstorable", "loc": (field,), "input": ...}
        return None

    def _rejected(self, line: Line, found: Sequence[Any]) -> Checked:
        """What could not be read comes first; a field that is missing because of it is not told as well."""
        read = [fault.shown(self.lang) for fault in line.faults]
        also = [
            self._named(one)
            for item, one in zip(found, entries(found, self.lang, self.model), strict=True)
            if not (read and item["type"] in {"missing", "place", "not_json", "model_type"})
        ]
        return Checked(readable_reference(line.raw), errors=[*read, *also])

    def _named(self, error: dict[str, Any]) -> dict[str, Any]:
        """The error under the sender's own name of the field; the whole line is "line"."""
        field = "line" if error["field"] == "body" else error["field"]
        return {**error, "field": self.columns.get(field, field)}


def readable_reference(raw: bytes) -> str | None:
    """The reference of a line that is wrong elsewhere; None where the line holds none that could be published."""
    try:
        found = msgspec.json.decode(raw)
        reference = _REFERENCE.validate_python(found["reference"].strip())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None if reference.startswith(RESERVED_PREFIXES) else reference


def field_with_nul(content: Mapping[str, Any]) -> str | None:
    """The field whose text holds a NUL, which PostgreSQL cannot keep."""

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return "\0" in value
        if isinstance(value, Mapping):
            return any(holds(inner) for inner in value.values())
        return isinstance(value, list) and any(holds(inner) for inner in value)

    return next((name for name, value in content.items() if holds(value)), None)
