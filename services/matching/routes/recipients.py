"""Where a message goes, and its words: asked by notify at the moment of sending, and by nobody else."""

from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from services.matching.adapters import answer_links
from services.matching.adapters.models import PlacementRow
from services.matching.core.deadlines import last_day
from services.matching.core.invitations import LANGUAGES, invitation
from services.matching.routes.context import Context, Ctx, Db
from shared.events import Step
from shared.identity import Action, Resource
from shared.identity.contacts import Contacts
from shared.identity.models import Bearer, Organisation, Person
from shared.ids import is_id
from shared.web.access import requires
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1/recipients", tags=["recipients"])
NotifyAlone: Final = Depends(requires(Resource.RECIPIENT, Action.READ))


@router.get("/{reference}", summary="Coordonnées au moment d'un envoi", dependencies=[NotifyAlone])
def show(reference: str, context: Ctx, session: Db, response: Response) -> dict[str, Any]:
    """Of a person (`usr_…`), a key (`ank_…`), an organisation (`org_…`), or of the household of an answer link (`lnk_…`,
    with the words to send). 404: nobody is to be written to any more.
    """
    response.headers["Cache-Control"] = "no-store"
    found = _household(session, context, reference) if is_id(reference, "lnk") else _professional(context, reference)
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found


def _professional(context: Context, reference: str) -> dict[str, Any] | None:
    """The person's own contact, and that of the organisation, for what concerns its account."""
    contacts = Contacts(context.settings)
    with Session(context.identity) as identity:
        person = identity.get(Person, reference)
        bearer = identity.get(Bearer, reference) if person is None else None
        owner = person.organisation_id if person else bearer.organisation_id if bearer else reference
        organisation = identity.get(Organisation, owner)
        if organisation is None or (person is not None and person.disabled_at is not None):
            return None
        own, common = contacts.of(person) if person else None, contacts.of(organisation)
    return {
        "kind": "professional",
        "organisation": organisation.id,
        "email": own.email if own else None,
        "phone": own.phone if own else None,
        "organisation_email": common.email,
    }


def _household(session: Session, context: Context, reference: str) -> dict[str, Any] | None:
    found = answer_links.to_send(session, context.settings, reference)
    row = session.get(PlacementRow, found[0].placement) if found else None
    if found is None or row is None or row.household is None or row.step != Step.APPROVED:
        return None
    if row.due_at is not None and row.due_at <= context.clock.now():
        return None
    contact = context.contacts.of(session, row.household)
    if contact is None:
        return None
    language = next((one for one in LANGUAGES if one == contact.language), LANGUAGES[0])
    link = f"{context.settings.url('console')}/reponse/{found[1]}"
    words = invitation(language, link, last_day(row.due_at) if row.due_at else None)
    return {"kind": "household", "email": contact.email, "phone": contact.phone, **asdict(words)}
