"""Routes of what full lists decided about the absent: see what waits, confirm or reject it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from sqlmodel import Session

from services.ingest.adapters.run_models import SnapshotRow
from services.ingest.adapters.snapshots import absent_references, settle, snapshot_of, snapshots_of
from services.ingest.bulk.reporting import snapshot_shown
from services.ingest.bulk.withdrawing import KINDS, withdraw_absent
from services.ingest.core.full_lists import SnapshotState
from services.ingest.routes.context import Context, Ctx, Db
from services.ingest.routes.runs import owner_of
from services.ingest.run_schemas import SnapshotDetail, SnapshotPage, SnapshotShown
from shared import telemetry
from shared.identity import Action, Resource, Role
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType, language

log = telemetry.logger(__name__)
router = APIRouter(prefix="/v1", tags=["files"])
Reader = Annotated[Access, Depends(requires(Resource.SNAPSHOT, Action.READ))]
Decider = Annotated[Access, Depends(requires(Resource.SNAPSHOT, Action.DECIDE))]
SnapshotId = Annotated[str, Path(min_length=1, max_length=100, description="snap_…")]
SHOWN_ABSENT = 100


@router.get("/snapshots", summary="Lister les listes complètes", response_model=SnapshotPage)
def listing(
    request: Request,
    session: Db,
    access: Reader,
    limit: Limit = 50,
    cursor: CursorText = None,
    kind: Literal["vacancies", "offers"] | None = None,
    state: SnapshotState | None = None,
) -> dict[str, Any]:
    """What full lists decided, newest first; `state=quarantined`: those whose withdrawals wait for a person."""
    found = snapshots_of(session, owner_of(access), kind=kind, state=state, before=last_seen(cursor), limit=limit + 1)
    following = cursor_after(found, limit, lambda row: row.id)
    return page([snapshot_shown(row, language(request)) for row in found[:limit]], following)


@router.get("/snapshots/{snapshot}", summary="Lire une liste complète", response_model=SnapshotDetail)
def show(snapshot: SnapshotId, request: Request, session: Db, access: Reader) -> dict[str, Any]:
    """With the first 100 references that would be withdrawn now, while it waits."""
    found = _reachable(session, access, snapshot)
    waits = found.state == SnapshotState.QUARANTINED
    absent = absent_references(session, KINDS[found.kind], found, limit=SHOWN_ABSENT) if waits else []
    return {**snapshot_shown(found, language(request)), "absent_references": absent}


@router.post("/snapshots/{snapshot}:confirm", summary="Confirmer les retraits", response_model=SnapshotShown)
def confirm(snapshot: SnapshotId, request: Request, session: Db, context: Ctx, access: Decider) -> dict[str, Any]:
    """Withdraws what the list lacks, except what was published anew since. Confirming again changes nothing."""
    _decide(session, context, access, snapshot, SnapshotState.APPLYING)
    withdraw_absent(context.engine, context.clock, KINDS[_reachable(session, access, snapshot).kind], snapshot)
    return snapshot_shown(_reachable(session, access, snapshot), language(request))


@router.post("/snapshots/{snapshot}:reject", summary="Refuser les retraits", response_model=SnapshotShown)
def reject(snapshot: SnapshotId, request: Request, session: Db, context: Ctx, access: Decider) -> dict[str, Any]:
    """Nothing is withdrawn; what the list published stays published. Rejecting again changes nothing."""
    _decide(session, context, access, snapshot, SnapshotState.REJECTED)
    return snapshot_shown(_reachable(session, access, snapshot), language(request))


def _decide(session: Session, context: Context, access: Access, snapshot: str, state: SnapshotState) -> None:
    """Raises Problem 403 for a landlord's key: a person looks at the figures, which no program does."""
    if access.actor.role is Role.LANDLORD and access.actor.user is None:
        raise Problem(
            ProblemType.FORBIDDEN,
            "Une personne du bailleur ou un opérateur décide, pas une clé de programme.",
            en="A person of the landlord or an operator decides, not the key of a program.",
        )
    found = _reachable(session, access, snapshot, lock=True)
    done = {SnapshotState.APPLYING, SnapshotState.APPLIED} if state is SnapshotState.APPLYING else {state}
    if found.decided_by is not None and found.state in done:
        session.rollback()
        return
    if found.state != SnapshotState.QUARANTINED:
        state_now = SnapshotState(found.state)
        raise Problem(
            ProblemType.CONFLICT,
            f"Cette liste n'attend pas de décision : {state_now.label('fr')}.",
            en=f"This list awaits no decision: {state_now.label('en')}.",
        )
    settle(session, found, state, by=access.actor.id, now=context.clock.now())
    session.commit()
    log.info("snapshot.decided", snapshot=found.id, state=state.value, absent=found.absent)


def _reachable(session: Session, access: Access, snapshot: str, *, lock: bool = False) -> SnapshotRow:
    found = snapshot_of(session, snapshot, owner_of(access), lock=lock)
    if found is None:
        raise Problem(ProblemType.NOT_FOUND)
    return found
