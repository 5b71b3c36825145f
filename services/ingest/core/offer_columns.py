"""The columns of a file of job offers. Pure."""

from typing import Final

from services.ingest.core import cells
from services.ingest.core.columns import DAY, DECIMAL, INSTANT, WHOLE, YES_NO, Column, Table
from shared.events import Contract

_CONTRACT: Final = {
    **{one.value: one.value for one in Contract},
    "contrat à durée indéterminée": Contract.CDI.value,
    "permanent": Contract.CDI.value,
    "contrat à durée déterminée": Contract.CDD.value,
    "intérim": Contract.MIS.value,
    "mission d'intérim": Contract.MIS.value,
    "temporary": Contract.MIS.value,
    "saisonnier": Contract.SAI.value,
    "contrat saisonnier": Contract.SAI.value,
    "seasonal": Contract.SAI.value,
    "CDDI": Contract.CDDI.value,
    "CDD d'insertion": Contract.CDDI.value,
    "insertion": Contract.CDDI.value,
    "autre": Contract.OTHER.value,
}

OFFER_TABLE: Final = Table(
    columns=(
        Column(
            "reference",
            ("référence", "réf", "référence offre", "identifiant", "id offre", "numéro offre", "n° offre", "job id"),
            cells.reference,
            "texte, 1 à 100 signes parmi lettres, chiffres et . _ : @ - ; propre au flux",
        ),
        Column(
            "rome",
            ("code rome", "métier rome", "romecode", "rome code"),
            cells.code,
            "code ROME, une lettre et 4 chiffres",
        ),
        Column(
            "contract",
            ("contrat", "type de contrat", "type contrat", "nature du contrat", "contract type"),
            cells.choice(_CONTRACT),
            "CDI, CDD, intérim, saisonnier, insertion, autre",
        ),
        Column(
            "commune",
            ("code commune", "code insee", "insee", "commune de travail", "lieu de travail insee"),
            cells.five_digits,
            "code INSEE de 5 signes (un zéro perdu par Excel est remis) ; vide : non localisée",
        ),
        Column(
            "openings",
            ("postes", "nb postes", "nombre de postes", "nombre postes", "postes à pourvoir", "positions"),
            cells.whole,
            f"{WHOLE} ; vide : inconnu",
        ),
        Column(
            "duration_months",
            ("durée", "durée du contrat", "durée contrat"),
            cells.decimal,
            f"mois ; {DECIMAL}",
        ),
        Column(
            "wage_eur_per_month",
            ("salaire", "salaire mensuel", "salaire brut mensuel", "salaire mensuel brut"),
            cells.decimal,
            f"€ brut par mois ; {DECIMAL}",
        ),
        Column("part_time", ("temps partiel", "à temps partiel", "part time"), cells.yes_no, YES_NO),
        Column(
            "licence_required",
            ("permis", "permis exigé", "permis requis", "permis b", "permis nécessaire", "driving licence"),
            cells.yes_no,
            YES_NO,
        ),
        Column(
            "published_at",
            ("publiée le", "date publication", "date de publication", "date création", "date de création", "published"),
            cells.instant,
            INSTANT,
        ),
        Column(
            "expires_at",
            ("expire le", "date expiration", "date d'expiration", "date de fin", "valable jusqu'au", "date limite"),
            cells.day,
            DAY,
        ),
        Column("source.name", ("source", "nom source", "origine", "partenaire", "source name"), cells.text, "texte"),
        Column("source.licence", ("licence", "licence source", "license"), cells.text, "texte"),
        Column(
            "source.updated_at",
            ("actualisée le", "date actualisation", "date d'actualisation", "source updated at"),
            cells.instant,
            INSTANT,
        ),
        Column("source.url", ("url", "lien", "url offre", "adresse web", "link"), cells.text, "adresse https://…"),
        Column(
            "origin.partner",
            ("partenaire d'origine", "nom partenaire", "partner"),
            cells.text,
            "texte ; avec la référence du partenaire",
        ),
        Column(
            "origin.reference",
            ("référence partenaire", "référence du partenaire", "partner reference"),
            cells.text,
            "texte ; la même offre par deux flux ne compte qu'une fois",
        ),
        Column(
            "origin.url",
            ("url partenaire", "lien partenaire", "url d'origine", "partner url"),
            cells.text,
            "adresse https://… de l'offre chez le partenaire",
        ),
        Column(
            "origin.direct",
            ("publication directe", "flux direct", "direct"),
            cells.yes_no,
            f"{YES_NO} : vous êtes ce partenaire",
        ),
        Column(
            "observed_at",
            ("observé le", "date observation", "date d'observation", "date d'extraction"),
            cells.instant,
            INSTANT,
        ),
    ),
    needed=(("reference",), ("rome",), ("contract",)),
)
