"""Codes and names of the mobility programmes; their steps and rules are data of matching (services/matching)."""

from enum import StrEnum


class Programme(StrEnum):
    """A programme that moves volunteers; `generique` serves a partner that has none of its own."""

    EMILE = "emile"
    UN_TOIT_UN_EMPLOI = "un-toit-un-emploi"
    CLEFS_DE_FRANCE = "clefs-de-france"
    PLATEFORME_REFUGIES = "plateforme-refugies"
    GENERIQUE = "generique"

    @property
    def label(self) -> str:
        return {
            "emile": "EMILE",
            "un-toit-un-emploi": "Un toit, un emploi",
            "clefs-de-france": "Clefs de France",
            "plateforme-refugies": "Plateforme nationale logement des réfugiés",
            "generique": "Parcours générique",
        }[self.value]
