"""What the sources do not tell, as stated distributions: **simulated**, close to orders of magnitude, drawn from no person.

Every figure below is an assumption of the demonstration. `TABLE` says them in French for people; docs/demo-data.md
repeats it, and a test keeps the two alike.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from typing import Final, Generic, NamedTuple, TypeVar

from shared.events import Contract, Dpe, Financing, Typology
from shared.programmes import Programme

T = TypeVar("T")


class Choice(Generic[T]):
    """A discrete distribution: values with their weights. None among the values is an unknown."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self.values = tuple(weights)
        self.weights = tuple(weights.values())
        self._edges = tuple(accumulate(self.weights))

    def draw(self, source: random.Random) -> T:
        return self.values[min(bisect_right(self._edges, source.random() * self._edges[-1]), len(self.values) - 1)]


def source_of(seed: int, *key: object) -> random.Random:
    """A generator of its own for each key: what is drawn for a commune does not depend on which others are drawn."""
    digest = hashlib.blake2b("|".join(map(str, (seed, *key))).encode(), digest_size=16).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - a simulation, no secret


# Vacant dwellings.
TYPOLOGY: Final = Choice(
    {Typology.T1: 8, Typology.T2: 20, Typology.T3: 36, Typology.T4: 26, Typology.T5: 9, Typology.T6: 1}
)
SURFACE_MEAN_M2: Final = {
    Typology.T1: 30, Typology.T2: 47, Typology.T3: 64, Typology.T4: 80, Typology.T5: 97, Typology.T6: 116,
}  # fmt: skip
SURFACE_SPREAD: Final = 0.10
FINANCING: Final = Choice({Financing.PLAI: 12, Financing.PLUS: 70, Financing.PLS: 10, Financing.OTHER: 8})
RENT_EUR_PER_M2: Final = 6.2
RENT_EUR_PER_M2_IN_ILE_DE_FRANCE: Final = 7.4
RENT_FACTOR: Final = {Financing.PLAI: 0.90, Financing.PLUS: 1.0, Financing.PLS: 1.3, Financing.OTHER: 1.0}
RENT_SPREAD: Final = 0.08
CHARGES_EUR_PER_M2: Final = (0.8, 2.6)
DPE: Final[Choice[Dpe | None]] = Choice(
    {Dpe.A: 2, Dpe.B: 6, Dpe.C: 27, Dpe.D: 32, Dpe.E: 15, Dpe.F: 4, Dpe.G: 2, None: 12}
)
FLOOR: Final[Choice[int | None]] = Choice({0: 28, 1: 22, 2: 17, 3: 11, 4: 7, 5: 3, 8: 2, None: 10})
LIFT_FROM_THIRD_FLOOR: Final = 0.6
LIFT_BELOW: Final = 0.15
ACCESSIBLE: Final[Choice[bool | None]] = Choice({True: 12, False: 73, None: 15})
CHARGES_UNKNOWN: Final = 0.10
VACANT_SINCE_DAYS: Final = 60

# Job offers.
CONTRACT: Final = Choice(
    {Contract.CDI: 46, Contract.CDD: 28, Contract.MIS: 20, Contract.SAI: 2, Contract.CDDI: 1, Contract.OTHER: 3}
)
CONTRACT_SEASONAL: Final = Choice(
    {Contract.CDI: 38, Contract.CDD: 30, Contract.MIS: 8, Contract.SAI: 20, Contract.CDDI: 1, Contract.OTHER: 3}
)
SEASONAL_DOMAINS: Final = frozenset("AG")
DURATION_MONTHS: Final[Mapping[Contract, Choice[float | None]]] = {
    Contract.CDD: Choice({1: 15, 2: 12, 3: 20, 6: 28, 9: 6, 12: 12, 18: 2, None: 5}),
    Contract.MIS: Choice({0.5: 25, 1: 25, 3: 25, 6: 15, None: 10}),
    Contract.SAI: Choice({2: 25, 3: 25, 4: 25, 6: 25}),
    Contract.CDDI: Choice({6: 30, 12: 70}),
}
OPENINGS: Final[Choice[int | None]] = Choice({1: 70, 2: 11, 3: 5, 5: 3, 10: 1, None: 10})
# Gross monthly minimum wage for 35 hours at 1 November 2024.
MINIMUM_WAGE_EUR_PER_MONTH: Final = 1801.80
WAGE_OVER_MINIMUM: Final = (1.6, 0.09)  # gamma: shape, scale, as a share of the minimum
WAGE_UNKNOWN: Final = 0.25
PART_TIME: Final = {"K": 0.45, "D": 0.25, "G": 0.25}
PART_TIME_ELSEWHERE: Final = 0.10
PART_TIME_UNKNOWN: Final = 0.05
PART_TIME_SHARE: Final = (0.5, 0.8)
LICENCE_REQUIRED: Final = {"N41": 0.95, "K13": 0.50, "F": 0.35, "I": 0.40}
LICENCE_REQUIRED_ELSEWHERE: Final = 0.15
LICENCE_UNKNOWN: Final = 0.10
PUBLISHED_DAYS_AGO: Final = 30
EXPIRES_IN_DAYS: Final = Choice({15: 25, 30: 45, 45: 20, 60: 10})

