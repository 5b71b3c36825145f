"""What is asked of the répertoire: occupations, sizes, a budget, a département; each refused with its remedy."""

from typing import Annotated, Final

from fastapi import Depends, Query

from services.scoring.core.needs import Need, occupations_of
from shared.events import Typology
from shared.geography import geography
from shared.occupations import occupations
from shared.web.problems import Problem, ProblemType

MOST_OCCUPATIONS: Final = 20

Department = Annotated[
    str | None, Query(max_length=3, description="Code d'un département que le territoire touche", examples=["15"])
]


def known_occupations(codes: list[str], *, field: str = "rome") -> None:
    """Raises Problem for a code that the ROME does not have, with the nearest ones."""
    for code in codes:
        if not occupations().known(code):
            raise Problem(
                ProblemType.INVALID_FIELDS,
                "Code ROME inconnu.",
                field=field,
                value=code,
                remedy=occupations().suggest(code),
                en="Unknown ROME code.",
                remedy_en=occupations().suggest(code, "en"),
            )
    if len(codes) > MOST_OCCUPATIONS:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Trop de codes ROME.",
            field=field,
            value=str(len(codes)),
            remedy=f"Au plus {MOST_OCCUPATIONS} codes.",
            en="Too many ROME codes.",
            remedy_en=f"At most {MOST_OCCUPATIONS} codes.",
        )


def known_departement(code: str | None, *, field: str = "department") -> None:
    """Raises Problem for an unknown département."""
    if code is not None and geography().departement(code) is None:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Département inconnu.",
            field=field,
            value=code,
            remedy="Code à deux ou trois caractères, par exemple 15, 2A ou 974.",
            en="Unknown département.",
            remedy_en="A code of two or three characters, for example 15, 2A or 974.",
        )


def need_of(
    rome: Annotated[
        list[str] | None,
        Query(description="Codes ROME recherchés, répétés ou séparés par des virgules", examples=[["F1703"]]),
    ] = None,
    typology: Annotated[
        list[str] | None,
        Query(description="Tailles de logement, répétées ou séparées par des virgules", examples=[["T3"]]),
    ] = None,
    max_rent: Annotated[
        float | None,
        Query(gt=0, le=10_000, description="Loyer hors charges au plus, en euros par mois", examples=[450]),
    ] = None,
    near: Annotated[
        bool, Query(description="Compte aussi les métiers proches, chacun selon sa proximité dans le ROME")
    ] = True,
) -> Need:
    """The need that the parameters tell."""
    codes = _split(rome)
    known_occupations(codes)
    return Need(
        occupations_of(codes, occupations().near if near else None),
        tuple(dict.fromkeys(_typology(text) for text in _split(typology))),
        max_rent,
    )


AskedNeed = Annotated[Need, Depends(need_of)]


def _split(given: list[str] | None) -> list[str]:
    return [part.strip() for text in given or () for part in text.split(",") if part.strip()]


def _typology(text: str) -> Typology:
    try:
        return Typology(text)
    except ValueError as error:
        raise Problem(
            ProblemType.INVALID_FIELDS,
            "Taille inconnue.",
            field="typology",
            value=text[:40],
            remedy=", ".join(typology.value for typology in Typology),
            en="Unknown size.",
        ) from error
