"""What a careful reader makes of each offer: the content that should be published, from the facts and not from the JSON."""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from deploy.simulators.france_travail.facts import UNKNOWN_ROME, Facts, facts_of
from deploy.simulators.france_travail.universe import Universe
from shared.clock import isoformat

LICENCE: Final = (
    "Licence de réutilisation des offres d'emploi de France Travail : "
    "https://francetravail.io/produits-partages/documentation/conditions-dutilisation-api/licence-offres-emploi"
)


def content_of(facts: Facts) -> dict[str, Any] | None:
    """Content of a PUT of this offer; None where it cannot be published."""
    if facts.rome == UNKNOWN_ROME:
        return None
    content = {
        "rome": facts.rome,
        "contract": facts.form.contract.value,
        "commune": facts.place,
        "openings": facts.openings,
        "duration_months": _months(facts),
        "wage_eur_per_month": _wage(facts),
        "part_time": facts.part_time,
        "licence_required": {"E": True, "S": False}.get(facts.licence or ""),
        "published_at": isoformat(facts.created),
        "origin": {"partner": "METEOJOB", "url": f"https://www.meteojob.com/jobs/{90_000_000 + facts.number}"}
        if facts.names_page
        else None,
        "source": {
            "name": "France Travail",
            "licence": LICENCE,
            "updated_at": isoformat(facts.updated or facts.created),
            "url": f"https://candidat.francetravail.fr/offres/recherche/detail/{facts.reference}",
        },
    }
    return {name: value for name, value in content.items() if value is not None}


def truth(universe: Universe) -> Iterator[tuple[str, dict[str, Any]]]:
    """(Reference, content) of every offer that exists and can be published."""
    for number in universe.numbers():
        facts = facts_of(universe, number)
        content = content_of(facts)
        if content is not None:
            yield facts.reference, content


def digest(content: dict[str, Any]) -> str:
    """Digest of a content, the same for the same fields in any order."""
    return hashlib.blake2b(msgspec.json.encode(content, order="sorted"), digest_size=12).hexdigest()


def truth_lines(universe: Universe) -> Iterator[str]:
    """ "REFERENCE DIGEST" of each offer that can be published, a thousand lines at a time."""
    block: list[str] = []
    for reference, content in truth(universe):
        block.append(f"{reference} {digest(content)}\n")
        if len(block) == 1000:
            yield "".join(block)
            block = []
    yield "".join(block)


def _months(facts: Facts) -> float | None:
    if facts.duration is None:
        return None
    amount, unit = facts.duration
    return float(amount) if unit == "Mois" else round(amount * 12 / 365, 2)


def _wage(facts: Facts) -> float | None:
    kind, least = facts.wage.kind, facts.wage.least
    if kind == "month":
        return least
    if kind == "year":
        return round(least / 12, 2)
    if kind == "hour":
        hours = facts.hours or (35 if facts.part_time is False else None)
        return round(least * hours * 52 / 12, 2) if hours else None
    return None
