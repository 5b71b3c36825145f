"""One offer of France Travail as the content of ours: tolerant with what is missing, strict with what is told. Pure.

No text, no employer, no contact is kept: a lead needs none, and the reuse licence (articles 7 and 8) allows none for long.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from services.ingest.core.france_travail.contracts import contract_of, duration_months
from services.ingest.core.france_travail.origins import origin_of
from services.ingest.core.france_travail.places import Gazetteer, Located, commune_of
from services.ingest.core.france_travail.salaries import monthly_wage, weekly_hours

SOURCE_NAME: Final = "France Travail"
LICENCE_NAME: Final = "Licence de réutilisation des offres d'emploi de France Travail"
LICENCE_URL: Final = (
    "https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi"
)
LICENCE: Final = f"{LICENCE_NAME} : {LICENCE_URL}"
"""Article 4: source, date of last update and a link to the licence are shown wherever an offer is."""

_ID: Final = re.compile(r"[0-9A-Za-z]{1,40}")
_ROME: Final = re.compile(r"[A-N]\d{4}")
_URL: Final = re.compile(r"https?://\S+")
LONGEST_URL: Final = 500
MOST_OPENINGS: Final = 10_000


class Reason(StrEnum):
    """Why an offer is quarantined: nothing of it is published until a later walk reads it better."""

    NOT_AN_OBJECT = "not_an_object"
    ID_MISSING = "id_missing"
    ID_MALFORMED = "id_malformed"
    ROME_MISSING = "rome_missing"
    ROME_UNKNOWN = "rome_unknown"

    @property
    def label_fr(self) -> str:
        return {
            "not_an_object": "l'élément n'est pas une offre",
            "id_missing": "sans identifiant",
            "id_malformed": "identifiant illisible",
            "rome_missing": "sans code ROME",
            "rome_unknown": "code ROME absent du référentiel",
        }[self.value]


class Notice(StrEnum):
    """What was not understood and is therefore unknown in an accepted offer."""

    CONTRACT_UNKNOWN = "contract_unknown"
    CREATED_UNREADABLE = "created_unreadable"
    OPENINGS_UNREADABLE = "openings_unreadable"
    SALARY_NOT_MONTHLY = "salary_not_monthly"


@dataclass(frozen=True)
class Accepted:
    """An offer that is published: its reference, the content of a PUT, and what was made of it."""

    reference: str
    content: dict[str, Any]
    located: Located
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Quarantined:
    """An offer that is not published. `value` is the offending code alone, never a text of the offer."""

    reference: str | None
    reason: Reason
    field: str
    value: str | None = None


@dataclass(frozen=True)
class Referential:
    """Reference data that reading an offer needs. `current_rome` gives the code that the platform counts by, or None."""

    gazetteer: Gazetteer
    current_rome: Callable[[str], str | None]


def read_offer(raw: object, referential: Referential) -> Accepted | Quarantined:
    """The offer as content that `PUT /v1/offers/{reference}` would take, or why not."""
    if not isinstance(raw, Mapping):
        return Quarantined(None, Reason.NOT_AN_OBJECT, "offre", type(raw).__name__)
    reference = _text(raw.get("id"))
    if reference is None:
        return Quarantined(None, Reason.ID_MISSING, "id")
    if not _ID.fullmatch(reference):
        return Quarantined(None, Reason.ID_MALFORMED, "id", reference[:40])
    given = _text(raw.get("romeCode"))
    if given is None:
        return Quarantined(reference, Reason.ROME_MISSING, "romeCode")
    rome = referential.current_rome(given.upper()) if _ROME.fullmatch(given.upper()) else None
    if rome is None:
        return Quarantined(reference, Reason.ROME_UNKNOWN, "romeCode", given[:10])
    return _accept(raw, reference, rome, referential.gazetteer)


def _accept(raw: Mapping[str, Any], reference: str, rome: str, gazetteer: Gazetteer) -> Accepted:
    notices: list[Notice] = []
    contract, known = contract_of(
        _text(raw.get("typeContrat")), _text(raw.get("natureContrat")), apprenticeship=raw.get("alternance") is True
    )
    if not known:
        notices.append(Notice.CONTRACT_UNKNOWN)
    place = raw.get("lieuTravail")
    commune, located = commune_of(place if isinstance(place, Mapping) else {}, gazetteer)
    created, updated = _moment(raw.get("dateCreation")), _moment(raw.get("dateActualisation"))
    if created is None:
        notices.append(Notice.CREATED_UNREADABLE)
    openings = _openings(raw.get("nombrePostes"))
    if openings is None and raw.get("nombrePostes") is not None:
        notices.append(Notice.OPENINGS_UNREADABLE)
    part_time = _part_time(raw)
    wage, said = _wage(raw, part_time)
    if said and wage is None:
        notices.append(Notice.SALARY_NOT_MONTHLY)
    content = {
        "rome": rome,
        "contract": contract.value,
        "commune": commune,
        "openings": openings,
        "duration_months": duration_months(contract, _text(raw.get("typeContratLibelle"))),
        "wage_eur_per_month": wage,
        "part_time": part_time,
        "licence_required": _licence_required(raw.get("permis")),
        "published_at": created,
        "origin": origin_of(raw),
        "source": _known({"name": SOURCE_NAME, "licence": LICENCE, "updated_at": updated or created, "url": _url(raw)}),
    }
    return Accepted(reference, _known(content), located, tuple(notices))


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _moment(value: Any) -> str | None:
    """RFC 3339 in UTC of an ISO date; a moment without zone is UTC, as the API's own Z says. None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _openings(value: Any) -> int | None:
    """Whole openings from 1; 0, nonsense and absence are unknown: an offer is a lead in any case."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= MOST_OPENINGS else None


def _part_time(raw: Mapping[str, Any]) -> bool | None:
    label = (_text(raw.get("dureeTravailLibelleConverti")) or "").lower()
    if label.startswith("temps plein"):
        return False
    if label.startswith("temps partiel"):
        return True
    return True if (_text(raw.get("dureeTravailLibelle")) or "").lower().startswith("temps partiel") else None


def _wage(raw: Mapping[str, Any], part_time: bool | None) -> tuple[float | None, bool]:
    """The monthly wage, and whether the offer says any."""
    salary = raw.get("salaire")
    label = _text(salary.get("libelle")) if isinstance(salary, Mapping) else None
    if label is None:
        return None, False
    hours = weekly_hours(_text(raw.get("dureeTravailLibelle")) or "")
    full_time = None if part_time is None else not part_time
    return monthly_wage(label, hours_per_week=hours, full_time=full_time), True


def _licence_required(value: Any) -> bool | None:
    """True where a licence is demanded (`exigence` E), False where one is only wished for (S), None where unsaid."""
    if not isinstance(value, list):
        return None
    demands = {_text(item.get("exigence")) for item in value if isinstance(item, Mapping)}
    return True if "E" in demands else False if "S" in demands else None


def _url(raw: Mapping[str, Any]) -> str | None:
    origin = raw.get("origineOffre")
    url = _text(origin.get("urlOrigine")) if isinstance(origin, Mapping) else None
    return url if url and len(url) <= LONGEST_URL and _URL.fullmatch(url) else None
