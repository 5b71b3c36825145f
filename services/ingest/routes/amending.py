"""A partial update: the patch is merged into what is stored, and the whole is validated, under one lock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi.exceptions import RequestValidationError
from msgspec.json import decode
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from sqlmodel import Session

from services.ingest.adapters.duplicates import keys_stated
from services.ingest.adapters.registry import Applied, Input, Kind, put_many
from services.ingest.adapters.versions import opened
from services.ingest.core.entities import Outcome
from services.ingest.core.merging import content_of, merged
from services.ingest.routes.context import Context
from services.ingest.routes.entities import check_observation, own_reference
from services.ingest.routes.preconditions import check_match
from services.ingest.schemas import Notice, Publication
from shared.clock import utc_now
from shared.web.access import Access
from shared.web.problems import Problem, ProblemType
from shared.web.validation import problem_from

_MOMENT: TypeAdapter[datetime | None] = TypeAdapter(AwareDatetime | None)


@dataclass(frozen=True)
class Amended:
    """What became of a patch, and what of it was accepted in another form."""

    applied: Applied
    notices: list[Notice]


def amend_one(
    kind: Kind[Any],
    model: type[Publication],
    session: Session,
    context: Context,
    access: Access,
    reference: str,
    patch: dict[str, Any],
    if_match: str | None,
    lang: str,
) -> Amended:
    """PATCH of one entity. An older observation changes nothing: a patch is never applied in part.

    Raises Problem: 404 for what is not published, 412 for another version, 422 for what the whole would be.
    """
    now = context.clock.now()
    if strangers := sorted(patch.keys() - model.model_fields.keys()):  # also with null: it would remove nothing
        raise problem_from(
            RequestValidationError([{"type": "extra_forbidden", "loc": (name,), "msg": ""} for name in strangers]),
            lang,
            model,
        )
    given = {name: value for name, value in patch.items() if name != "observed_at"}
    try:
        observed_at = _MOMENT.validate_python(patch.get("observed_at"))
    except ValidationError as error:
        raise _invalid(error, lang, model, "observed_at") from error
    check_observation(observed_at, now)
    reference = own_reference(kind, session, access, reference)
    origins = keys_stated([given]) if kind.may_be_twice else None
    row = opened(session, kind, access.actor.organisation, [reference], origins).rows.get(reference)
    check_match(if_match, row)
    if row is None or row.withdrawn_at is not None:
        if row is not None and observed_at is not None and observed_at <= row.observed_at:
            return Amended(Applied(reference, row.id, row.version, Outcome.SUPERSEDED), [])
        raise Problem(ProblemType.NOT_FOUND, field="reference", value=reference, remedy=f"PUT /v1/…/{reference}")
    if observed_at is not None and observed_at < row.observed_at:
        return Amended(Applied(reference, row.id, row.version, Outcome.SUPERSEDED), [])
    try:
        body = model.model_validate(
            merged(content_of(decode(row.state), decode(row.private) if row.private else None), given)
        )
    except ValidationError as error:
        raise _invalid(error, lang, model) from error
    (applied,) = put_many(
        session,
        kind,
        access.actor,
        [Input(reference, body.content(), observed_at)],
        now=now,
        at=utc_now(),
        horizon=context.horizon,
    )
    session.commit()
    return Amended(applied, body.notices(lang))


def _invalid(error: ValidationError, lang: str, model: type[Publication], *where: str) -> Problem:
    return problem_from(
        RequestValidationError([{**item, "loc": (*where, *item["loc"])} for item in error.errors()]), lang, model
    )
