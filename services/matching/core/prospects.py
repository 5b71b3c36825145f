"""Who could live in a home, and why nobody does: counts and reasons over the households that want its territory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.matching.core.market import Market
from services.matching.core.model import Home
from services.matching.core.options import OptionFinder
from services.matching.core.reasons import Ineligible, Reason
from shared.words import Words


class Standing(StrEnum):
    """What keeps a home that some household could have from being proposed."""

    TAKEN = "taken"
    HELD = "held"
    NOBODY_WANTS_THE_TERRITORY = "nobody_wants_the_territory"
    NOBODY_FITS = "nobody_fits"
    ALL_HAVE_A_PROPOSAL = "all_have_a_proposal"
    CASEWORKERS_ARE_FULL = "caseworkers_are_full"
    COMING = "coming"

    def label(self, lang: str) -> str:
        """In words, "fr" or "en"."""
        return _LABELS[self].said(lang)


_LABELS: Final = {
    Standing.TAKEN: Words("une proposition est en cours pour ce logement", "a proposal is under way for this home"),
    Standing.HELD: Words("le logement est retenu quelques jours", "the home is kept for some days"),
    Standing.NOBODY_WANTS_THE_TERRITORY: Words(
        "aucun ménage ne souhaite ce territoire pour le moment", "no household wants this territory at present"
    ),
    Standing.NOBODY_FITS: Words(
        "aucun ménage qui souhaite ce territoire ne remplit toutes les conditions",
        "no household that wants this territory meets every condition",
    ),
    Standing.ALL_HAVE_A_PROPOSAL: Words(
        "les ménages qui pourraient y vivre ont déjà une proposition",
        "the households that could live there have a proposal already",
    ),
    Standing.CASEWORKERS_ARE_FULL: Words(
        "les accompagnants concernés ont déjà trop de propositions à examiner",
        "the caseworkers concerned have too many proposals to decide already",
    ),
    Standing.COMING: Words("une proposition va être faite au prochain passage", "a proposal comes with the next pass"),
}


@dataclass(frozen=True, slots=True)
class Prospects:
    """`looked_at` households want the territory. `could`: those that meet every condition and have no proposal;
    `placed`: those that meet them and have one. `by_reason` counts households that each reason stops; `one_short` those
    that this reason alone stops."""

    looked_at: int
    could: tuple[str, ...]
    placed: int
    by_reason: dict[Reason, int]
    one_short: dict[Reason, int]
    standing: Standing


def prospects(
    market: Market, home: Home, households: Iterable[str], *, today: date, seed: int, cap: int, taken: bool, held: bool
) -> Prospects:
    """`households` are in the market, by id. `taken`, `held`: what is known of the home; the market does not reserve it.

    `cap`: most proposals that may await one caseworker.
    """
    stops: Counter[Reason] = Counter()
    alone: Counter[Reason] = Counter()
    could: list[str] = []
    placed = looked_at = slots = 0
    for name in households:
        household = market.households[name]
        looked_at += 1
        verdict = OptionFinder(market, household, today=today, seed=seed).option(home)
        if isinstance(verdict, Ineligible):
            stops.update(verdict.reasons)
            if len(verdict.reasons) == 1:
                alone.update(verdict.reasons)
        elif market.is_placed(name):
            placed += 1
        else:
            could.append(name)
            slots += market.open_by_caseworker[household.caseworker] < cap
    return Prospects(
        looked_at,
        tuple(could),
        placed,
        _most_first(stops),
        _most_first(alone),
        _standing(looked_at, len(could), placed, slots, taken=taken, held=held),
    )


def _standing(looked_at: int, could: int, placed: int, slots: int, *, taken: bool, held: bool) -> Standing:
    if taken:
        return Standing.TAKEN
    if not looked_at:
        return Standing.NOBODY_WANTS_THE_TERRITORY
    if not could:
        return Standing.ALL_HAVE_A_PROPOSAL if placed else Standing.NOBODY_FITS
    if held:
        return Standing.HELD
    return Standing.COMING if slots else Standing.CASEWORKERS_ARE_FULL


def _most_first(counts: Counter[Reason]) -> dict[Reason, int]:
    return {reason: counts[reason] for reason in sorted(counts, key=lambda one: (-counts[one], one.value))}
