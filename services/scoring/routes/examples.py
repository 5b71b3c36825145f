"""Examples of answers for /openapi.json: real shapes with invented figures."""

from typing import Any, Final

Responses = dict[int | str, dict[str, Any]]

# An example loses what is null in it: FastAPI leaves nulls out of the document.
_NEXT: Final = "Wy02MS41LCIyNDE1MDAyMzAiXQ"
_ASKED: Final = {
    "rome": [{"code": "F1703", "label": "Maçonnerie"}],
    "near": [{"code": "F1701", "label": "Construction en béton", "proximity": 0.5}],
    "typologies": ["T3"],
    "max_rent_eur_per_month": 450.0,
    "rent_counted_up_to_eur_per_month": 450,
    "reference_version": "0",
    "france": {"offers": 9120, "homes": 4310},
}
_FIGURES: Final = {
    "offers": 12,
    "offers_around": 19,
    "homes": 7,
    "openings_around_weighted": 31.5,
    "durable_around_weighted": 18.0,
}
_SUMMARY: Final = {
    "code": "241500230",
    "name": "CA du Bassin d'Aurillac",
    "departement": "15",
    "score": 61.5,
    "score_class": 4,
    "coverage": 0.82,
    "blocks": {"housing": 0.71, "jobs": 0.48, "services": 0.4, "territory": 0.8},
    "supply": 41,
    "counters": {"open_vacancies": 43, "open_offers": 610, "open_openings": 702, "committed": 2},
    "feeds": {"vacancies": "speaks", "offers": "speaks", "commitments": "silent"},
    "as_of": "2026-11-23T08:00:00.000Z",
    "reference_version": "0",
}
_CONTRIBUTION: Final = {
    "indicator": "live_supply",
    "label": "Logements vacants publiés, pour 1 000 logements sociaux",
    "block": "housing",
    "value": 9.8,
    "unit": "pour 1 000 logements sociaux",
    "rank": 0.71,
    "weight": 3.0,
    "flags": [],
    "role": "scored",
    "state": "observed",
    "freshness": 1.0,
    "source": "flux des bailleurs, en direct ; RPLS pour le parc",
    "cautions": ["Sans aucun logement connu, le flux est muet : la valeur est inconnue, pas nulle."],
}
_SHAPES: Final = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": "241500230", "name": "CA du Bassin d'Aurillac", "score_class": 4, "coverage": 0.82},
            "geometry": {"type": "Polygon", "coordinates": [[[2.3, 44.9], [2.5, 44.9], [2.5, 45.0], [2.3, 44.9]]]},
        }
    ],
}
_SHEET: Final = (
    "code;nom;departement;classe;part_connue;logements_ouverts;offres_ouvertes;postes_ouverts;etat_au;reference\r\n"
    "241500230;CA du Bassin d'Aurillac;15;4;0,82;43;610;702;2026-11-23T08:00:00.000Z;0\r\n"
)
_TAGGED: Final = {
    "ETag": {
        "description": "À redonner dans If-None-Match : 304 tant que rien n'a changé",
        "schema": {"type": "string"},
    }
}


def _answer(content_type: str, example: Any) -> Responses:
    return {
        200: {"headers": _TAGGED, "content": {content_type: {"example": example}}, "description": "Trouvé"},
        304: {"description": "Rien n'a changé depuis la réponse nommée par If-None-Match"},
    }


LIST: Final = _answer(
    "application/json",
    {"items": [{**_SUMMARY, "general_score": 58.1, "view": _FIGURES}], "next": _NEXT, "view": _ASKED},
)
ONE: Final = _answer(
    "application/json",
    {
        **_SUMMARY,
        "employment_zone": "8401",
        "official": {"population": 53_600, "social_dwellings": 4_190},
        "supply_by_typology": {"T1": 4, "T2": 11, "T3": 15, "T4": 9, "T5": 2, "T6": 0},
        "contributions": [_CONTRIBUTION],
        "generation": "3f2a9c1d0b7e-01KAXYZ0000000000000000000",
    },
)
CSV: Final = _answer("text/csv", _SHEET)
GEOJSON: Final = _answer("application/geo+json", _SHAPES)
HISTORY: Final = _answer(
    "application/json",
    {
        "items": [
            {
                "published_at": "2026-11-23T08:00:00.250Z",
                "as_of": "2026-11-23T08:00:00.000Z",
                "score": 61.5,
                "score_class": 4,
                "coverage": 0.82,
                "blocks": {"housing": 0.71, "jobs": 0.48, "services": 0.4, "territory": 0.8},
                "counters": {"open_vacancies": 43, "open_offers": 610, "open_openings": 702, "committed": 2},
                "reference_version": "0",
                "generation": "3f2a9c1d0b7e-01KAXYZ0000000000000000000",
            }
        ],
        "next": _NEXT,
    },
)
RANKING_REQUEST: Final[dict[str, Any]] = {
    "rome": ["F1703"],
    "typologies": ["T3", "T4"],
    "max_rent_eur_per_month": 450,
    "departements": ["15", "48"],
    "driving_licence": False,
}
RANKING: Final[Responses] = {
    200: {
        "description": "Classé",
        "content": {
            "application/json": {
                "example": {
                    "seed": "2026-11-23:3f2a9c1d0b7e",
                    "reference_version": "0",
                    "items": [
                        {
                            "code": "241500230",
                            "name": "CA du Bassin d'Aurillac",
                            "score": 64.2,
                            "group": 0,
                            "seats": 3,
                            "view": _FIGURES,
                            "reasons": [
                                "7 logement(s) libre(s) en T3, T4 jusqu'à 450 € hors charges",
                                "3 place(s) libre(s) (2 placement(s) en cours, 1 ménage(s) installé(s))",
                            ],
                        }
                    ],
                    "ranked": 1,
                    "excluded": [
                        {"reason": "outside_wishes", "label": "hors des territoires souhaités", "territories": 1253}
                    ],
                    "exclusions": [
                        {
                            "code": "200066660",
                            "name": "CC Saint-Flour Communauté",
                            "reasons": [
                                {
                                    "reason": "no_home_of_typology",
                                    "label": "aucun logement libre de cette taille dans ce budget",
                                }
                            ],
                        }
                    ],
                }
            }
        },
    }
}
