"""Routes of territory commitments."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from services.ingest.adapters.commitments import commitments_of, put_commitments
from services.ingest.routes.context import Ctx, Db
from services.ingest.routes.entities import check_observation
from services.ingest.schemas import TerritoryBody
from shared.clock import utc_now
from shared.geography import geography
from shared.identity import Action, Resource, Scope
from shared.web.access import Access, requires
from shared.web.problems import Problem, ProblemType

router = APIRouter(prefix="/v1", tags=["territories"])
Code = Annotated[str, Path(pattern=r"^(\d{9}|\d{5}|\d{2,3}|2[AB])$", description="EPCI (SIREN) ou département")]


def _known(code: str) -> str:
    atlas = geography()
    if atlas.territory(code) is None and atlas.departement(code) is None:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            f"Territoire inconnu : {code}.",
            field="code",
            value=code,
            remedy=atlas.suggest_territory(code),
        )
    return code


def _may_write(access: Access, code: str) -> bool:
    if access.scope is Scope.ALL:
        return True
    territory = geography().territory(code)
    departements = set(territory.departements) if territory else {code}
    return code in access.actor.territories or bool(departements & access.actor.territories)


@router.put("/territories/{code}", summary="Déclarer les engagements d'un territoire")
def put(
    code: Code,
    body: TerritoryBody,
    session: Db,
    context: Ctx,
    access: Annotated[Access, Depends(requires(Resource.COMMITMENT, Action.WRITE))],
) -> dict[str, Any]:
    """The full set: a programme that is absent is withdrawn."""
    _known(code)
    if not _may_write(access, code):
        raise Problem(ProblemType.NOT_FOUND)
    now = context.clock.now()
    check_observation(body.observed_at, now)
    changed, superseded = put_commitments(
        session,
        code,
        [item.model_dump(mode="json", exclude_none=True) for item in body.commitments],
        organisation=access.actor.organisation,
        observed_at=body.observed_at or now,
        at=utc_now(),
    )
    session.commit()
    shown = [{**row.state, "version": row.version} for row in commitments_of(session, code)]
    return {
        "code": code,
        "result": "updated" if changed else "unchanged",
        "superseded": superseded,
        "commitments": shown,
    }


@router.get("/territories/{code}", summary="Lire les engagements d'un territoire")
def show(
    code: Code, session: Db, _: Annotated[Access, Depends(requires(Resource.COMMITMENT, Action.READ))]
) -> dict[str, Any]:
    """Empty when nothing is declared, which is not the same as closed."""
    _known(code)
    return {
        "code": code,
        "commitments": [{**row.state, "version": row.version} for row in commitments_of(session, code)],
    }
