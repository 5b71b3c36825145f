"""The columns of a file of vacancies. Pure."""

from typing import Any, Final

from services.ingest.core import cells
from services.ingest.core.columns import DAY, DECIMAL, INSTANT, WHOLE, YES_NO, Column, Table
from shared.events import Dpe, Financing, LandlordKind, Tenure

_DPE: Final = {one.value: one.value for one in Dpe}
_FINANCING: Final = {
    **{one.value: one.value for one in Financing},
    "PLAI adapté": Financing.PLAI.value,
    "PLAI-A": Financing.PLAI.value,
    "LLI": Financing.PLI.value,
    "autre": Financing.OTHER.value,
    "non conventionné": Financing.OTHER.value,
}
_TENURE: Final = {
    **{one.value: one.value for one in Tenure},
    "logement social": Tenure.SOCIAL.value,
    "HLM": Tenure.SOCIAL.value,
    "privé": Tenure.PRIVATE.value,
    "parc privé": Tenure.PRIVATE.value,
    "intermédiation locative": Tenure.INTERMEDIATION.value,
    "IML": Tenure.INTERMEDIATION.value,
    "sous-location": Tenure.INTERMEDIATION.value,
    "résidence": Tenure.RESIDENCE.value,
    "résidence sociale": Tenure.RESIDENCE.value,
    "pension de famille": Tenure.RESIDENCE.value,
    "FJT": Tenure.RESIDENCE.value,
}
_LANDLORD_KIND: Final = {
    **{one.value: one.value for one in LandlordKind},
    "bailleur social": LandlordKind.SOCIAL.value,
    "OPH": LandlordKind.SOCIAL.value,
    "ESH": LandlordKind.SOCIAL.value,
    "commune": LandlordKind.MUNICIPAL.value,
    "communal": LandlordKind.MUNICIPAL.value,
    "collectivité": LandlordKind.MUNICIPAL.value,
    "privé": LandlordKind.PRIVATE.value,
    "particulier": LandlordKind.PRIVATE.value,
    "propriétaire privé": LandlordKind.PRIVATE.value,
    "asso": LandlordKind.ASSOCIATION.value,
}
_RESERVATION: Final = {
    "state": "state",
    "état": "state",
    "préfecture": "state",
    "contingent préfectoral": "state",
    "mal-logés": "state",
    "state_agents": "state_agents",
    "agents de l'État": "state_agents",
    "fonctionnaires": "state_agents",
    "action_logement": "action_logement",
    "AL": "action_logement",
    "ALS": "action_logement",
    "1 % logement": "action_logement",
    "local_authority": "local_authority",
    "collectivité": "local_authority",
    "commune": "local_authority",
    "mairie": "local_authority",
    "EPCI": "local_authority",
    "département": "local_authority",
    "région": "local_authority",
    "landlord": "landlord",
    "bailleur": "landlord",
    "propre": "landlord",
    "other": "other",
    "autre": "other",
}
# Parts of an address: joined into `address`, they are no fields of the body.
STREET: Final = "address.street"
POSTAL_CODE: Final = "address.postal_code"
CITY: Final = "address.city"


def _commune(cell: str) -> str | None:
    """A commune code. Files put the name there too: it is kept, and `_join` finds the place from it."""
    found = cells.five_digits(cell)
    if found is None or found[1:].isdecimal() or found[2:].isdecimal():
        return found
    return cell.strip()


def _join(body: dict[str, Any]) -> dict[str, Any]:
    """The parts of an address become one, a commune given by its name being a part; rooms alone make a typology."""
    street, postal_code, city = (body.pop(part, None) for part in (STREET, POSTAL_CODE, CITY))
    named = body.get("commune")
    if isinstance(named, str) and not named[2:].isdecimal():
        city = city or body.pop("commune")
        body.pop("commune", None)
    place = " ".join(str(part) for part in (postal_code, city) if part)
    if "address" not in body and place:
        body["address"] = ", ".join(str(part) for part in (street, place) if part)
    rooms = body.get("rooms")
    if "typology" not in body and isinstance(rooms, int) and rooms >= 1:
        body["typology"] = f"T{min(rooms, 6)}"
    return body


