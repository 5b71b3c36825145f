"""What one offer is, before anybody writes it down: drawn from the seed, its number and its revision alone. Simulated."""

import random
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from deploy.demo import distributions as d
from deploy.simulators.france_travail.universe import Universe
from shared.events import Contract
from shared.geography import geography

UNKNOWN_COMMUNE: Final = "98999"
UNKNOWN_ROME: Final = "N9999"


@dataclass(frozen=True)
class ContractForm:
    """How a contract is coded by France Travail, and what it is to us. `fixed_term` ones state a duration."""

    code: str
    label: str
    nature: str
    contract: Contract
    fixed_term: bool = False
    apprenticeship: bool = False


_WORK: Final = "Contrat travail"
_FORMS: Final = {
    Contract.CDI: (
        ContractForm("CDI", "CDI", _WORK, Contract.CDI),
        ContractForm("DIN", "CDI Intérimaire", _WORK, Contract.CDI),
    ),
    Contract.CDD: (ContractForm("CDD", "CDD", _WORK, Contract.CDD, True),),
    Contract.MIS: (
        ContractForm("MIS", "Intérim", _WORK, Contract.MIS, True),
        ContractForm("TTI", "Intérim d'insertion", "Insertion par l'activ.éco.", Contract.MIS, True),
    ),
    Contract.SAI: (ContractForm("SAI", "Saisonnier", _WORK, Contract.SAI, True),),
    Contract.CDDI: (ContractForm("DDI", "CDD insertion", "Insertion par l'activ.éco.", Contract.CDDI, True),),
    Contract.OTHER: (
        ContractForm("CDD", "CDD", "Contrat apprentissage", Contract.OTHER, True, True),
        ContractForm("LIB", "Profession libérale", "Emploi non salarié", Contract.OTHER),
        ContractForm("FRA", "Franchise", "Emploi non salarié", Contract.OTHER),
        ContractForm("DDT", "CDD Tremplin", _WORK, Contract.OTHER, True),
    ),
}
_DURATIONS: Final[d.Choice[tuple[int, str] | None]] = d.Choice(
    {
        (1, "Mois"): 10,
        (3, "Mois"): 20,
        (6, "Mois"): 30,
        (12, "Mois"): 20,
        (15, "Jour(s)"): 8,
        (2, "Jour(s)"): 4,
        None: 8,
    }
)
_PLACES: Final = d.Choice({"commune": 93, "postal": 4, "unknown": 1, "unsaid": 2})
_WAGES: Final = d.Choice({"month": 45, "hour": 15, "year": 15, "words": 10, "unsaid": 15})


@dataclass(frozen=True)
class Wage:
    """As an offer states it: `kind` month, hour, year, words or unsaid; amounts in euros of that period."""

    kind: str
    least: float = 0.0
    most: float | None = None


@dataclass(frozen=True)
class Facts:
    """One offer. `commune` and `postal_code` are what it states; `place` is where it is for a careful reader."""

    number: int
    reference: str
    rome: str
    form: ContractForm
    duration: tuple[int, str] | None
    commune: str | None
    postal_code: str | None
    place: str | None
    departement: str | None
    wage: Wage
    part_time: bool | None
    hours: int | None
    openings: int | None
    licence: str | None
    created: datetime
    updated: datetime | None
    partner: bool

    @property
    def names_page(self) -> bool:
        """Whether the partner's link names this one offer."""
        return self.partner and self.number % 6 == 0


def facts_of(universe: Universe, number: int) -> Facts:
    """The offer as it is now."""
    row, revision = universe.row_of(number), universe.revision_of(number)
    source = d.source_of(universe.seed, "france travail", number)
    form = _form(source, row.rome)
    duration = _DURATIONS.draw(source) if form.fixed_term else None
    commune, postal_code, place = _place(source, row.commune)
    licence = "E" if source.random() < 0.15 else "S" if source.random() < 0.1 else None
    rome = UNKNOWN_ROME if source.random() < 0.0005 else row.rome
    part_time: bool | None = None if source.random() < 0.03 else source.random() < 0.2
    hours = None if source.random() < 0.1 else source.choice((20, 24, 28)) if part_time else 35
    later = d.source_of(universe.seed, "france travail", number, revision) if revision else source
    created, changed = universe.moments_of(number)
    updated = changed or (None if source.random() < 0.06 else created)
    return Facts(
        number=number,
        reference=universe.identifier(number),
        rome=rome,
        form=form,
        duration=duration,
        commune=commune,
        postal_code=postal_code,
        place=place,
        departement=departement(row.commune),
        wage=_wage(later),
        part_time=part_time,
        hours=hours,
        openings=d.OPENINGS.draw(later),
        licence=licence,
        created=created,
        updated=updated,
        partner=bool(universe.partner[number]),
    )


def departement(commune: str | None) -> str | None:
    """Code of the département that a commune code begins with."""
    if commune is None:
        return None
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def _form(source: random.Random, rome: str) -> ContractForm:
    contract = (d.CONTRACT_SEASONAL if rome[0] in d.SEASONAL_DOMAINS else d.CONTRACT).draw(source)
    forms = _FORMS[contract]
    return forms[0] if source.random() < 0.8 else source.choice(forms)


def _place(source: random.Random, commune: str | None) -> tuple[str | None, str | None, str | None]:
    """(commune code stated, postal code stated, commune it is in as far as that says)."""
    kind, draw = _PLACES.draw(source), source.random()
    if commune is None or kind == "unsaid":
        return None, None, None
    current, codes = _known_place(commune)
    if kind == "unknown":
        return UNKNOWN_COMMUNE, None, None
    if kind == "postal" and codes:
        code = codes[int(draw * len(codes))]
        return None, code, current if len(_communes_with(code)) == 1 else None
    return commune, codes[0] if codes and draw < 0.95 else None, current


@cache
def _known_place(commune: str) -> tuple[str | None, tuple[str, ...]]:
    current = geography().current_code(commune)
    return current, geography().postal_codes_of(current) if current else ()


@cache
def _communes_with(postal_code: str) -> frozenset[str | None]:
    return frozenset(geography().current_code(code) for code in geography().communes_of_postal_code(postal_code))


def _wage(source: random.Random) -> Wage:
    kind = _WAGES.draw(source)
    shape, scale = d.WAGE_OVER_MINIMUM
    month = d.MINIMUM_WAGE_EUR_PER_MONTH * (1 + source.gammavariate(shape, scale))
    spread = 1 + source.random() * 0.2 if source.random() < 0.5 else None
    if kind == "month":
        least = float(round(month))
    elif kind == "hour":
        least = round(month / 151.67, 2)
    elif kind == "year":
        least = float(round(month * 12 / 100) * 100)
    else:
        return Wage(kind)
    return Wage(kind, least, round(least * spread, 2) if spread else None)
