"""The live stream (SSE): GET /v1/stream.

Events are numbered without gaps; a client that comes back with Last-Event-ID gets what followed, each once. `stream.reset`:
what followed is no longer kept, reload the state. `stream.end`: come back (life cap, or the right is gone).
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session
from sse_starlette import EventSourceResponse, ServerSentEvent

from services.notify.adapters import live_events
from services.notify.adapters.areas import areas_of
from services.notify.adapters.preferences import preferences_of
from services.notify.core.audience import Reader, may_know
from services.notify.core.event_types import EVENT_TYPES, expand, unknown
from services.notify.core.live import LiveEvent, format_id, parse_id
from services.notify.routes.context import Context, Ctx
from shared import telemetry
from shared.geography import geography
from shared.identity import Action, Actor, Resource, scope_of
from shared.identity.bearers import BearerReader
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType

RETRY_MS: Final = 2000
RIGHTS_SECONDS: Final = 1.0
PREFERENCES_SECONDS: Final = 15.0
SEND_SECONDS: Final = 30.0

router = APIRouter(prefix="/v1", tags=["stream"])
_bearer = HTTPBearer(auto_error=False)


@dataclass(frozen=True)
class Filter:
    """What a client asks for, beyond its rights; empty: everything."""

    types: frozenset[str]
    territories: frozenset[str]

    def lets_through(self, event: LiveEvent) -> bool:
        draft = event.draft
        if self.types and draft.type not in self.types:
            return False
        return not self.territories or (
            draft.territory is not None and bool(areas_of(draft.territory) & self.territories)
        )


class Rights:
    """Who the bearer is now, and what that person does not want: asked again while the stream lives."""

    def __init__(self, context: Context, bearers: BearerReader, bearer: str, actor: Actor) -> None:
        self._context = context
        self._bearers = bearers
        self._bearer = bearer
        self._actor: Actor | None = actor
        self._asked_at = time.monotonic()
        self._muted: frozenset[str] = frozenset()
        self._muted_at: float | None = None

    async def refresh(self) -> bool:
        """Whether the stream may go on."""
        now = time.monotonic()
        if now - self._asked_at > RIGHTS_SECONDS:
            self._actor = await asyncio.to_thread(self._bearers.actor, self._bearer)
            self._asked_at = now
        actor = self._actor
        if actor is None or scope_of(actor.role, Resource.STREAM, Action.READ) is None:
            return False
        if self._muted_at is None or now - self._muted_at > PREFERENCES_SECONDS:
            self._muted = await asyncio.to_thread(self._read_muted, actor)
            self._muted_at = now
        return True

    def may_see(self, event: LiveEvent) -> bool:
        """By the rights last asked for."""
        actor = self._actor
        if actor is None or event.draft.type in self._muted:
            return False
        reader = Reader(actor.role, actor.organisation, actor.territories)
        return may_know(reader, event.draft.audience, areas_of)

    def _read_muted(self, actor: Actor) -> frozenset[str]:
        with Session(self._context.engine) as session:
            return preferences_of(session, actor).muted


def _check_territories(codes: Sequence[str]) -> None:
    """Raises Problem for a code that is no territory: its stream would stay silent for ever."""
    atlas = geography()
    for code in codes:
        if atlas.territory(code) is None and atlas.departement(code) is None:
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "Territoire inconnu.",
                field="territory",
                value=code[:60],
                remedy=atlas.suggest_territory(code),
                en="Unknown territory.",
                remedy_en=atlas.suggest_territory(code, "en"),
            )


def _number(text: str | None, field: str) -> int | None:
    if text is None or not text.strip():
        return None
    number = parse_id(text)
    if number is None:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Ce n'est pas un identifiant de ce flux.",
            field=field,
            value=text[:40],
            remedy="« id » d'un événement reçu, par exemple 42-0 ; ou rien, pour commencer maintenant",
            en="This is no id of this stream.",
            remedy_en="The id of an event received, for example 42-0; or none, to begin now",
        )
    return number


@router.get("/stream", summary="Suivre les événements en direct (SSE)", response_class=EventSourceResponse)
async def stream(
    request: Request,
    context: Ctx,
    access: Annotated[Access, Depends(requires(Resource.STREAM, Action.READ))],
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(_bearer)],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=60)] = None,
    last_event_id_query: Annotated[str | None, Query(alias="last_event_id", max_length=60)] = None,
    last_event_id_of_library: Annotated[
        str | None,
        Query(
            alias="lastEventId", max_length=60, description="Le même, comme l'écrivent des bibliothèques de navigateur"
        ),
    ] = None,
    types: Annotated[list[str] | None, Query(max_length=50, description="Types ou motifs, répétable")] = None,
    territory: Annotated[list[str] | None, Query(max_length=100, description="Codes, répétable")] = None,
) -> EventSourceResponse:
    """From now on, or from what followed the event named."""
    strangers = unknown(types or ())
    if strangers:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Type d'événement inconnu.",
            field="types",
            value=strangers[0][:60],
            remedy=", ".join(EVENT_TYPES),
            en="Unknown type of event.",
        )
    _check_territories(territory or ())
    after = _number(last_event_id, "Last-Event-ID")
    if after is None:
        after = _number(last_event_id_query, "last_event_id")
    if after is None:
        after = _number(last_event_id_of_library, "lastEventId")
    rights = Rights(context, request.app.state.bearers, credentials.credentials, access.actor)
    wanted = Filter(expand(types or ()), frozenset(territory or ()))
    return EventSourceResponse(
        _events(context, rights, wanted, after),
        ping=context.settings.stream_heartbeat_seconds,
        send_timeout=SEND_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(
    context: Context, rights: Rights, wanted: Filter, after: int | None
) -> AsyncIterator[ServerSentEvent]:
    hub, numbering = context.hub, context.hub.numbering
    ends_at = time.monotonic() + context.settings.stream_life_seconds
    telemetry.NOTIFY_STREAMS.inc()
    try:
        oldest, last = await asyncio.to_thread(_bounds, context)
        if after is not None and not oldest - 1 <= after <= last:
            yield _own("stream.reset", {"from": format_id(last)}, last)
            after = None
        seen = last if after is None else after
        # An id without data: a client that is cut before the first event comes back to here.
        yield ServerSentEvent(id=format_id(seen), retry=RETRY_MS)
        while (remaining := ends_at - time.monotonic()) > 0:
            events = await hub.next_after(seen, min(remaining, context.settings.stream_heartbeat_seconds))
            if hub.numbering != numbering:
                yield _own("stream.end", {"reason": "restart"})
                return
            if not await rights.refresh():
                yield _own("stream.end", {"reason": "unauthenticated"})
                return
            told = seen
            for event in events:
                if event.seq <= seen:
                    continue
                seen = event.seq
                if rights.may_see(event) and wanted.lets_through(event):
                    told = seen
                    yield ServerSentEvent(data=event.draft.payload, event=event.draft.type, id=event.id)
            if told < seen:
                yield ServerSentEvent(id=format_id(seen))
        yield _own("stream.end", {"reason": "life"})
    finally:
        telemetry.NOTIFY_STREAMS.dec()


def _own(kind: str, data: dict[str, Any], seq: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(
        data=json.dumps({"type": kind, **data}),
        event=kind,
        id=None if seq is None else format_id(seq),
        retry=RETRY_MS,
    )


def _bounds(context: Context) -> tuple[int, int]:
    with context.engine.connect() as connection:
        return live_events.bounds(connection)