VACANCY_TABLE: Final = Table(
    columns=(
        Column(
            "reference",
            ("référence", "réf", "identifiant", "id logement", "numéro logement", "n° logement", "code logement"),
            cells.reference,
            "texte, 1 à 100 signes parmi lettres, chiffres et . _ : @ - ; propre au bailleur",
        ),
        Column(
            "commune",
            ("code commune", "code insee", "insee", "code insee commune", "depcom", "municipality"),
            _commune,
            "code INSEE de 5 signes (un zéro perdu par Excel est remis) ; un nom vaut avec un code postal",
        ),
        Column(
            "address",
            ("adresse", "adresse complète", "adresse du logement"),
            cells.text,
            "texte avec code postal et commune ; sert si la commune manque",
        ),
        Column(STREET, ("rue", "voie", "adresse ligne 1", "street", "libellé voie"), cells.text, "texte"),
        Column(POSTAL_CODE, ("code postal", "cp", "postcode", "zip"), cells.five_digits, "5 chiffres"),
        Column(CITY, ("ville", "nom commune", "libellé commune", "localité", "city", "town"), cells.text, "texte"),
        Column(
            "typology",
            ("typologie", "type logement", "type de logement", "dwelling type", "taille"),
            cells.text,
            "T1 à T6, F3, T1bis, studio, T5+, 3 pièces",
            alone=("type",),  # beside a typology or a number of rooms it is rather flat or house
        ),
        Column(
            "rooms",
            ("pièces", "nb pièces", "nombre de pièces", "nombre pièces", "pièces principales", "nbpiece"),
            cells.whole,
            WHOLE,
        ),
        Column(
            "surface_m2",
            ("surface", "surface habitable", "surf hab", "shab", "surfhab", "superficie", "area"),
            cells.decimal,
            f"m² ; {DECIMAL}",
        ),
        Column(
            "rent_eur_per_month",
            ("loyer", "loyer hc", "loyer hors charges", "loyer mensuel", "loyer mensuel hc", "loyer principal", "rent"),
            cells.decimal,
            f"€ par mois, hors charges ; {DECIMAL}",
        ),
        Column(
            "charges_eur_per_month",
            ("charges", "charges mensuelles", "charges locatives", "charges récupérables", "provision pour charges"),
            cells.decimal,
            f"€ par mois ; {DECIMAL}",
        ),
        Column(
            "available_from",
            ("disponible le", "date disponibilité", "date de disponibilité", "disponible à partir du", "libre le"),
            cells.day,
            DAY,
        ),
        Column(
            "available_until",
            ("disponible jusqu'au", "date fin disponibilité", "fin de disponibilité", "proposé jusqu'au"),
            cells.day,
            DAY,
        ),
        Column("accessible", ("accessible pmr", "pmr", "accessibilité", "accessible handicap"), cells.yes_no, YES_NO),
        Column("floor", ("étage", "niveau", "n° étage", "numéro étage", "storey"), cells.floor, "nombre entier ou RDC"),
        Column("lift", ("ascenseur", "asc", "elevator"), cells.yes_no, YES_NO),
        Column(
            "dpe",
            (
                "étiquette dpe",
                "classe dpe",
                "étiquette énergie",
                "classe énergie",
                "classe énergétique",
                "energy label",
            ),
            cells.choice(_DPE),
            "A à G",
        ),
        Column(
            "financing",
            ("financement", "type de financement", "prêt", "catégorie de financement"),
            cells.choice(_FINANCING),
            "PLAI, PLUS, PLS, PLI, autre",
        ),
        Column(
            "reservation",
            ("réservataire", "réservation", "contingent", "contingent réservataire", "orientation"),
            cells.choice(_RESERVATION),
            "État, agents de l'État, Action Logement, collectivité, bailleur, autre ; vide : pas encore orienté",
        ),
        Column("oriented_on", ("date orientation", "date d'orientation", "orienté le"), cells.day, DAY),
        Column(
            "tenure",
            ("statut", "cadre de location", "mode de location", "parc", "nature du parc"),
            cells.choice(_TENURE),
            "social, privé, intermédiation locative, résidence",
        ),
        Column(
            "landlord_kind",
            ("nature bailleur", "type de bailleur", "type bailleur", "nature du bailleur"),
            cells.choice(_LANDLORD_KIND),
            "bailleur social, commune, privé, association",
        ),
        Column(
            "rpls_id",
            ("rpls", "identifiant rpls", "id rpls", "n° rpls", "numéro rpls", "ident rpls"),
            cells.code,
            "10 positions",
        ),
        Column(
            "observed_at",
            ("observé le", "date observation", "date d'observation", "date d'extraction"),
            cells.instant,
            INSTANT,
        ),
    ),
    needed=(
        ("reference",),
        ("commune", "address", CITY),
        ("typology", "rooms"),
        ("surface_m2",),
        ("rent_eur_per_month",),
        ("available_from",),
    ),
    join=_join,
)