# Host territories.
LEAST_VACANT: Final = 10
HOST_SHARE: Final = 0.5
PROGRAMME_OPEN: Final = {
    Programme.EMILE: 1.0,
    Programme.GENERIQUE: 1.0,
    Programme.UN_TOIT_UN_EMPLOI: 0.5,
    Programme.CLEFS_DE_FRANCE: 0.5,
    Programme.PLATEFORME_REFUGIES: 0.5,
}
CAPACITY_HOUSEHOLDS: Final = (2, 12)

# Households.
HOUSEHOLD_SIZE: Final = Choice({1: 28, 2: 22, 3: 20, 4: 16, 5: 9, 6: 3.5, 7: 1.5})
SECOND_ADULT: Final = 0.6
INCOME_BASE_EUR: Final = 950
INCOME_PER_FURTHER_PERSON_EUR: Final = 230
INCOME_SPREAD: Final = (2.0, 140.0)  # gamma: shape, scale in euros
INCOME_UNKNOWN: Final = 0.10
LICENCE_HELD: Final[Choice[bool | None]] = Choice({True: 50, False: 42, None: 8})
ACCESSIBLE_NEEDED: Final = 0.07
OCCUPATIONS_WANTED: Final = Choice({1: 35, 2: 40, 3: 25})
TERRITORIES_WANTED: Final = Choice({1: 20, 2: 35, 3: 45})
PROGRAMME: Final = Choice(
    {
        Programme.EMILE: 50,
        Programme.UN_TOIT_UN_EMPLOI: 15,
        Programme.CLEFS_DE_FRANCE: 10,
        Programme.PLATEFORME_REFUGIES: 15,
        Programme.GENERIQUE: 10,
    }
)


class Simulated(NamedTuple):
    """A row of the table for people: what is simulated, of what, and how."""

    subject: str
    attribute: str
    distribution: str


def _shares(choice: Choice[T]) -> str:
    total = sum(choice.weights)
    names = ("inconnu" if value is None else _word(value) for value in choice.values)
    shares = (f"{100 * weight / total:.3g}".replace(".", ",") for weight in choice.weights)
    return ", ".join(f"{name} : {share} %" for name, share in zip(names, shares, strict=True))


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return "autre" if value == "other" else str(value).replace(".", ",")


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %".replace(".", ",")


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


_HOME, _OFFER, _HOST, _HOUSEHOLD = "logement", "offre", "territoire d'accueil", "ménage"
_WAGE_SHAPE, _WAGE_SCALE = WAGE_OVER_MINIMUM
_INCOME_SHAPE, _INCOME_SCALE = INCOME_SPREAD

