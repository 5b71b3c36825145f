"""The table and the map of territories: what the public may see, what professionals see, filters and order. Pure.

The public sees classes, profiles and cautions: no score, no rank, no count under 5, and an order that is no ranking.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shared.name_search import plain

PUBLIC_MINIMUM: Final = 5  # a count under this is not shown to the public
LOW_COVERAGE: Final = 0.5  # under this share of known weight, a class is hatched
LEAST_COVERAGE: Final = 0.25  # under this one, too little is known for a class to mean anything
CLASSES: Final = (5, 4, 3, 2, 1)
PAGE_ROWS: Final = 100


@dataclass(frozen=True)
class Territory:
    """A territory as scoring tells it, with its place. None = unknown."""

    code: str
    name: str
    departement: str
    departement_name: str
    departements: tuple[str, ...]
    region: str
    population: int
    score: float | None
    score_class: int | None
    coverage: float
    open_vacancies: int | None
    open_offers: int | None
    open_openings: int | None
    as_of: str | None
    untold: bool = False  # for a need: something that it speaks of is unknown here

    @property
    def shown_class(self) -> int | None:
        """The class where enough is known to tell one."""
        return self.score_class if self.coverage >= LEAST_COVERAGE else None

    @property
    def low_coverage(self) -> bool:
        """Whether a class is told on little data."""
        return self.shown_class is not None and self.coverage < LOW_COVERAGE


@dataclass(frozen=True)
class Row:
    """A line of the table. `vacancies` and `offers` are None where hidden or unknown; `hidden` tells which."""

    code: str
    name: str
    departement: str
    departement_name: str
    score_class: int | None
    low_coverage: bool
    vacancies: int | None
    offers: int | None
    openings: int | None = None
    score: float | None = None
    coverage: float | None = None
    hidden: tuple[str, ...] = ()


def public_row(territory: Territory) -> Row:
    """What anyone may see: the class and counts from 5."""
    hidden = tuple(
        name
        for name, count in (("vacancies", territory.open_vacancies), ("offers", territory.open_offers))
        if count is not None and count < PUBLIC_MINIMUM
    )
    return Row(
        code=territory.code,
        name=territory.name,
        departement=territory.departement,
        departement_name=territory.departement_name,
        score_class=territory.shown_class,
        low_coverage=territory.low_coverage,
        vacancies=None if "vacancies" in hidden else territory.open_vacancies,
        offers=None if "offers" in hidden else territory.open_offers,
        hidden=hidden,
    )


def professional_row(territory: Territory) -> Row:
    """What people who are signed in see: the figures."""
    return Row(
        code=territory.code,
        name=territory.name,
        departement=territory.departement,
        departement_name=territory.departement_name,
        score_class=territory.shown_class,
        low_coverage=territory.low_coverage,
        vacancies=territory.open_vacancies,
        offers=territory.open_offers,
        openings=territory.open_openings,
        score=territory.score,
        coverage=territory.coverage,
    )


@dataclass(frozen=True)
class Filters:
    """What the address says. `classes` empty: all; 0 stands for unknown."""

    departement: str | None = None
    region: str | None = None
    classes: tuple[int, ...] = ()
    name: str = ""
    order: str = ""
    descending: bool = False

    @property
    def narrow(self) -> bool:
        """Whether fewer than all territories are wanted."""
        return bool(self.departement or self.region or self.classes or self.name.strip())


def filters_of(query: Mapping[str, str], several: Callable[[str], Sequence[str]], *, professional: bool) -> Filters:
    """Filters from an address; what makes no sense is left out."""
    orders = PROFESSIONAL_ORDERS if professional else PUBLIC_ORDERS
    order = query.get("tri", "").lstrip("-")
    wanted = {int(text) for text in several("classe") if text in {"0", "1", "2", "3", "4", "5"}}
    return Filters(
        departement=query.get("departement") or None,
        region=query.get("region") or None,
        classes=tuple(sorted(wanted)),
        name=query.get("nom", "")[:80],
        order=order if order in orders else ("score" if professional else "class"),
        descending=query.get("tri", "-").startswith("-") if order in orders else True,
    )


# Within a class the public's order is alphabetical: sorting never tells who is first.
PUBLIC_ORDERS: Final = ("name", "departement", "class")
PROFESSIONAL_ORDERS: Final = (*PUBLIC_ORDERS, "score", "vacancies", "offers", "openings", "coverage")

_FIGURE: Final[dict[str, Callable[[Territory], float | None]]] = {
    "class": lambda one: one.shown_class,
    "score": lambda one: one.score if one.shown_class is not None else None,
    "vacancies": lambda one: one.open_vacancies,
    "offers": lambda one: one.open_offers,
    "openings": lambda one: one.open_openings,
    "coverage": lambda one: one.coverage,
}


def chosen(territories: Iterable[Territory], filters: Filters) -> list[Territory]:
    """The territories that pass the filters, in order; unknown figures always come last, and before them, for a need,
    territories where what it speaks of is unknown."""
    name = plain(filters.name)
    kept = [
        one
        for one in territories
        if (filters.departement is None or filters.departement in one.departements)
        and (filters.region is None or filters.region == one.region)
        and (not filters.classes or (one.shown_class or 0) in filters.classes)
        and (not name or name in plain(one.name))
    ]
    kept.sort(key=lambda one: (plain(one.name), one.code))
    if filters.order == "name":
        return kept[::-1] if filters.descending else kept
    if filters.order == "departement":
        return sorted(kept, key=lambda one: one.departement, reverse=filters.descending)
    figure = _FIGURE[filters.order or "class"]
    sign = -1 if filters.descending else 1
    return sorted(kept, key=lambda one: (one.untold, *_last_when_unknown(figure(one), sign)))


def _last_when_unknown(value: float | None, sign: int) -> tuple[bool, float]:
    return (value is None, 0.0 if value is None else sign * value)


def map_class(territory: Territory | None) -> str:
    """Style class of a territory's shape: c1..c5, "hN" hatched where little is known, "c0" unknown."""
    if territory is None or territory.shown_class is None:
        return "c0"
    return f"{'h' if territory.low_coverage else 'c'}{territory.shown_class}"


