"""Routes of webhook endpoints."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlmodel import Session

from services.notify.adapters import endpoints
from services.notify.adapters.models import Endpoint
from services.notify.core.addresses import Network, UrlFault, parse_target
from services.notify.core.event_types import expand, readable_by
from services.notify.core.subscriptions import FILTER_ROLES, Filter
from services.notify.routes.context import Ctx, Db
from services.notify.schemas import EndpointBody, EndpointChange, ReplayBody, shown_endpoint
from shared.clock import isoformat, utc_now
from shared.identity import Action, Resource, Role
from shared.ids import new_id
from shared.sql.idempotency import recall, remember
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["endpoints"])
Reading = Annotated[Access, Depends(requires(Resource.ENDPOINT, Action.READ))]
Writing = Annotated[Access, Depends(requires(Resource.ENDPOINT, Action.WRITE))]
_MAY_BE_EMPTY: Final = frozenset({"description", "rate_per_minute"})
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def _accepted_url(url: str, allowed: Sequence[Network]) -> str:
    target = parse_target(url, allowed)
    if isinstance(target, UrlFault):
        # The value is not repeated: a URL can hold a password.
        said = target.wording
        raise Problem(
            ProblemType.INVALID_FIELDS,
            said.message.fr,
            field="url",
            remedy=said.remedy.fr,
            en=said.message.en,
            remedy_en=said.remedy.en,
        )
    return target.url


def _check_readable(role: Role, types: tuple[str, ...]) -> None:
    readable = readable_by(role)
    if not expand(types) & readable:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            f"Le rôle « {role.label_fr} » ne reçoit aucun de ces événements.",
            field="types",
            value=", ".join(types)[:100],
            remedy=", ".join(sorted(readable)),
            en=f"The role {role.value} receives none of these events.",
        )


def _check_filters(role: Role, body: EndpointBody | EndpointChange) -> None:
    for asked in Filter:
        if getattr(body, asked.value) and role not in FILTER_ROLES[asked]:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                f"Le rôle « {role.label_fr} » ne filtre pas par ce critère.",
                field=asked.value,
                remedy=", ".join(one.value for one in Filter if role in FILTER_ROLES[one]),
                en=f"The role {role.value} does not filter by this.",
            )


def _found(session: Session, access: Access, identifier: str, *, lock: bool = False) -> Endpoint:
    row = endpoints.endpoint_of(session, access.actor, identifier, lock=lock)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row


async def raw_body(request: Request) -> bytes:
    """The bytes of the request, for the idempotency digest."""
    return await request.body()


RawBody = Annotated[bytes, Depends(raw_body)]


@router.post("/endpoints", status_code=201, summary="Créer un point de réception")
def create(
    body: EndpointBody,
    raw: RawBody,
    session: Db,
    context: Ctx,
    access: Writing,
    response: Response,
    key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Answers the signing secret, which is shown here only (and again to a repetition under the same Idempotency-Key)."""
    actor = access.actor
    if known := recall(session, actor.bearer, _named("endpoints", key), raw):
        # The stored answer holds no secret: it is read from the endpoint, and absent where a rotation replaced it.
        row = _found(session, access, known[1]["id"])
        response.status_code = known[0]
        return {**known[1], "secret": context.secrets.open(row.secret) if row.previous_secret is None else None}
    url = _accepted_url(body.url, context.settings.allowed_networks)
    _check_readable(actor.role, body.types)
    _check_filters(actor.role, body)
    if endpoints.count_endpoints(session, actor) >= endpoints.MOST_ENDPOINTS:
        raise Problem(
            ProblemType.CONFLICT,
            f"Au plus {endpoints.MOST_ENDPOINTS} points de réception par organisation.",
            en=f"At most {endpoints.MOST_ENDPOINTS} endpoints an organisation.",
        )
    secret = context.secrets.new()
    now = utc_now()
    row = Endpoint(
        id=new_id("we"),
        organisation=actor.organisation,
        owner=actor.id,
        role=actor.role.value,
        owner_territories=sorted(actor.territories),
        url=url,
        types=list(body.types),
        territories=list(body.territories),
        landlords=list(body.landlords),
        caseworkers=list(body.caseworkers),
        programmes=[programme.value for programme in body.programmes],
        minimum_score_change=body.minimum_score_change,
        rate_per_minute=body.rate_per_minute,
        headers=context.secrets.seal_headers(body.headers),
        header_names=sorted(body.headers),
        description=body.description,
        secret=context.secrets.seal(secret),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    shown = shown_endpoint(row)
    remember(session, actor.bearer, _named("endpoints", key), raw, 201, shown, at=now)
    session.commit()
    return {**shown, "secret": secret}


def _named(route: str, key: str | None) -> str | None:
    """An Idempotency-Key means one request to one route."""
    return None if key is None else f"{route} {key}"


@router.get("/endpoints", summary="Lister les points de réception de l'organisation")
def list_endpoints(session: Db, access: Reading, limit: Limit = 100, cursor: CursorText = None) -> dict[str, Any]:
    """By creation."""
    rows = endpoints.endpoints_of(session, access.actor, after=last_seen(cursor), limit=limit + 1)
    following = cursor_after(rows, limit, lambda row: row.id)
    return page([shown_endpoint(row) for row in rows[:limit]], following)


@router.get("/endpoints/{identifier}", summary="Lire un point de réception")
def show(identifier: str, session: Db, access: Reading) -> dict[str, Any]:
    """Without its secret."""
    return shown_endpoint(_found(session, access, identifier))


@router.patch("/endpoints/{identifier}", summary="Modifier un point de réception")
def change(identifier: str, body: EndpointChange, session: Db, context: Ctx, access: Writing) -> dict[str, Any]:
    """Changes fields; null empties `description` and `rate_per_minute`. What is pending goes to the new URL.

    Disabling keeps what was not received for a replay; enabling sends what comes from then on.
    """
    row = _found(session, access, identifier, lock=True)
    given = body.model_dump(exclude_unset=True)
    for name, value in given.items():
        if value is None and name not in _MAY_BE_EMPTY:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "Ce champ ne peut pas être vide.",
                field=name,
                remedy="absent = inchangé",
                en="This field cannot be empty.",
                remedy_en="absent = unchanged",
            )
    now = utc_now()
    if body.url is not None:
        given["url"] = _accepted_url(body.url, context.settings.allowed_networks)
    if body.types is not None:
        _check_readable(Role(row.role), body.types)
    _check_filters(Role(row.role), body)
    if body.headers is not None:
        given["headers"] = context.secrets.seal_headers(body.headers)
        given["header_names"] = sorted(body.headers)
    if "rate_per_minute" in given:
        row.rate_next_at = None
    enabled = given.pop("enabled", row.enabled)
    for name, value in given.items():
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    if row.enabled and not enabled:
        endpoints.disable_pending(session, row, at=now)
    if row.enabled != enabled:
        row.enabled = enabled
        row.disabled_reason = None if enabled else endpoints.BY_OWNER
        row.consecutive_failures, row.failing_since = 0, None
    row.paused_until = None  # whoever changes an endpoint wants it tried
    row.updated_at = now
    session.add(row)
    session.commit()
    return shown_endpoint(row)


