"""Names of the demonstration's landlords and households. All are invented, and say so."""

from typing import Final

from shared.geography import geography

# Without I and O, which are read as digits.
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PSEUDONYMS: Final = len(_LETTERS) * 900


def landlord_name(departement: str) -> str:
    """The one social landlord of a département in the demonstration. Raises ValueError for an unknown code."""
    place = geography().departement(departement)
    if place is None:
        raise ValueError(f"« {departement} » n'est pas un code de département.")
    return f"Bailleur fictif {place.name} Habitat (démo)"


def pseudonym(number: int) -> str:
    """The n-th pseudonym of a household, « Ménage K-204 »: each one once for n below `PSEUDONYMS`.

    Raises ValueError beyond.
    """
    if not 0 <= number < PSEUDONYMS:
        raise ValueError(f"there are {PSEUDONYMS} pseudonyms, no number {number}")
    # 7,919 is a prime that does not divide the count: multiples of it visit each pseudonym once.
    letter, digits = divmod((number * 7_919 + 9_104) % PSEUDONYMS, 900)
    return f"Ménage {_LETTERS[letter]}-{digits + 100}"
