"""What an API answers when a route fails: a problem, whatever was raised."""

from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from shared import telemetry
from shared.lost_servers import RETRY_SECONDS
from shared.web.problems import Problem, ProblemType, answer, language
from shared.web.validation import problem_from

log = telemetry.logger(__name__)
_NO_DATABASE: Final = (
    f"La base de données (PostgreSQL) ne répond pas. Revenez dans {RETRY_SECONDS} s.",
    f"The database (PostgreSQL) does not answer. Come back in {RETRY_SECONDS} s.",
)
# A connection that breaks during COMMIT leaves open whether it was carried out.
_NO_DATABASE_TO_WRITE: Final = (
    f"{_NO_DATABASE[0]} Rien de cette requête n'est gardé, sauf si la coupure est tombée pendant l'enregistrement même : "
    "renvoyez-la telle quelle, avec la même Idempotency-Key si elle en porte une.",
    f"{_NO_DATABASE[1]} Nothing of this request was kept, unless the connection broke during the very recording: send it "
    "again as it is, under the same Idempotency-Key if it has one.",
)
# The kind of each status, the first declared where a status has several.
_BY_STATUS = {kind.value.status: kind for kind in reversed(ProblemType)}


def answer_failures(app: FastAPI) -> None:
    """Registers the answers to problems, invalid requests, HTTP errors, a lost database and values it cannot keep."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, problem_from(error, language(request), _body_of(request)))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(
            error.status_code, ProblemType.CONFLICT if error.status_code < 500 else ProblemType.INTERNAL
        )
        return answer(request, Problem(kind, headers=dict(error.headers or {})))

    async def on_lost_database(request: Request, error: Exception) -> Response:
        log.error("database.unavailable", error=type(error).__name__)
        reads = request.method in {"GET", "HEAD", "OPTIONS"}
        detail = (_NO_DATABASE if reads else _NO_DATABASE_TO_WRITE)[1 if language(request) == "en" else 0]
        return answer(request, Problem(ProblemType.UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_SECONDS)}))

    async def on_unstorable(request: Request, error: Exception) -> Response:
        # A NUL, half of a surrogate pair, a number beyond its column: the caller's value, not our failure.
        log.warning("value.unstorable", error=type(error).__name__)
        detail = "A value holds a character or a number that cannot be kept."
        if language(request) != "en":
            detail = "Une valeur contient un caractère ou un nombre qui ne peut pas être conservé."
        return answer(request, Problem(ProblemType.INVALID_FIELDS, detail))

    app.add_exception_handler(DataError, on_unstorable)
    app.add_exception_handler(UnicodeEncodeError, on_unstorable)
    app.add_exception_handler(OperationalError, on_lost_database)
    app.add_exception_handler(InterfaceError, on_lost_database)


def _body_of(request: Request) -> Any:
    """The type of the body that the route reads, None where it reads none."""
    field = getattr(request.scope.get("route"), "body_field", None)
    return None if field is None else field.field_info.annotation
