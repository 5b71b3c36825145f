"""An offer as the API writes it: the fields of its JSON, with what is often missing missing. Texts are invented."""

from typing import Any

from deploy.simulators.france_travail.facts import Facts, Wage
from shared.geography import geography
from shared.occupations import occupations

_EMPLOYERS = (
    "Les Ateliers du Lac",
    "Transports Fictifs",
    "Maison Exemple",
    "Services du Plateau",
    "Coopérative Modèle",
)
_PARTNERS = ("PARTENAIRE_A", "PARTENAIRE_B", "PARTENAIRE_C")
_PERIODS = {"month": "Mensuel", "hour": "Horaire", "year": "Annuel"}


def render(facts: Facts) -> dict[str, Any]:
    """The element of `resultats`, and the body of `/offres/{id}`."""
    label = occupations().all[facts.rome].label if occupations().known(facts.rome) else "Métier inconnu"
    created = facts.created.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    offer: dict[str, Any] = {
        "id": facts.reference,
        "intitule": f"{label} (H/F)",
        "description": f"Offre simulée pour les essais : {label.lower()}. Aucun employeur, aucun poste réel. " * 3,
        "dateCreation": created,
        "lieuTravail": _place(facts),
        "romeCode": facts.rome,
        "romeLibelle": label,
        "appellationlibelle": label,
        "entreprise": {"entrepriseAdaptee": False},
        "typeContrat": facts.form.code,
        "typeContratLibelle": _contract_label(facts),
        "natureContrat": facts.form.nature,
        "experienceExige": "DSE"[facts.number % 3],
        "experienceLibelle": "Débutant accepté" if facts.number % 3 == 0 else "Expérience souhaitée",
        "competences": [{"code": "100000", "libelle": "Compétence simulée", "exigence": "S"}],
        "salaire": _salary(facts.wage),
        "alternance": facts.form.apprenticeship,
        "contact": {},
        "agence": {},
        "accessibleTH": False,
        "qualificationCode": "6",
        "qualificationLibelle": "Employé qualifié",
        "secteurActiviteLibelle": "Secteur simulé",
        "origineOffre": {
            "origine": "2" if facts.partner else "1",
            "urlOrigine": f"https://candidat.francetravail.fr/offres/recherche/detail/{facts.reference}",
        },
        "offresManqueCandidats": facts.number % 7 == 0,
        "entrepriseAdaptee": False,
        "employeurHandiEngage": False,
        "contexteTravail": {"horaires": [], "conditionsExercice": []},
    }
    if facts.number % 5:
        offer["entreprise"]["nom"] = _EMPLOYERS[facts.number % len(_EMPLOYERS)]
    if facts.updated is not None:
        offer["dateActualisation"] = facts.updated.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if facts.openings is not None:
        offer["nombrePostes"] = facts.openings
    if facts.licence is not None:
        offer["permis"] = [{"libelle": "B - Véhicule léger", "exigence": facts.licence}]
    if facts.part_time is not None:
        offer["dureeTravailLibelleConverti"] = "Temps partiel" if facts.part_time else "Temps plein"
    if facts.hours is not None:
        offer["dureeTravailLibelle"] = f"{facts.hours}H/semaine\nTravail en journée"
    if facts.partner:
        offer["origineOffre"]["partenaires"] = [_partner(facts)]
    return offer


def _partner(facts: Facts) -> dict[str, Any]:
    """One in six links carries the offer's id on the partner's site; the others lead somewhere, as most do."""
    if facts.names_page:
        url = f"https://www.meteojob.com/jobs/{90_000_000 + facts.number}?utm_source=pole-emploi&utm_medium=aggregator"
        return {"nom": "METEOJOB", "url": url, "logo": "https://partenaire.example/logo"}
    name = _PARTNERS[facts.number % len(_PARTNERS)]
    return {"nom": name, "url": "https://partenaire.example/suivi", "logo": "https://partenaire.example/logo"}


def _place(facts: Facts) -> dict[str, Any]:
    commune = geography().commune(facts.commune) if facts.commune else None
    if commune is None:
        place: dict[str, Any] = {"libelle": f"{facts.departement} - Département" if facts.departement else "France"}
    else:
        place = {
            "libelle": f"{facts.departement} - {commune.name.upper()}",
            "latitude": commune.latitude,
            "longitude": commune.longitude,
        }
    if facts.commune is not None:
        place["commune"] = facts.commune
    if facts.postal_code is not None:
        place["codePostal"] = facts.postal_code
    return place


def _contract_label(facts: Facts) -> str:
    if facts.duration is None:
        return facts.form.label
    amount, unit = facts.duration
    return f"{facts.form.label} - {amount} {unit}"


def _salary(wage: Wage) -> dict[str, Any]:
    if wage.kind == "unsaid":
        return {}
    if wage.kind == "words":
        return {"libelle": "A négocier", "commentaire": "selon profil"}
    upper = f" à {wage.most} Euros" if wage.most is not None else ""
    return {"libelle": f"{_PERIODS[wage.kind]} de {wage.least} Euros{upper} sur 12.0 mois", "complement1": "Mutuelle"}
