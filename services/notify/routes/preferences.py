"""Routes of preferences: one's own, and the defaults of one's organisation."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlmodel import Session

from services.notify.adapters.messages import configured
from services.notify.adapters.preferences import store, store_organisation
from services.notify.adapters.wishes import WishesOf, tunings, untune
from services.notify.core.alerts import AlertKind
from services.notify.core.channels import Channel
from services.notify.core.preferences import OrganisationPreferences, Preferences
from services.notify.routes.context import Ctx, Db
from services.notify.schemas import shown_moment
from shared.clock import utc_now
from shared.identity import Action, Actor, Resource
from shared.identity.models import Person
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["preferences"])
Reading = Annotated[Access, Depends(requires(Resource.PREFERENCE, Action.READ))]
Writing = Annotated[Access, Depends(requires(Resource.PREFERENCE, Action.WRITE))]
OrganisationReading = Annotated[Access, Depends(requires(Resource.ORGANISATION_PREFERENCE, Action.READ))]
OrganisationWriting = Annotated[Access, Depends(requires(Resource.ORGANISATION_PREFERENCE, Action.WRITE))]


@router.get("/preferences", summary="Lire ses préférences")
def show(session: Db, access: Reading, context: Ctx) -> dict[str, Any]:
    """One's own (null: follows the organisation, then the platform), `effective` what holds in the end, `tuned` the kinds
    that rest after « pas utile », `channels` what this platform can send by.
    """
    return _shown(session, access.actor, context.clock.now())


@router.put("/preferences", summary="Remplacer ses préférences")
def put(body: Preferences, session: Db, access: Writing, context: Ctx) -> dict[str, Any]:
    """What is absent follows the organisation, then the platform. A delegate is a colleague of the same organisation."""
    actor = access.actor
    if body.delegation is not None:
        _check_delegate(context.identity_session(), actor, body.delegation.delegate)
    store(session, actor, body, at=utc_now())
    session.commit()
    return _shown(session, actor, context.clock.now())


@router.delete("/preferences/tuned/{kind}", status_code=204, summary="Rétablir un genre d'alerte")
def restore(kind: AlertKind, session: Db, access: Writing) -> None:
    """The kind interrupts again, after « pas utile » had sent it to the digest."""
    if not untune(session.connection(), access.actor.id, kind):
        raise Problem(ProblemType.NOT_FOUND)
    session.commit()


@router.get("/preferences/organisation", summary="Lire les préférences de l'organisation")
def show_organisation(session: Db, access: OrganisationReading) -> dict[str, Any]:
    """Defaults for those of the organisation who set nothing else; null: the platform's."""
    return WishesOf(session.connection()).organisation(access.actor.organisation).model_dump(mode="json")


@router.put("/preferences/organisation", summary="Remplacer les préférences de l'organisation")
def put_organisation(body: OrganisationPreferences, session: Db, access: OrganisationWriting) -> dict[str, Any]:
    """What is absent follows the platform."""
    store_organisation(session, access.actor.organisation, body, at=utc_now())
    session.commit()
    return body.model_dump(mode="json")


def _shown(session: Session, actor: Actor, now: Any) -> dict[str, Any]:
    connection = session.connection()
    known = WishesOf(connection)
    own, held = known.own(actor.id), known.effective(actor.id, actor.organisation)
    wishes, ready = held.wishes, configured(connection)
    return {
        **own.model_dump(mode="json"),
        # A number since the first version: whoever read it then must not meet null.
        "daily_maximum": wishes.daily_maximum,
        "follows_maximum": own.daily_maximum is None,
        "effective": {
            "email": held.email,
            "daily_maximum": wishes.daily_maximum,
            "alerts": {kind.value: wishes.modes[kind].value for kind in AlertKind},
            "quiet_hours": {"start": f"{wishes.quiet[0]:%H:%M}", "end": f"{wishes.quiet[1]:%H:%M}"},
            "working_days_only": wishes.working_days_only,
            "digest_at": f"{wishes.digest_at:%H:%M}",
            "language": held.language,
        },
        "tuned": [
            {"kind": kind.value, "marks": one.marks, "until": shown_moment(one.until)}
            for (_, kind), one in tunings(connection, [actor.id]).items()
            if one.until > now
        ],
        "channels": {channel.value: {"configured": channel in ready} for channel in (Channel.EMAIL, Channel.SMS)},
    }


def _check_delegate(identity: Session, actor: Actor, delegate: str) -> None:
    with identity:
        person = identity.get(Person, delegate)
    colleague = person is not None and person.organisation_id == actor.organisation and person.disabled_at is None
    if not colleague or delegate == actor.id:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Une délégation va à un autre compte de la même organisation.",
            field="delegation.delegate",
            value=delegate,
            remedy="usr_…",
            en="A delegation goes to another account of the same organisation.",
        )
