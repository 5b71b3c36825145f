"""Access to routes: the bearer of the request, the right it needs, and whose resources it reaches."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from shared.identity import Action, Actor, Resource, Scope, scope_of
from shared.identity.rights import SERVICE_RIGHTS
from shared.web.problems import Problem, ProblemType

_bearer = HTTPBearer(auto_error=False, description="Clé d'API ou session")


@dataclass(frozen=True)
class Access:
    """An actor with the scope of the right that the route declared."""

    actor: Actor
    scope: Scope


async def current_actor(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Actor | None:
    """The actor of the request, None without a bearer. Raises Problem 401 for a bearer that opens nothing.

    The application keeps a BearerReader at `app.state.bearers`.
    """
    if credentials is None:
        return None
    bearers, text = request.app.state.bearers, credentials.credentials
    # A look-up asks the database: in a thread. What is remembered is not worth one.
    actor: Actor | None = (
        bearers.actor(text) if bearers.remembers(text) else await run_in_threadpool(bearers.actor, text)
    )
    if actor is None:
        raise Problem(ProblemType.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})
    return actor


def requires(resource: Resource, action: Action) -> Callable[..., Awaitable[Access]]:
    """Dependency of a route that needs a right: `access: Annotated[Access, Depends(requires(...))]`."""

    async def check(actor: Annotated[Actor | None, Depends(current_actor)]) -> Access:
        if actor is None:
            raise Problem(ProblemType.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})
        scope = scope_of(actor.role, resource, action)
        if actor.service is not None and SERVICE_RIGHTS.get((resource, action)) == actor.service:
            scope = Scope.ALL
        if scope is None:
            right = f"{resource.value}/{action.value}"
            raise Problem(ProblemType.FORBIDDEN, f"{actor.role.label_fr} : {right}", en=f"{actor.role.value}: {right}")
        return Access(actor, scope)

    check.right = (resource, action)  # type: ignore[attr-defined]  # read by the test of every route
    return check


def public() -> Callable[..., Awaitable[Actor | None]]:
    """Marks a route that anyone may call; it still learns who calls, if anyone says."""

    async def check(actor: Annotated[Actor | None, Depends(current_actor)]) -> Actor | None:
        return actor

    check.right = None  # type: ignore[attr-defined]
    return check
