"""Counters: what each entity state adds to a territory, and the signed deltas of an event.

Everything is an integer and every counter is a plain sum, so the state is the same in whatever order versions of
different entities arrive, and one event costs O(1). Counters never depend on the clock: a date that passes is an
ordinary event of ingest.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from services.scoring.core import occupation_counters
from services.scoring.core.amounts import StateUncountable, countable
from services.scoring.core.counted_events import (
    CountedChange,
    CountedCommitment,
    CountedOffer,
    CountedPlacement,
    CountedVacancy,
)
from services.scoring.core.occupation_counters import UNLOCATED
from services.scoring.core.offer_counters import counted_offer, of_offer
from services.scoring.core.vacancy_counters import of_vacancy
from shared.events import (
    LIVE_STEPS,
    Change,
    Commitment,
    CommitmentStatus,
    Offer,
    Period,
    Placement,
    Step,
    Typology,
    Vacancy,
)

# Part of the generation: raise it with any change of what an entity adds or where it is counted.
CODE_VERSION: Final = 3

# Pseudo-territories: entities that no territory holds (UNLOCATED), and records that nobody could read.
SUSPECT: Final = "suspect"
PSEUDO: Final = (UNLOCATED, SUSPECT)


# A home is taken while its placement is between approval and the lease. Once the household lives there the landlord
# withdraws the dwelling: counting it as committed too would subtract it twice.
INSTALLED_STEPS: Final = frozenset({Step.INSTALLED, Step.FOLLOW_UP})
COMMITTED_STEPS: Final = LIVE_STEPS - INSTALLED_STEPS - {Step.PROPOSED, Step.VERIFYING}

# Periods of a capacity to the half year that a household weighs on its hosts: installation, then six months beside it
# (EMILE's accompaniment; other programmes are near). Places at one time are counted as they are.
HALF_YEARS: Final = {Period.AT_ONCE: 1.0, Period.MONTH: 6.0, Period.QUARTER: 2.0, Period.YEAR: 0.5}
# A counter of each territory of a named set, followed by the first of its codes.
SET_OF: Final = "commitments_of_set_"

Counters = dict[str, int]
Delta = tuple[str, Counters]
Share = tuple[tuple[str, ...], Counters]  # the places that count a state, and what each of them counts
Shares = tuple[Share, ...]

_TYPOLOGIES: Final = frozenset(typology.value for typology in Typology)

# Placements by how long the home had been free when the household moved in, in days: top of each band.
KEYS_OF: Final = "keys_"
KEY_BANDS_DAYS: Final = (14, 28, 56, 84, 112, 168, 252, 365)
KEY_BAND_OPEN: Final = "over"

# Ends of a placement that tell of its territory (shared.events.Placement.outcome).
OUTCOME_OF: Final = "outcome_"
TERRITORY_OUTCOMES: Final = frozenset({"completed", "refused_territory"})


class Places:
    """Where states are counted. `territory_of` raises LookupError for an unknown commune; `is_place` knows territories
    and départements (a commitment may cover a département)."""

    def __init__(self, territory_of: Callable[[str], str], is_place: Callable[[str], bool]) -> None:
        self._territory_of = territory_of
        self._is_place = is_place
        self._known: dict[str, str] = {}

    def of_commune(self, commune: str | None) -> str:
        """Territory that counts a commune; `unlocated` where there is none."""
        if commune is None:
            return UNLOCATED
        found = self._known.get(commune)
        if found is None:
            try:
                found = self._territory_of(commune)
            except LookupError:
                return UNLOCATED
            self._known[commune] = found
        return found

    def of_code(self, code: str) -> str:
        """The code itself where it is a territory or a département, else `unlocated`."""
        return code if self._is_place(code) else UNLOCATED


def of_commitment(commitment: Commitment | CountedCommitment) -> Counters:
    """Capacity counts while the commitment is open; an open one that states no capacity is counted as such.

    `capacity_households` is over half a year, as long as a placement weighs on its territory. A named set of several
    territories counts as a whole in each of them, under a name that says which they are together.
    """
    counters = {"known_commitments": 1}
    if len(commitment.area) > 1:
        counters[SET_OF + min(commitment.area)] = 1
    if commitment.status is CommitmentStatus.PAUSED:
        counters["paused_commitments"] = 1
    if commitment.status is not CommitmentStatus.OPEN:
        return counters
    counters["open_commitments"] = 1
    if commitment.capacity_households is None:
        counters["commitments_capacity_unknown"] = 1
    else:
        capacity = countable(commitment.capacity_households, "capacity_households")
        counters["capacity_households"] = math.ceil(capacity * HALF_YEARS[commitment.period])
    if commitment.capacity_persons is not None:
        persons = countable(commitment.capacity_persons, "capacity_persons")
        counters["capacity_persons"] = math.ceil(persons * HALF_YEARS[commitment.period])
    return counters


def of_placement(placement: Placement | CountedPlacement) -> Counters:
    """Soft proposals are invisible; from approval to the lease a home is committed, then its household is installed. Ends
    that tell of the territory are counted, and how long the home had been free."""
    counters: Counters = {}
    if placement.step in COMMITTED_STEPS:
        counters["committed"] = 1
        if placement.typology in _TYPOLOGIES:
            counters[f"committed_{placement.typology}"] = 1
    elif placement.step in INSTALLED_STEPS:
        counters["installed"] = 1
    elif placement.outcome in TERRITORY_OUTCOMES:
        counters[f"{OUTCOME_OF}{placement.outcome}"] = 1
    if placement.days_to_key is not None:
        counters[key_band(countable(placement.days_to_key, "days_to_key"))] = 1
    return counters


def key_band(days: int) -> str:
    """Counter of the placements whose home had been free for that long, named by the most days of its band."""
    return KEYS_OF + next((str(top) for top in KEY_BANDS_DAYS if days <= top), KEY_BAND_OPEN)


def contribution(state: Any, places: Places) -> Share:
    """The territories that count an entity state, and what it adds in each (no zero among it).

    Raises StateUncountable.
    """
    where: tuple[str, ...]
    match state:
        case CountedVacancy() | Vacancy():
            where, counters = (places.of_commune(state.commune),), of_vacancy(state)
        case CountedOffer() | Offer():
            where, counters = (places.of_commune(state.commune),), of_offer(state)
        case CountedCommitment() | Commitment():
            codes = state.area or (state.code,)
            where, counters = tuple(dict.fromkeys(places.of_code(code) for code in codes)), of_commitment(state)
        case CountedPlacement() | Placement():
            where, counters = (places.of_code(state.territory),), of_placement(state)
        case _:
            raise StateUncountable(f"no counters for {type(state).__name__}")
    return where, {name: amount for name, amount in counters.items() if amount}


def shares(state: Any, places: Places) -> Shares:
    """Everything that an entity state counts: in its territories, and for an open offer in its occupation there.

    Raises StateUncountable.
    """
    if not isinstance(state, CountedOffer | Offer) or not state.counts:
        return (contribution(state, places),)
    territory = places.of_commune(state.commune)
    counters, by_occupation = counted_offer(state)
    if not by_occupation or territory == UNLOCATED:
        return (((territory,), counters),)
    return ((territory,), counters), ((occupation_counters.place_of(territory, state.rome),), by_occupation)


def deltas(change: Change[Any] | CountedChange[Any], places: Places) -> list[Delta]:
    """Signed deltas by place of one version: its state after, minus its state before. Empty when nothing moves.

    Raises StateUncountable.
    """
    found: dict[str, Counters] = {}
    if change.before is not None:
        for where, counters in shares(change.before, places):
            taken = negated(counters)
            for place in where:
                add_into(found.setdefault(place, {}), taken)
    if change.after is not None:
        for where, counters in shares(change.after, places):
            for place in where:
                add_into(found.setdefault(place, {}), counters)
    return [(place, counters) for place, counters in found.items() if counters]


def negated(counters: Mapping[str, int]) -> Counters:
    """The same amounts taken away."""
    return {name: -amount for name, amount in counters.items()}


def added(left: Mapping[str, int], right: Mapping[str, int]) -> Counters:
    """Sum by counter, without the zeros."""
    total = dict(left)
    add_into(total, right)
    return total


def add_into(total: Counters, delta: Mapping[str, int]) -> None:
    """Adds in place; a counter that comes to zero goes away, so that equal states are equal dicts."""
    for name, amount in delta.items():
        value = total.get(name, 0) + amount
        if value:
            total[name] = value
        else:
            total.pop(name, None)
