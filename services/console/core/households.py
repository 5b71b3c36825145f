"""The form of a household: what matching needs, without name or address."""

from typing import Final

from services.console.core.entry import Field, Kind
from shared.programmes import Programme

STATUSES: Final = ("live", "parked", "closed")
LOOK_OF_STATUS: Final = {"live": "going", "parked": "wait", "closed": "off"}
PRIORITIES: Final = ("dalo", "handicap", "leaving_shelter", "violence", "back_to_work")
# A home that its landlord kept for itself is open to all: nobody designates for it.
CONTINGENTS: Final = ("state", "state_agents", "action_logement", "local_authority", "other")

FIELDS: Final = (
    Field("label", Kind.TEXT, "households.label", hint="households.label_hint"),
    Field(
        "programme",
        Kind.CHOICE,
        "households.programme",
        required=True,
        family="programme",
        choices=tuple(one.value for one in Programme),
    ),
    Field("size", Kind.WHOLE, "households.size", required=True),
    Field("adults", Kind.WHOLE, "households.adults"),
    Field("rome", Kind.SEVERAL, "households.rome", hint="households.rome_hint", suggests="occupations", rows=3),
    Field(
        "territories",
        Kind.SEVERAL,
        "households.territories",
        hint="households.territories_hint",
        suggests="territories",
        rows=5,
    ),
    Field("excluded", Kind.SEVERAL, "households.excluded", suggests="territories", rows=2),
    Field(
        "income_eur_per_month", Kind.DECIMAL, "households.income", unit="eur_per_month", hint="households.income_hint"
    ),
    Field("driving_licence", Kind.YES_NO, "households.licence"),
    Field("accessible_needed", Kind.YES_NO, "households.accessible"),
    Field("max_commute_minutes", Kind.WHOLE, "households.commute", unit="min"),
    Field("moves_from", Kind.DAY, "households.moves_from"),
    Field("moves_by", Kind.DAY, "households.moves_by"),
    Field("candidate_until", Kind.DAY, "households.candidate_until"),
    Field("waiting_since", Kind.DAY, "households.waiting_since"),
    Field(
        "priorities",
        Kind.TICKS,
        "households.priorities",
        hint="households.priorities_hint",
        family="priority",
        choices=PRIORITIES,
    ),
    Field(
        "contingents",
        Kind.TICKS,
        "households.contingents",
        hint="households.contingents_hint",
        family="reservation",
        choices=CONTINGENTS,
    ),
)
# Fields that the API takes as null to make them unknown again; lists are emptied instead.
NULLABLE: Final = frozenset(
    {
        "label",
        "adults",
        "income_eur_per_month",
        "driving_licence",
        "accessible_needed",
        "max_commute_minutes",
        "moves_from",
        "moves_by",
        "candidate_until",
    }
)
LISTS: Final = frozenset({"rome", "territories", "excluded", "priorities", "contingents"})


def patch_body(body: dict[str, object], version: int) -> dict[str, object]:
    """The body of a change: what was left empty becomes unknown, or an empty list."""
    emptied: dict[str, object] = dict.fromkeys(NULLABLE)
    emptied |= {name: [] for name in LISTS}
    return {**emptied, **body, "version": version}
