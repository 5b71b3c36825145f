"""The FastAPI application factory: every service's API answers alike."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from shared import telemetry
from shared.settings import Settings
from shared.web.description import PROBLEM_RESPONSES, describe
from shared.web.failures import answer_failures
from shared.web.known_parameters import refuse_unknown_parameters
from shared.web.limits import BodyLimit
from shared.web.observation import Observation
from shared.web.problems import Problem, ProblemType

Check = Callable[[], Any]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]

log = telemetry.logger(__name__)


def create_app(
    service: str,
    *,
    title: str,
    settings: Settings,
    checks: Mapping[str, Check],
    lifespan: Any = None,
    unlimited_paths: tuple[str, ...] = (),
) -> FastAPI:
    """An application with /livez, /readyz, /metrics, /docs, problem answers, request ids and a body limit; its
    routes refuse query parameters that they do not have.

    `checks` are run by /readyz in a thread: each raises when its part is not ready. `unlimited_paths` are path prefixes
    that stream their body and set their own limit.
    """
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEM_RESPONSES,
        dependencies=[Depends(refuse_unknown_parameters)],
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

    app.add_middleware(Observation, service=service)

    answer_failures(app)
    return app
