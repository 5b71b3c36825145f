"""Shortlists that commissions keep, and proposals made from them."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from sqlmodel import Session, col, select

from services.matching.adapters import conflicts, shortlists
from services.matching.adapters.commission_models import CandidateRow, ShortlistRow
from services.matching.adapters.models import HouseholdRow, PlacementRow, VacancyRow
from services.matching.adapters.placements import Act
from services.matching.adapters.proposing import Conflict
from services.matching.core.programme import STEP_LABELS
from services.matching.routes.context import Ctx, Db, Lang, person
from shared.clock import isoformat
from shared.events import Step
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.web.paging import CursorText, Limit, cursor_after, last_seen, page
from shared.web.problems import Problem, ProblemType
from shared.words import Words

router = APIRouter(prefix="/v1", tags=["plans"])
Reader = Annotated[Access, Depends(requires(Resource.PLAN, Action.READ))]
Writer = Annotated[Access, Depends(requires(Resource.PLAN, Action.WRITE))]
Decider = Annotated[Access, Depends(requires(Resource.PLAN, Action.DECIDE))]
ShortlistId = Annotated[str, Path(max_length=60)]


@router.get("/shortlists", summary="Lister les listes courtes de l'organisation")
def list_shortlists(
    access: Reader,
    session: Db,
    lang: Lang,
    limit: Limit = 50,
    cursor: CursorText = None,
    vacancy: str | None = None,
    closed: bool = False,
) -> dict[str, Any]:
    """Newest first; those that have ended too with `closed`."""
    rows = shortlists.listing(
        session,
        access.actor.organisation,
        vacancy=vacancy,
        closed=closed,
        before=last_seen(cursor),
        limit=limit + 1,
    )
    return page(_views(session, rows[:limit], lang), cursor_after(rows, limit, lambda row: row.id))


@router.get("/shortlists/{shortlist}", summary="Lire une liste courte")
def show_shortlist(shortlist: ShortlistId, access: Reader, session: Db, lang: Lang) -> dict[str, Any]:
    """Its candidates in rank, and which of them has a proposal; `other_proposal` is one that keeps the household elsewhere,
    for which it is passed over."""
    return _views(session, [_own(session, access, shortlist)], lang)[0]


@router.post("/shortlists/{shortlist}:propose", summary="Proposer le logement au premier de la liste")
def propose(shortlist: ShortlistId, access: Decider, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """Proposes the home to the first who still can have it; it then awaits approval as any other. Who is passed over for a
    proposal under way is told by `other_proposal`.

    Where that proposal ends by a refusal, the next is promoted without being asked for, and awaits approval too.
    """
    row = _own(session, access, shortlist, locked=True)
    live = session.get(PlacementRow, row.placement) if row.placement else None
    if row.closed_at is not None:
        raise Problem(
            ProblemType.CONFLICT,
            "Cette liste est close.",
            field="shortlist",
            value=shortlist,
            remedy="POST /v1/plans",
            en="This list is closed.",
        )
    if live is not None and live.step not in (Step.REFUSED, Step.RELEASED):
        raise Problem(
            ProblemType.CONFLICT,
            "Une proposition est déjà partie de cette liste.",
            field="placement",
            value=live.id,
            remedy=f"GET /v1/placements/{live.id}",
            en="A proposal has gone out from this list already.",
        )
    placed = shortlists.propose_next(
        session,
        row,
        act=Act("choose", person(access.actor)),
        moment=context.moment(),
        seed=context.settings.engine_seed,
    )
    if placed is None and row.closed_at is None:
        raise conflicts.problem_of(
            session, Conflict.HOME, organisation=row.organisation, vacancy=row.vacancy, household=None
        )
    session.flush()
    view = _views(session, [row], lang)[0]
    session.commit()
    return view


@router.post("/shortlists/{shortlist}:close", summary="Clore une liste courte")
def close(shortlist: ShortlistId, access: Writer, context: Ctx, session: Db, lang: Lang) -> dict[str, Any]:
    """No further candidate is promoted; a proposal under way goes on."""
    row = _own(session, access, shortlist, locked=True)
    if row.closed_at is None:
        shortlists.close(session, row, context.clock.now())
    session.flush()
    view = _views(session, [row], lang)[0]
    session.commit()
    return view


def _own(session: Session, access: Access, shortlist: str, *, locked: bool = False) -> ShortlistRow:
    row = shortlists.of(session, access.actor.organisation, shortlist, locked=locked)
    if row is None:
        raise Problem(ProblemType.NOT_FOUND)
    return row


def _views(session: Session, rows: Sequence[ShortlistRow], lang: str) -> list[dict[str, Any]]:
    by_list = shortlists.candidates_of(session, [row.id for row in rows])
    names = {one.household for found in by_list.values() for one in found}
    proposals = shortlists.live_proposals(session, names)
    query = select(HouseholdRow.id, HouseholdRow.label).where(col(HouseholdRow.id).in_(sorted(names)))
    labels = dict(session.exec(query).all())
    made = sorted({row.placement for row in rows if row.placement})
    steps = dict(session.exec(select(PlacementRow.id, PlacementRow.step).where(col(PlacementRow.id).in_(made))).all())
    homes = {
        home.id: home
        for home in session.exec(
            select(VacancyRow).where(col(VacancyRow.id).in_(sorted({row.vacancy for row in rows})))
        ).all()
    }
    return [
        _view(row, by_list[row.id], labels, proposals, homes.get(row.vacancy), steps.get(row.placement or ""), lang)
        for row in rows
    ]


def _view(
    row: ShortlistRow,
    candidates: list[CandidateRow],
    labels: dict[str, str | None],
    proposals: dict[str, str],
    home: VacancyRow | None,
    step: str | None,
    lang: str,
) -> dict[str, Any]:
    return {
        "id": row.id,
        "vacancy": row.vacancy,
        "typology": home.typology if home else None,
        "commune": home.commune if home else None,
        "placement": row.placement,
        "step": step,
        "step_label": STEP_LABELS[Step(step)].said(lang) if step else None,
        "candidates": [
            {
                "rank": one.rank,
                "household": one.household,
                "label": labels.get(one.household),
                "offer": one.offer,
                "gaps": [_gap(said, lang) for said in one.reasons],
                "passed": one.rank < row.reached or (one.rank == row.reached and row.placement is None),
                "proposed": one.rank == row.reached and row.placement is not None,
                "other_proposal": proposals.get(one.household)
                if proposals.get(one.household) != row.placement
                else None,
            }
            for one in candidates
        ],
        "created_at": isoformat(row.created_at),
        "closed_at": isoformat(row.closed_at) if row.closed_at else None,
    }


def _gap(kept: str | list[str], lang: str) -> str:
    """A sentence of a kept list; of those kept before there was English, the French."""
    return kept if isinstance(kept, str) else Words(*kept).said(lang)
