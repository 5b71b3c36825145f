"""What a visitor asks of the territories, in words and in addresses, and the cells of a row that live updates replace."""

from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from services.console.adapters.place_names import named, resolve, suggestions
from services.console.core import formats
from services.console.core.needs import Asked, Need, View, asked_of
from services.console.core.territories import PUBLIC_MINIMUM, Row
from services.console.pages.visit import Visit


def asked_by(query: QueryParams) -> Asked:
    """The need that an address tells."""
    return asked_of(query, query.getlist, occupation_meant)


def occupation_meant(text: str) -> str | None:
    """The code of a code, of a label, or of "label (code)"; None for none, or for several."""
    code = text.rpartition("(")[2].rstrip(")") if text.endswith(")") else text
    return resolve("occupations", code)[0] or resolve("occupations", text)[0]


def query_of(need: Need) -> str:
    """The need as part of an address, "" without one."""
    return urlencode(need.address(), doseq=True)


def need_words(visit: Visit, asked: Asked, view: View) -> dict[str, Any]:
    """What was understood of the need, what was not with what it may be, and how to read the answer."""
    need = asked.need
    said = []
    if need.rome is not None:
        said.append(named("occupations", need.rome))
    if need.typologies:
        said.append(", ".join(need.typologies))
    if need.max_rent_eur_per_month is not None:
        rent = formats.euros(need.max_rent_eur_per_month, visit.language, monthly=True)
        said.append(visit.say("territories.need.up_to", rent=rent))
    cautions = []
    if need.of_jobs:
        cautions.append(visit.say("territories.need.caution.reach"))
        if view.near:
            shown = ", ".join(view.near[:4]) + ("…" if len(view.near) > 4 else "")
            cautions.append(visit.say("territories.need.caution.near", occupations=shown))
    counted = view.rent_counted_up_to_eur_per_month
    if counted is not None and counted != need.max_rent_eur_per_month:
        cautions.append(
            visit.say("territories.need.caution.bands", rent=formats.euros(counted, visit.language, monthly=True))
        )
    if need:
        cautions.append(visit.say("territories.need.caution.unknown"))
        if visit.who is None:
            cautions.append(visit.say("territories.need.caution.public", count=PUBLIC_MINIMUM))
    return {
        "said": " · ".join(said),
        "cautions": cautions,
        "occupation": named("occupations", need.rome) if need.rome else asked.occupation,
        "choices": suggestions("occupations", asked.occupation) if "metier" in asked.wrong else [],
    }


def cells_of(visit: Visit, row: Row) -> dict[str, str]:
    """Texts of the cells that live updates replace."""
    language = visit.language
    cells = {
        "class": visit.say(f"territories.class.{row.score_class or 'none'}"),
        "vacancies": _count(visit, row, "vacancies"),
        "offers": _count(visit, row, "offers"),
    }
    if visit.who is not None:
        cells |= {
            "openings": formats.number(row.openings, language),
            "score": formats.number(row.score, language, 1),
            "coverage": formats.percent(row.coverage, language),
        }
    return cells


def _count(visit: Visit, row: Row, name: str) -> str:
    if name in row.hidden:
        return visit.say("territories.under", count=PUBLIC_MINIMUM)
    return formats.number(getattr(row, name), visit.language)
