"""Options in words that a caseworker can say. French; no value or price is ever attached to a household."""

from services.matching.core.budget import Budget, budget
from services.matching.core.commute import SOURCE_FR
from services.matching.core.eligibility import decent_surface_m2, durable
from services.matching.core.model import Household
from services.matching.core.ranking import Option
from shared.geography import Geography
from shared.occupations import Occupations


def option_sentences(household: Household, option: Option, geography: Geography, occupations: Occupations) -> list[str]:
    """Why this option fits, then what is to be confirmed."""
    home = option.home
    commune = geography.commune(home.commune)
    place = commune.name if commune else home.commune
    people = "1 personne" if household.size == 1 else f"{household.size} personnes"
    sentences = [
        f"{home.typology} de {_number(home.surface_m2)} m² à {place} : pour {people}, il faut au moins "
        f"{_number(decent_surface_m2(household.size))} m²."
    ]
    known = budget(household, home)
    if known is not None:
        sentences.append(_budget_sentence(known, charges_known=home.charges_eur_per_month is not None))
    wish = household.wish(home.territory)
    if wish is not None and wish[1] > 1:
        sentences.append(f"Territoire souhaité en {_ordinal(wish[0] + 1)} choix.")
    if household.accessible_needed and home.accessible:
        sentences.append("Le logement est accessible.")
    if option.lead is not None:
        sentences += _lead_sentences(option, geography, occupations)
    return sentences + [f"À confirmer : {what.label_fr}." for what in option.to_confirm]


def _budget_sentence(known: Budget, *, charges_known: bool) -> str:
    what = "le loyer et les charges prennent" if charges_known else "le loyer prend"
    if not known.aid_eur_per_month:
        return f"Sans aide au logement, {what} {_percent(known.effort_before_aid)} des ressources."
    return (
        f"Après une aide au logement estimée à {known.aid_eur_per_month:.0f} € par mois, {what} "
        f"{_percent(known.effort)} des ressources ({_percent(known.effort_before_aid)} sans elle)."
    )


def _lead_sentences(option: Option, geography: Geography, occupations: Occupations) -> list[str]:
    lead = option.lead
    assert lead is not None  # noqa: S101 - called where there is one
    commune = geography.commune(lead.post.commune)
    place = commune.name if commune else lead.post.commune
    label = occupations.label(lead.post.rome) if occupations.known(lead.post.rome) else lead.post.rome
    kind = "Métier recherché" if lead.proximity >= 1 else "Métier proche"
    lasting = durable(lead.post)
    contract = lead.post.contract
    if contract != "CDI" and lasting is not None:
        contract += ", six mois ou plus" if lasting else ", moins de six mois"
    distance = lead.commute.distance_km
    way = "dans la même commune" if distance == 0 else f"à {_number(round(distance, 1))} km, {SOURCE_FR}"
    return [f"{kind} : {label} à {place} ({contract}).", f"Le travail est {way}."]


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.0f} %"


def _ordinal(position: int) -> str:
    return "premier" if position == 1 else f"{position}e"
