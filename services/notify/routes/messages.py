"""Route of messages to households: asked by matching, with references only."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.notify.adapters.messages import add_message
from services.notify.core.channels import Channel
from services.notify.routes.context import Db
from shared.clock import utc_now
from shared.identity import Action, Resource
from shared.web.access import requires
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["messages"])
MatchingAlone: Final = Depends(requires(Resource.MESSAGE, Action.WRITE))
ANSWER_LINK: Final = "household.answer_link"
Reference = Annotated[str, Field(min_length=1, max_length=60)]


class MessageBody(BaseModel):
    """An answer link to send. Whoever it goes to, and its words, are asked of matching when it is sent."""

    model_config = ConfigDict(extra="forbid")

    reference: Reference
    channel: Literal["email", "sms"]
    organisation: Reference
    placement: Reference


@router.post("/messages", status_code=202, summary="Confier un message à un ménage", dependencies=[MatchingAlone])
def send(body: MessageBody, session: Db) -> dict[str, Any]:
    """The same reference again is the same message. 409 where the channel is not configured."""
    identifier = add_message(
        session.connection(),
        Channel(body.channel),
        recipient=body.reference,
        event_id=body.reference,
        kind=ANSWER_LINK,
        subject=body.placement,
        organisation=body.organisation,
        payload={"form": "answer_link"},
        at=utc_now(),
    )
    if identifier is None:
        raise Problem(
            ProblemType.CONFLICT,
            "Ce canal n'est pas configuré sur cette plateforme.",
            field="channel",
            value=body.channel,
            remedy="ANCRAGE_SMTP_HOST, ANCRAGE_SMS_URL",
            en="This channel is not configured on this platform.",
        )
    session.commit()
    return {"id": identifier}
