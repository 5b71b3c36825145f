"""Options in words that a caseworker can say, French first; no value or price is ever attached to a household."""

from services.matching.core.budget import Budget, budget
from services.matching.core.commute import SOURCE
from services.matching.core.eligibility import decent_surface_m2, durable
from services.matching.core.model import Household
from services.matching.core.ranking import Option
from shared.geography import Geography
from shared.occupations import Occupations


def option_sentences(
    household: Household, option: Option, geography: Geography, occupations: Occupations, lang: str = "fr"
) -> list[str]:
    """Why this option fits, then what is to be confirmed, in "fr" or "en"."""
    english, home = lang == "en", option.home
    commune = geography.commune(home.commune)
    place = commune.name if commune else home.commune
    surface, least = _number(home.surface_m2, lang), _number(decent_surface_m2(household.size), lang)
    sentences = []
    if english:
        people = "1 person" if household.size == 1 else f"{household.size} persons"
        sentences.append(f"{home.typology} of {surface} m² in {place}: {people} need at least {least} m².")
    else:
        people = "1 personne" if household.size == 1 else f"{household.size} personnes"
        sentences.append(f"{home.typology} de {surface} m² à {place} : pour {people}, il faut au moins {least} m².")
    known = budget(household, home)
    if known is not None:
        sentences.append(_budget_sentence(known, charges_known=home.charges_eur_per_month is not None, english=english))
    wish = household.wish(home.territory)
    if wish is not None and wish[1] > 1:
        rank = wish[0] + 1
        sentences.append(
            f"Territory wanted: choice {rank}." if english else f"Territoire souhaité en {_ordinal(rank)} choix."
        )
    if household.accessible_needed and home.accessible:
        sentences.append("The home is accessible." if english else "Le logement est accessible.")
    if option.lead is not None:
        sentences += _lead_sentences(option, geography, occupations, lang)
    confirm = "To be confirmed:" if english else "À confirmer :"
    return sentences + [f"{confirm} {what.label(lang)}." for what in option.to_confirm]


def _budget_sentence(known: Budget, *, charges_known: bool, english: bool) -> str:
    before, after = _percent(known.effort_before_aid, english), _percent(known.effort, english)
    if english:
        what = "rent and charges take" if charges_known else "rent takes"
        if not known.aid_eur_per_month:
            return f"Without housing benefit, {what} {before} of the resources."
        return (
            f"After a housing benefit estimated at €{known.aid_eur_per_month:.0f} a month, {what} {after} of the "
            f"resources ({before} without it)."
        )
    what = "le loyer et les charges prennent" if charges_known else "le loyer prend"
    if not known.aid_eur_per_month:
        return f"Sans aide au logement, {what} {before} des ressources."
    return (
        f"Après une aide au logement estimée à {known.aid_eur_per_month:.0f} € par mois, {what} "
        f"{after} des ressources ({before} sans elle)."
    )


def _lead_sentences(option: Option, geography: Geography, occupations: Occupations, lang: str) -> list[str]:
    lead = option.lead
    assert lead is not None  # noqa: S101 - called where there is one
    commune = geography.commune(lead.post.commune)
    place = commune.name if commune else lead.post.commune
    label = occupations.label(lead.post.rome) if occupations.known(lead.post.rome) else lead.post.rome
    lasting = durable(lead.post)
    contract = lead.post.contract
    distance = lead.commute.distance_km
    if lang == "en":
        kind = "Wanted occupation" if lead.proximity >= 1 else "Near occupation"
        if contract != "CDI" and lasting is not None:
            contract += ", six months or more" if lasting else ", under six months"
        way = "in the same commune" if distance == 0 else f"{_number(round(distance, 1), lang)} km away, {SOURCE.en}"
        return [f"{kind}: {label} in {place} ({contract}).", f"Work is {way}."]
    kind = "Métier recherché" if lead.proximity >= 1 else "Métier proche"
    if contract != "CDI" and lasting is not None:
        contract += ", six mois ou plus" if lasting else ", moins de six mois"
    way = "dans la même commune" if distance == 0 else f"à {_number(round(distance, 1), lang)} km, {SOURCE.fr}"
    return [f"{kind} : {label} à {place} ({contract}).", f"Le travail est {way}."]


def _number(value: float, lang: str) -> str:
    text = f"{value:g}"
    return text if lang == "en" else text.replace(".", ",")


def _percent(ratio: float, english: bool) -> str:
    return f"{ratio * 100:.0f}{'' if english else ' '}%"


def _ordinal(position: int) -> str:
    return "premier" if position == 1 else f"{position}e"
