"""What every request leaves behind: an id, a line in the log, a count and a duration; and an answer where the route failed.

Plain ASGI: a middleware that passes responses on through queues costs a live stream more than the stream itself.
"""

import re
import time
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import telemetry
from shared.ids import new_id
from shared.lost_servers import RETRY_SECONDS, lost_server
from shared.web.problems import Problem, ProblemType, answer

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_UNLOGGED: Final = frozenset({"/livez", "/readyz", "/metrics"})

log = telemetry.logger(__name__)


class Observation:
    """Outermost middleware of an application of `service`. The duration ends where the answer begins."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        request.state.request_id = request_id
        began, answered = time.perf_counter(), False

        async def observed(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                MutableHeaders(scope=message)["x-request-id"] = request_id
                self._tell(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, observed)
            except Exception as error:
                # The route, never the path: a path may hold a token or a reference.
                lost = lost_server(error)
                if lost is None:
                    log.exception("request.failed", route=_route(scope))
                    if answered:
                        raise
                    problem = Problem(ProblemType.INTERNAL)
                else:
                    log.error("server.lost", server=lost[0], says=lost[1], route=_route(scope))
                    if answered:
                        return  # an answer that was begun and not ended is cut: its reader comes back
                    problem = Problem(ProblemType.UNAVAILABLE, headers={"Retry-After": str(RETRY_SECONDS)})
                await answer(request, problem)(scope, receive, observed)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = _route(scope), scope["method"]
        telemetry.HTTP_REQUESTS.labels(self._service, method, route, str(status)).inc()
        telemetry.HTTP_SECONDS.labels(self._service, route).observe(seconds)
        if route not in _UNLOGGED:
            log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")
