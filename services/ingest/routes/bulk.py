"""Routes of files: vacancies or offers by the thousand, read as they arrive, answered by a report."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from services.ingest.adapters.kinds import OFFERS, VACANCIES
from services.ingest.adapters.run_reading import run_of
from services.ingest.adapters.runs import Overtaken, Plan, RunState
from services.ingest.bulk.chunks import Sent
from services.ingest.bulk.formats import Reader, reader_of
from services.ingest.bulk.receiving import Receipt
from services.ingest.bulk.reporting import run_report
from services.ingest.core.faults import FileRefused
from services.ingest.routes.context import Context, Ctx
from services.ingest.routes.entities import check_observation
from services.ingest.run_schemas import RunReport
from services.ingest.schemas import OfferLine, VacancyLine
from shared import telemetry
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType, language

log = telemetry.logger(__name__)
router = APIRouter(prefix="/v1", tags=["files"])

# Handed to a thread at once: enough for the crossing not to count.
BLOCK_BYTES: Final = 64 * 1024

VacancyWriter = Annotated[Access, Depends(requires(Resource.VACANCY, Action.WRITE))]
OfferWriter = Annotated[Access, Depends(requires(Resource.OFFER, Action.WRITE))]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Avec la même clé, le même fichier reprend où il s'est arrêté, ou rend le même rapport.",
    ),
]
DryRun = Annotated[bool, Query(description="Tout juger contre l'état présent, sans rien publier.")]
ObservedAt = Annotated[
    AwareDatetime | None,
    Query(description="Instant de l'export, pour les lignes qui n'ont pas le leur ; à défaut, celui de la réception."),
]
Mode = Annotated[
    Literal["changes", "full"], Query(description="full : ce qui est publié et absent du fichier est retiré.")
]
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {
                    "type": "string",
                    "description": "Un objet JSON par ligne : le corps d'un PUT, et sa « reference ».",
                }
            },
            "text/csv": {
                "schema": {
                    "type": "string",
                    "description": "Première ligne : noms de colonnes, en français ou en anglais. Séparateur, codage, "
                    "virgule décimale et dates jj/mm/aaaa sont reconnus.",
                }
            },
        },
    }
}


@router.post("/vacancies:bulk", summary="Publier un fichier de logements", openapi_extra=_FILE)
async def bulk_vacancies(
    request: Request,
    response: Response,
    context: Ctx,
    access: VacancyWriter,
    mode: Mode = "changes",
    dry_run: DryRun = False,
    observed_at: ObservedAt = None,
    key: Key = None,
) -> RunReport:
    """Publishes each valid line, in order, and reports the others by line, field, value, reason and remedy."""
    reader = reader_of(request, VACANCIES, context.bulk_max_line_bytes)
    plan = Plan(VACANCIES.topic, mode == "full", reader.form, dry_run, observed_at, language(request))
    sent = Sent(VACANCIES, VacancyLine, access.actor, plan, key)
    return await _receive(request, response, context, sent, reader)


@router.post("/offers:bulk", summary="Publier un fichier d'offres", openapi_extra=_FILE)
async def bulk_offers(
    request: Request,
    response: Response,
    context: Ctx,
    access: OfferWriter,
    dry_run: DryRun = False,
    observed_at: ObservedAt = None,
    key: Key = None,
) -> RunReport:
    """Publishes each valid line, in order, and reports the others by line, field, value, reason and remedy."""
    return await _offers(request, response, context, access, False, dry_run, observed_at, key)


@router.post("/offers:snapshot", summary="Publier toutes ses offres : les absentes sont retirées", openapi_extra=_FILE)
async def snapshot_offers(
    request: Request,
    response: Response,
    context: Ctx,
    access: OfferWriter,
    dry_run: DryRun = False,
    observed_at: ObservedAt = None,
    key: Key = None,
) -> RunReport:
    """All that the feed has. What it lacks is withdrawn, unless that is so much that a person must confirm."""
    return await _offers(request, response, context, access, True, dry_run, observed_at, key)


async def _offers(
    request: Request,
    response: Response,
    context: Context,
    access: Access,
    full: bool,
    dry_run: bool,
    observed_at: AwareDatetime | None,
    key: str | None,
) -> RunReport:
    reader = reader_of(request, OFFERS, context.bulk_max_line_bytes)
    plan = Plan(OFFERS.topic, full, reader.form, dry_run, observed_at, language(request))
    return await _receive(request, response, context, Sent(OFFERS, OfferLine, access.actor, plan, key), reader)


async def _receive(request: Request, response: Response, context: Context, sent: Sent, reader: Reader) -> RunReport:
    check_observation(sent.plan.stated_at, context.clock.now())
    receipt = await run_in_threadpool(Receipt, context, sent, reader)
    lang = sent.plan.lang
    try:
        async for block in _blocks(request, context.bulk_max_bytes):
            await run_in_threadpool(receipt.feed, block)
        await run_in_threadpool(receipt.finish)
    except ClientDisconnect:
        written = await run_in_threadpool(receipt.interrupt)
        log.warning("bulk.interrupted", run=receipt.run, lines=written)
        raise Problem(ProblemType.CONFLICT) from None  # heard by nobody: the caller has gone
    except Overtaken:
        words = _words(lang, _OVERTAKEN, receipt.run, None)
        raise Problem(ProblemType.CONFLICT, words, field="Idempotency-Key", value=sent.key) from None
    except (OperationalError, InterfaceError) as error:
        log.error("database.unavailable", error=type(error).__name__, run=receipt.run)
        words = _words(lang, _STOPPED, receipt.run, None)
        raise Problem(ProblemType.UNAVAILABLE, words, headers={"Retry-After": "2"}) from None
    except FileRefused as refused:
        await run_in_threadpool(receipt.interrupt, RunState.REFUSED)
        errors = [fault.shown(lang) for fault in refused.faults]
        raise Problem(ProblemType.INVALID_FIELDS, _words(lang, _REFUSED, receipt.run, 0), errors=errors) from None
    except Problem as problem:
        written = await run_in_threadpool(receipt.interrupt)
        if problem.kind is not ProblemType.IDEMPOTENCY_CONFLICT:
            words = _words(lang, _STOPPED, receipt.run, written)
            problem.detail = f"{problem.detail} {words}" if problem.detail else words
        raise
    response.headers["Content-Location"] = f"/v1/runs/{receipt.run}"
    return await run_in_threadpool(_report, context, receipt, lang)


async def _blocks(request: Request, largest: int) -> AsyncIterator[bytes]:
    """The body in blocks of some size, as it arrives. Raises Problem 413 beyond `largest` bytes."""
    received, parts, held = 0, list[bytes](), 0
    async for part in request.stream():
        received += len(part)
        if received > largest:
            remedy = f"<= {largest} octets / bytes"
            raise Problem(ProblemType.TOO_LARGE, field="body", value=received, remedy=remedy)
        parts.append(part)
        held += len(part)
        if held >= BLOCK_BYTES:
            yield b"".join(parts)
            parts, held = [], 0
    if parts:
        yield b"".join(parts)


def _report(context: Context, receipt: Receipt, lang: str) -> RunReport:
    with Session(context.engine) as session:
        run = run_of(session, receipt.run, None)
        if run is None:  # kept for days; removed by hand within milliseconds
            raise Problem(ProblemType.NOT_FOUND)
        return RunReport.model_validate(run_report(session, run, lang, resumed_after_lines=receipt.resumed_after_lines))


def _words(lang: str, texts: tuple[str, str], run: str, written: int | None) -> str:
    count = "?" if written is None else str(written)
    return texts[1 if lang == "en" else 0].format(run=run, written=count)


_STOPPED: Final = (
    "L'envoi {run} s'est arrêté ; ce qui est écrit le reste ({written} ligne(s), voir /v1/runs/{run}). Envoyez de nouveau "
    "le même fichier : avec la même Idempotency-Key il reprend où il s'est arrêté.",
    "Run {run} has stopped; what is written stays ({written} line(s), see /v1/runs/{run}). Send the same file again: under "
    "the same Idempotency-Key it goes on where it stopped.",
)
_REFUSED: Final = (
    "Rien de ce fichier n'est publié. Corrigez-le et envoyez-le de nouveau.",
    "Nothing of this file is published. Correct it and send it again.",
)
_OVERTAKEN: Final = (
    "Un autre envoi sous la même Idempotency-Key a repris ce fichier : voir /v1/runs/{run}.",
    "Another request under the same Idempotency-Key has gone on with this file: see /v1/runs/{run}.",
)