@dataclass(frozen=True)
class Reason:
    """One contribution in words: message key with values, and where it stands."""

    key: str
    values: Mapping[str, Any]
    standing: str
    block: str
    flags: tuple[str, ...]


_SHARES: Final = frozenset(
    {
        *(
            "official_vacancy",
            "lasting_vacancy",
            "structural_private_vacancy",
            "affordability",
            "energy",
            "durable_jobs",
        ),
        *(
            "recruitment_difficulty",
            "seasonal_hiring",
            "licence_need",
            "everyday_services",
            "station_access",
            "schools",
        ),
        *("absorption", "experience"),
    }
)
_WITHOUT_RANK: Final = {"context": "context", "no_reference": "unranked"}
_STANDINGS: Final = ((0.9, "best"), (0.65, "good"), (0.35, "middle"), (0.1, "poor"))
CAUTION_OF_FLAG: Final = {
    "small_sample": "small",
    "silent_feed": "silent",
    "simulated_reference": "simulated",
    "projected_from_departement": "projected",
}


def standing(rank: float | None) -> str:
    """Where a rank between 0 (worst) and 1 (best) stands, as a word's key."""
    if rank is None:
        return "none"
    return next((word for least, word in _STANDINGS if rank >= least), "worst")


def profile_word(block_value: float | None) -> str:
    """A block's value between 0 and 1 as strong, middle or weak."""
    if block_value is None:
        return "unknown"
    return "strong" if block_value >= 0.6 else "middle" if block_value >= 0.35 else "weak"


def reasons(contributions: Iterable[Mapping[str, Any]], known: Callable[[str], bool]) -> list[Reason]:
    """Contributions as sentences, heaviest first; context that is unknown is left out. `known` says whether a message key
    exists: an indicator that is new upstream is told with its own label."""
    found = []
    for one in sorted(contributions, key=lambda item: -float(item["weight"])):
        name, value = str(one["indicator"]), one.get("value")
        title = one.get("label") or one.get("label_fr") or name
        if value is None:
            key, values = "reason.unknown", {"label": title, "name": name}
        elif known(f"reason.{name}"):
            key, values = f"reason.{name}", {"percent" if name in _SHARES else "value": value}
        else:
            key, values = "reason.generic", {"label": title, "value": value, "unit": one.get("unit", "")}
        flags = tuple(one.get("flags") or ())
        word = "unknown" if value is None else standing(one.get("rank"))
        if word == "none":
            word = next((_WITHOUT_RANK[flag] for flag in flags if flag in _WITHOUT_RANK), word)
        if value is not None or float(one["weight"]) > 0:
            found.append(Reason(key, values, word, str(one["block"]), flags))
    return found


def cautions(territory: Territory, contributions: Iterable[Mapping[str, Any]]) -> list[str]:
    """Message keys of the precautions that apply, the general ones first."""
    found = ["share", "vacancy"]
    if territory.shown_class is None:
        found.append("unknown")
    elif territory.low_coverage:
        found.append("low")
    for one in contributions:
        for flag in one.get("flags") or ():
            word = CAUTION_OF_FLAG.get(str(flag))
            if word and word not in found:
                found.append(word)
    return [f"territories.caution.{word}" for word in found]
