"""What to record for the commune code that a landlord or a feed gives: former codes are translated, and it is said.

A feed that still writes a code from before a merger must not lose its homes and offers; the sender learns what was done.
"""

from typing import Final

import msgspec

from shared.geography.atlas import Geography, UnknownCommuneError
from shared.geography.passages import CommuneOn, PassageKind, Standing

_TOLD: Final[dict[PassageKind | None, tuple[str, str]]] = {
    PassageKind.MERGED: ("fusion", "merged"),
    PassageKind.DELEGATED: ("commune déléguée d'une commune nouvelle", "delegated commune of a new commune"),
    PassageKind.ASSOCIATED: ("commune associée", "associated commune"),
    PassageKind.SPLIT: ("commune partagée", "split"),
    PassageKind.RESTORED: ("rétablissement", "restored"),
    PassageKind.RENUMBERED: ("changement de code", "renumbered"),
}


class TranslatedCode(str):
    """The current code of a commune, standing where a former one was given: it remembers which."""

    __slots__ = ("meant",)
    meant: CommuneOn

    @property
    def given(self) -> str:
        return self.meant.code


class Translation(msgspec.Struct, frozen=True):
    """What a sender is told: the code that was given, the one that is kept, and why, in the reader's language."""

    given: str
    used: str
    message: str


def accepted_commune(places: Geography, code: str) -> str:
    """The code to record: `code` itself for a current commune or an arrondissement, a `TranslatedCode` for a former one
    with one heir. Raises UnknownCommuneError, whose message is the remedy, for an unknown code and for several heirs.
    """
    if code in places.communes:
        return code
    meant = places.commune_on(code)
    if meant.standing is Standing.ARRONDISSEMENT:
        return code
    if meant.commune is None:
        raise UnknownCommuneError(places.suggest(code))
    translated = TranslatedCode(meant.commune)
    translated.meant = meant
    return translated


def translation(places: Geography, code: str, lang: str) -> Translation | None:
    """The notice for a code that `accepted_commune` translated; None for any other. `lang`: "fr" or "en"."""
    if not isinstance(code, TranslatedCode):
        return None
    meant = code.meant
    former = f" ({meant.name})" if meant.name else ""
    current = f"{code} ({places.communes[code].name})"
    french, english = _TOLD.get(meant.kind, ("", ""))
    if lang == "en":
        day = f"on {meant.effective_on}" if meant.effective_on else "on an unknown date"
        message = f"“{code.given}”{former} is a former commune code ({english}, {day}): recorded under {current}."
    else:
        day = f"au {meant.effective_on:%d/%m/%Y}" if meant.effective_on else "à une date inconnue"
        message = (
            f"« {code.given} »{former} est un ancien code de commune ({french}, {day}) : enregistré sous {current}."
        )
    return Translation(code.given, str(code), message)
