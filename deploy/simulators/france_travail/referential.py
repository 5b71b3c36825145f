"""`/referentiel/{name}`: the lists that a client needs to name things, from the platform's reference data."""

from typing import Any

from shared.geography import geography
from shared.occupations import occupations

_CONTRACTS = {
    "CDI": "Contrat à durée indéterminée",
    "CDD": "Contrat à durée déterminée",
    "MIS": "Mission intérimaire",
    "SAI": "Contrat travail saisonnier",
    "CCE": "Profession commerciale",
    "FRA": "Franchise",
    "LIB": "Profession libérale",
    "REP": "Reprise d'entreprise",
    "TTI": "Contrat de travail temporaire d'insertion",
    "DDI": "Contrat durée déterminée insertion",
    "DDT": "Contrat durée déterminée tremplin",
    "DIN": "CDI intérimaire",
}
_NATURES = {"E1": "Contrat travail", "E2": "Contrat apprentissage", "FS": "Cont. professionnalisation"}


def rows(name: str) -> list[dict[str, Any]] | None:
    """The list, None for a name that the simulator does not have."""
    if name == "metiers":
        return [{"code": one.code, "libelle": one.label} for one in occupations().all.values()]
    if name == "communes":
        return [
            {
                "code": one.code,
                "libelle": one.name.upper(),
                "codePostal": next(iter(geography().postal_codes_of(one.code)), None),
                "codeDepartement": one.departement,
            }
            for one in geography().communes.values()
        ]
    if name == "departements":
        regions = geography().regions
        return [
            {"code": one.code, "libelle": one.name, "region": {"code": one.region, "libelle": regions[one.region].name}}
            for one in geography().departements.values()
        ]
    if name == "regions":
        return [{"code": one.code, "libelle": one.name} for one in geography().regions.values()]
    pairs = {"typesContrats": _CONTRACTS, "naturesContrats": _NATURES}.get(name)
    return None if pairs is None else [{"code": code, "libelle": label} for code, label in pairs.items()]