@router.delete("/endpoints/{identifier}", status_code=204, summary="Supprimer un point de réception")
def remove(identifier: str, session: Db, access: Writing) -> Response:
    """With its deliveries, sent or not."""
    session.delete(_found(session, access, identifier, lock=True))
    session.commit()
    return Response(status_code=204)


@router.post("/endpoints/{identifier}:rotate", summary="Remplacer le secret")
def rotate(identifier: str, session: Db, context: Ctx, access: Writing) -> dict[str, Any]:
    """Answers the new secret, shown here only. For 24 h both secrets sign, so that the receiver can change without a gap."""
    row = _found(session, access, identifier, lock=True)
    now = utc_now()
    secret = context.secrets.new()
    row.previous_secret, row.previous_until = row.secret, now + endpoints.ROTATION_OVERLAP
    row.secret, row.updated_at = context.secrets.seal(secret), now
    session.add(row)
    session.commit()
    return {"id": row.id, "secret": secret, "previous_valid_until": isoformat(now + endpoints.ROTATION_OVERLAP)}


@router.post("/endpoints/{identifier}:test", status_code=202, summary="Envoyer un événement d'essai")
def test(identifier: str, session: Db, access: Writing) -> dict[str, Any]:
    """Sends `endpoint.test`; GET /v1/deliveries/{delivery} tells what came of it."""
    row = _found(session, access, identifier, lock=True)
    _must_be_enabled(row)
    delivery = endpoints.add_test(session, row, at=utc_now())
    session.commit()
    return {"delivery": delivery.id}


@router.post("/endpoints/{identifier}:replay", status_code=202, summary="Renvoyer des envois")
def replay(identifier: str, session: Db, access: Writing, body: ReplayBody | None = None) -> dict[str, Any]:
    """Under the same webhook-id: a receiver that has one already drops it. Without a body: all that failed."""
    row = _found(session, access, identifier, lock=True)
    _must_be_enabled(row)
    asked = body or ReplayBody()
    queued = endpoints.replay(
        session,
        row,
        at=utc_now(),
        delivery=asked.delivery,
        since=asked.since,
        **({"states": asked.states} if asked.states else {}),
    )
    if asked.delivery is not None and not queued:
        raise Problem(ProblemType.NOT_FOUND, field="delivery", value=asked.delivery, remedy="GET /v1/deliveries")
    session.commit()
    return {"queued": queued}


def _must_be_enabled(row: Endpoint) -> None:
    if not row.enabled:
        raise Problem(
            ProblemType.CONFLICT,
            "Le point de réception est désactivé.",
            field="enabled",
            value=False,
            remedy='PATCH {"enabled": true}',
            en="The endpoint is disabled.",
        )
