"""Rows as the API shows them, by right: a landlord never sees the household, its programme, its terms or its reasons."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from services.matching.adapters.models import HouseholdRow, PlacementEventRow, PlacementRow
from services.matching.adapters.placements import programme_of
from services.matching.core.placement import Outcome
from services.matching.core.programme import STEP_LABELS, Programme
from services.matching.core.reasons import ToConfirm
from shared.clock import isoformat
from shared.events import LIVE_STEPS, Step
from shared.geography import geography
from shared.identity import Role
from shared.occupations import occupations
from shared.words import Words

_ALGORITHMIC: Final = Words(
    "Proposition établie par un traitement algorithmique ; un accompagnant décide (CRPA L311-3-1). Les critères et leurs "
    "poids sont publics.",
    "Proposal made by an algorithm; a caseworker decides (CRPA L311-3-1). The criteria and their weights are public.",
)


def household_view(row: HouseholdRow) -> dict[str, Any]:
    """A household of the reader's own organisation."""
    return {
        "id": row.id,
        "version": row.version,
        "status": row.status,
        "label": row.label,
        "size": row.size,
        "adults": row.adults,
        "rome": row.rome,
        "territories": row.territories,
        "excluded": row.excluded,
        "programme": row.programme,
        "income_eur_per_month": row.income_eur_per_month,
        "driving_licence": row.driving_licence,
        "accessible_needed": row.accessible_needed,
        "max_commute_minutes": row.max_commute_minutes,
        "priorities": row.priorities,
        "contingents": row.contingents,
        "moves_from": _day(row.moves_from),
        "moves_by": _day(row.moves_by),
        "candidate_until": _day(row.candidate_until),
        "waiting_since": row.waiting_since.isoformat(),
        "caseworker": row.caseworker,
        "created_at": isoformat(row.created_at),
        "updated_at": isoformat(row.updated_at),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def home_view(home: dict[str, Any]) -> dict[str, Any]:
    """A home with the names of its places."""
    places = geography()
    commune, territory = places.commune(home["commune"]), places.territory(home["territory"])
    return {
        **home,
        "commune_name": commune.name if commune else None,
        "territory_name": territory.name if territory else None,
    }


def post_view(post: dict[str, Any] | None) -> dict[str, Any] | None:
    """A post with the names of its place and occupation, and the source that is shown wherever the post is."""
    if post is None:
        return None
    commune = geography().commune(post["commune"])
    known = occupations().known(post["rome"])
    return {
        **post,
        "source": {name: post.get(f"source_{name}") for name in ("name", "licence", "updated_at", "url")},
        "commune_name": commune.name if commune else None,
        "occupation": occupations().label(post["rome"]) if known else None,
    }


def placement_view(
    row: PlacementRow, role: Role, history: Sequence[PlacementEventRow] | None = None, *, lang: str
) -> dict[str, Any]:
    """A placement as that role may see it. `history`: for the placement's own page. Reasons and what is to be confirmed
    are in `lang`; those of proposals made before there was English stay in French."""
    territory = geography().territory(row.territory)
    view: dict[str, Any] = {
        "id": row.id,
        "version": row.version,
        "step": row.step,
        "step_label": STEP_LABELS[Step(row.step)].said(lang),
        "vacancy": row.vacancy,
        "typology": row.typology,
        "territory": row.territory,
        "territory_name": territory.name if territory else None,
        "landlord": row.landlord,
        "due_at": isoformat(row.due_at) if row.due_at else None,
        "home": home_view(row.option["home"]),
        "created_at": isoformat(row.created_at),
        "changed_at": isoformat(row.changed_at),
    }
    if role is Role.LANDLORD:
        return view
    view |= {
        "programme": row.programme,
        "programme_version": row.programme_version,
        "organisation": row.organisation,
        "offer": row.offer,
        "post": post_view(row.option["post"]),
        "outcome": row.outcome,
        "outcome_label": Outcome(row.outcome).label(lang) if row.outcome else None,
    }
    if role is not Role.CASEWORKER:
        return view
    programme = programme_of(row)
    view |= {
        "household": row.household,
        "caseworker": row.caseworker,
        "verifying_for": row.verifying_for,
        "refusal": row.refusal,
        "refusal_label": programme.refusals[row.refusal].label.said(lang) if row.refusal else None,
        "terms": row.option["terms"],
        "distance_km": row.option.get("distance_km"),
        "reasons": (row.option.get("sentences_en") if lang == "en" else None) or row.option["sentences"],
        "to_confirm": [{"code": code, "label": ToConfirm(code).label(lang)} for code in row.option["to_confirm"]],
        "decisions": decisions_open(row, programme),
        "algorithmic": _ALGORITHMIC.said(lang),
    }
    if history is not None:
        view["history"] = [
            {
                "version": one.version,
                "step": one.step,
                "command": one.command,
                "actor": one.actor,
                "reason": one.reason,
                "at": isoformat(one.at),
            }
            for one in history
        ]
    return view


def decisions_open(row: PlacementRow, programme: Programme) -> list[str]:
    """Decisions that the caseworker can take now."""
    step = Step(row.step)
    if step not in LIVE_STEPS:
        return []
    found = {Step.PROPOSED: ["approve"], Step.APPROVED: ["accept"], Step.VERIFYING: []}.get(step, ["advance"])
    return [*found, "refuse"] if programme.before_signature(step) else found


def programme_view(programme: Programme, lang: str) -> dict[str, Any]:
    """A programme as everyone may read it."""
    return {
        "code": programme.code,
        "version": programme.version,
        "label": programme.label,
        "sources": list(programme.sources),
        "lead_required": programme.lead_required,
        "job_condition": [condition.value for condition in programme.job_condition],
        "durable_contract": programme.durable_contract,
        "steps": [
            {
                "step": step.value,
                "label": STEP_LABELS[step].said(lang),
                "delay": {"days": delay.days, "unit": delay.unit.value}
                if (delay := programme.delays.get(step))
                else None,
            }
            for step in programme.steps
        ],
        "signature": programme.signature.value,
        "hold": {"step": programme.hold.step.value, "longest_days": programme.hold.longest_days},
        "refusals": [
            {"code": reason.code, "about": reason.about.value, "fr": reason.label.fr, "en": reason.label.en}
            for reason in programme.refusals.values()
        ],
    }
