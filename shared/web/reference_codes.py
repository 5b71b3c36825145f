"""Codes of the reference data in bodies: what a field that names a commune or an occupation accepts, and its refusal."""

from pydantic_core import PydanticCustomError

from shared.geography import UnknownCommuneError, accepted_commune, geography
from shared.occupations import occupations


def known_commune(code: str) -> str:
    """The code to record: a former one becomes the current one. Raises PydanticCustomError with what may be meant."""
    try:
        return accepted_commune(geography(), code)
    except UnknownCommuneError as error:
        raise PydanticCustomError(
            "unknown_commune",
            "Commune inconnue : {code}.",
            {"code": code, "remedy": str(error), "remedy_en": geography().suggest(code, "en")},
        ) from None


def known_occupation(code: str) -> str:
    """The code as it is. Raises PydanticCustomError with what may be meant."""
    if not occupations().known(code):
        raise PydanticCustomError(
            "unknown_rome",
            "Code ROME inconnu : {code}.",
            {"code": code, "remedy": occupations().suggest(code), "remedy_en": occupations().suggest(code, "en")},
        )
    return code
