"""The FastAPI application factory: every service's API answers alike."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from shared import telemetry
from shared.ids import new_id
from shared.settings import Settings
from shared.web.description import PROBLEM_RESPONSES, describe
from shared.web.failures import answer_failures
from shared.web.limits import BodyLimit
from shared.web.problems import Problem, ProblemType, answer

Check = Callable[[], Any]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]

log = telemetry.logger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def create_app(
    service: str,
    *,
    title: str,
    settings: Settings,
    checks: Mapping[str, Check],
    lifespan: Any = None,
    unlimited_paths: tuple[str, ...] = (),
) -> FastAPI:
    """An application with /livez, /readyz, /metrics, /docs, problem answers, request ids and a body limit.

    `checks` are run by /readyz in a thread: each raises when its part is not ready. `unlimited_paths` are path prefixes
    that stream their body and set their own limit.
    """
    app = FastAPI(
        title=title, version="1", lifespan=lifespan, docs_url=None, redoc_url=None, responses=PROBLEM_RESPONSES
    )
    describe(app)
    app.state.settings = settings

    @app.get("/livez", include_in_schema=False)
    def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Any:
        failing = {}
        for name, check in checks.items():
            try:
                await run_in_threadpool(check)
            except Exception as error:  # noqa: BLE001 - whatever it is, this part is not ready
                failing[name] = type(error).__name__
        if failing:
            log.warning("not_ready", failing=failing)
            raise Problem(
                ProblemType.UNAVAILABLE,
                ", ".join(f"{k}: {v}" for k, v in failing.items()),
                headers={"Retry-After": "2"},
            )
        return {"status": "ready", "parts": list(checks)}

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    # Inside the observation below, which counts and names the requests that are refused here too.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, unlimited=unlimited_paths)

    @app.middleware("http")
    async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        given = request.headers.get("x-request-id", "")
        request.state.request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req")
        structlog.contextvars.bind_contextvars(request_id=request.state.request_id)
        started = time.perf_counter()
        try:
            response = await call_next(request)
        except Exception:
            # The route, never the path: a path may hold a token or a reference.
            log.exception("request.failed", route=getattr(request.scope.get("route"), "path", "unmatched"))
            response = answer(request, Problem(ProblemType.INTERNAL))
        route = getattr(request.scope.get("route"), "path", "unmatched")
        seconds = time.perf_counter() - started
        telemetry.HTTP_REQUESTS.labels(service, request.method, route, str(response.status_code)).inc()
        telemetry.HTTP_SECONDS.labels(service, route).observe(seconds)
        if route not in {"/livez", "/readyz", "/metrics"}:
            log.info(
                "request", method=request.method, route=route, status=response.status_code, ms=round(seconds * 1000, 1)
            )
        response.headers["x-request-id"] = request.state.request_id
        structlog.contextvars.unbind_contextvars("request_id")
        return response

    answer_failures(app)
    return app