TABLE: Final = (
    Simulated(_HOME, "typologie", _shares(TYPOLOGY)),
    Simulated(
        _HOME,
        "surface",
        "normale autour de " + ", ".join(f"{t} {m} m²" for t, m in SURFACE_MEAN_M2.items())
        + f", écart-type {_percent(SURFACE_SPREAD)}, 12 m² au moins",
    ),
    Simulated(_HOME, "financement", _shares(FINANCING)),
    Simulated(
        _HOME,
        "loyer",
        f"surface × {_number(RENT_EUR_PER_M2)} €/m² ({_number(RENT_EUR_PER_M2_IN_ILE_DE_FRANCE)} en Île-de-France) × "
        + ", ".join(f"{_word(f)} {_number(factor)}" for f, factor in RENT_FACTOR.items())
        + f", écart-type {_percent(RENT_SPREAD)}",
    ),
    Simulated(
        _HOME,
        "charges",
        f"uniforme de {_number(CHARGES_EUR_PER_M2[0])} à {_number(CHARGES_EUR_PER_M2[1])} €/m² ; "
        f"inconnu {_percent(CHARGES_UNKNOWN)}",
    ),
    Simulated(_HOME, "DPE", _shares(DPE)),
    Simulated(_HOME, "étage", _shares(FLOOR)),
    Simulated(
        _HOME,
        "ascenseur",
        f"{_percent(LIFT_FROM_THIRD_FLOOR)} dès le 3e étage, {_percent(LIFT_BELOW)} dessous ; inconnu si l'étage l'est",
    ),
    Simulated(_HOME, "accessible", _shares(ACCESSIBLE) + " ; jamais à l'étage sans ascenseur"),
    Simulated(_HOME, "disponible depuis", f"uniforme sur les {VACANT_SINCE_DAYS} jours avant le jour de la démonstration"),
    Simulated(_HOME, "bailleur", "un bailleur fictif par département"),
    Simulated(_OFFER, "contrat", _shares(CONTRACT) + " ; agriculture et tourisme : " + _shares(CONTRACT_SEASONAL)),
    Simulated(
        _OFFER,
        "durée en mois",
        " ; ".join(f"{contract.value} : {_shares(choice)}" for contract, choice in DURATION_MONTHS.items()),
    ),
    Simulated(_OFFER, "postes", _shares(OPENINGS)),
    Simulated(
        _OFFER,
        "salaire brut",
        f"SMIC au 01/11/2024 ({_number(MINIMUM_WAGE_EUR_PER_MONTH)} €) × (1 + gamma({_number(_WAGE_SHAPE)} ; "
        f"{_number(_WAGE_SCALE)})), au prorata du temps partiel ; inconnu {_percent(WAGE_UNKNOWN)}",
    ),
    Simulated(
        _OFFER,
        "temps partiel",
        ", ".join(f"métiers {letter} {_percent(share)}" for letter, share in PART_TIME.items())
        + f", ailleurs {_percent(PART_TIME_ELSEWHERE)} ; inconnu {_percent(PART_TIME_UNKNOWN)} ; "
        f"de {_percent(PART_TIME_SHARE[0])} à {_percent(PART_TIME_SHARE[1])} d'un temps plein",
    ),
    Simulated(
        _OFFER,
        "permis exigé",
        ", ".join(f"métiers {prefix} {_percent(share)}" for prefix, share in LICENCE_REQUIRED.items())
        + f", ailleurs {_percent(LICENCE_REQUIRED_ELSEWHERE)} ; inconnu {_percent(LICENCE_UNKNOWN)}",
    ),
    Simulated(
        _OFFER,
        "publication, fin",
        f"publiée depuis 0 à {PUBLISHED_DAYS_AGO} jours ; fin dans (jours) {_shares(EXPIRES_IN_DAYS)}",
    ),
    Simulated(
        _HOST,
        "engagement",
        f"{_percent(HOST_SHARE)} des territoires d'au moins {LEAST_VACANT} logements vacants, hors Île-de-France ; "
        "ouverts à "
        + ", ".join(f"{programme.label} {_percent(share)}" for programme, share in PROGRAMME_OPEN.items())
        + f" ; capacité de {CAPACITY_HOUSEHOLDS[0]} à {CAPACITY_HOUSEHOLDS[1]} ménages",
    ),
    Simulated(_HOST, "métiers recherchés", "les trois métiers de la liste qui y ont le plus d'offres"),
    Simulated(_HOUSEHOLD, "taille", _shares(HOUSEHOLD_SIZE)),
    Simulated(_HOUSEHOLD, "adultes", f"un, ou deux dans {_percent(SECOND_ADULT)} des ménages de deux personnes et plus"),
    Simulated(
        _HOUSEHOLD,
        "ressources",
        f"{INCOME_BASE_EUR} € + {INCOME_PER_FURTHER_PERSON_EUR} € par personne au-delà de la première + "
        f"gamma({_number(_INCOME_SHAPE)} ; {_number(_INCOME_SCALE)} €) ; inconnu {_percent(INCOME_UNKNOWN)}",
    ),
    Simulated(_HOUSEHOLD, "métiers", f"{_shares(OCCUPATIONS_WANTED)} ; un métier offert sur place, puis de proches"),
    Simulated(
        _HOUSEHOLD,
        "territoires souhaités",
        f"{_shares(TERRITORIES_WANTED)}, parmi ceux qui accueillent dans son programme, selon la racine de "
        "leurs logements vacants",
    ),
    Simulated(_HOUSEHOLD, "permis", _shares(LICENCE_HELD)),
    Simulated(_HOUSEHOLD, "logement accessible nécessaire", _percent(ACCESSIBLE_NEEDED)),
    Simulated(_HOUSEHOLD, "programme", _shares(PROGRAMME)),
)  # fmt: skip


def markdown_table() -> str:
    """`TABLE` as it stands in docs/demo-data.md."""
    rows = [f"| {row.subject} | {row.attribute} | simulé : {row.distribution} |" for row in TABLE]
    return "\n".join(["| de quoi | attribut | distribution |", "| --- | --- | --- |", *rows])
