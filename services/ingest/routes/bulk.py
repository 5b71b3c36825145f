"""Bulk files: NDJSON, read as it arrives, written in chunks, reported line by line. Memory does not grow with the file."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from services.ingest.adapters.registry import Input, Kind, put_many
from services.ingest.core.entities import too_far_ahead
from services.ingest.routes.context import Context
from services.ingest.schemas import RESERVED_PREFIXES, OfferLine, VacancyLine
from shared.clock import utc_now
from shared.events import Channel
from shared.web.access import Access
from shared.web.problems import Problem, ProblemType, language
from shared.web.validation import problem_from

REPORTED_ERRORS: Final = 1000
NDJSON: Final = "application/x-ndjson"


@dataclass
class Report:
    """What became of the lines. `errors` holds the first 1,000."""

    lines: int = 0
    results: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, errors: list[dict[str, Any]]) -> None:
        """Counts a line as rejected, with its errors."""
        self.results["rejected"] += 1
        for error in errors:
            if len(self.errors) < REPORTED_ERRORS:
                self.errors.append({"line": line, **error})

    def shown(self) -> dict[str, Any]:
        """The body of the answer."""
        names = ("created", "updated", "unchanged", "superseded", "rejected")
        return {"lines": self.lines, **{name: self.results[name] for name in names}, "errors": self.errors}


async def bulk(
    kind: Kind[Any], model: type[VacancyLine] | type[OfferLine], request: Request, context: Context, access: Access
) -> dict[str, Any]:
    """Publishes every valid line, in order; each chunk is one transaction. Raises Problem 415 for another format."""
    content_type = request.headers.get("content-type", NDJSON).partition(";")[0].strip()
    if content_type not in {NDJSON, "application/jsonl", "application/json-lines"}:
        raise Problem(ProblemType.UNSUPPORTED_MEDIA, field="Content-Type", value=content_type, remedy=NDJSON)
    report = Report()
    lang = language(request)
    chunk: list[tuple[int, bytes]] = []
    async for line in _lines(request, context.bulk_max_line_bytes):
        report.lines += 1
        if line.strip():
            chunk.append((report.lines, line))
        if len(chunk) >= context.bulk_chunk:
            await run_in_threadpool(_write, kind, model, chunk, context, access, report, lang)
            chunk = []
    if chunk:
        await run_in_threadpool(_write, kind, model, chunk, context, access, report, lang)
    return report.shown()


async def _lines(request: Request, longest: int) -> AsyncIterator[bytes]:
    rest = b""
    async for block in request.stream():
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > longest:
            raise Problem(ProblemType.TOO_LARGE, field="line", value=len(rest), remedy=f"<= {longest} octets / bytes")
    if rest:
        yield rest


def _write(
    kind: Kind[Any],
    model: type[VacancyLine] | type[OfferLine],
    chunk: list[tuple[int, bytes]],
    context: Context,
    access: Access,
    report: Report,
    lang: str,
) -> None:
    now = context.clock.now()
    inputs: list[Input] = []
    for number, line in chunk:
        try:
            body = model.model_validate_json(line)
        except ValidationError as error:
            problem = problem_from(RequestValidationError(error.errors()), lang)
            report.reject(number, problem.errors or [{"field": "line", "message": problem.detail}])
            continue
        if body.reference.startswith(RESERVED_PREFIXES):
            report.reject(number, [{"field": "reference", "value": body.reference, "remedy": "REF-…"}])
        elif body.observed_at is not None and too_far_ahead(body.observed_at, now):
            report.reject(number, [{"field": "observed_at", "value": body.observed_at.isoformat()}])
        else:
            inputs.append(Input(body.reference, body.content(), body.observed_at, Channel.BULK))
    with Session(context.engine) as session:
        applied = put_many(session, kind, access.actor, inputs, now=now, at=utc_now(), horizon=context.horizon)
        session.commit()
    report.results.update(item.outcome.value for item in applied)
