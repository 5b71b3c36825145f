"""What an API answers when a route fails: a problem, whatever was raised."""

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from shared import telemetry
from shared.web.problems import Problem, ProblemType, answer, language
from shared.web.validation import problem_from

log = telemetry.logger(__name__)
# The kind of each status, the first declared where a status has several.
_BY_STATUS = {kind.value.status: kind for kind in reversed(ProblemType)}


def answer_failures(app: FastAPI) -> None:
    """Registers the answers to problems, invalid requests, HTTP errors, a lost database and values it cannot keep."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, problem: Problem) -> Response:
        return answer(request, problem)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(request, problem_from(error, language(request)))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        kind = _BY_STATUS.get(
            error.status_code, ProblemType.CONFLICT if error.status_code < 500 else ProblemType.INTERNAL
        )
        return answer(request, Problem(kind, headers=dict(error.headers or {})))

    async def on_lost_database(request: Request, error: Exception) -> Response:
        log.error("database.unavailable", error=type(error).__name__)
        return answer(request, Problem(ProblemType.UNAVAILABLE, "postgresql", headers={"Retry-After": "2"}))

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
