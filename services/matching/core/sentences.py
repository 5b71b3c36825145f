"""Options in words that a caseworker can say; no value or price is ever attached to a household."""

from services.matching.core.budget import Budget, budget
from services.matching.core.commute import SOURCE
from services.matching.core.eligibility import decent_surface_m2, durable
from services.matching.core.model import Home, Household
from services.matching.core.ranking import Lead, Option
from shared.geography import Geography
from shared.occupations import Occupations
from shared.words import Words


def option_sentences(
    household: Household, option: Option, geography: Geography, occupations: Occupations
) -> list[Words]:
    """Why this option fits, then what is to be confirmed."""
    home = option.home
    sentences = [_home_sentence(household, home, geography)]
    known = budget(household, home)
    if known is not None:
        sentences.append(_budget_sentence(known, charges_known=home.charges_eur_per_month is not None))
    wish = household.wish(home.territory)
    if wish is not None and wish[1] > 1:
        rank = wish[0] + 1
        sentences.append(Words(f"Territoire souhaité en {_ordinal(rank)} choix.", f"Territory wanted: choice {rank}."))
    if household.accessible_needed and home.accessible:
        sentences.append(Words("Le logement est accessible.", "The home is accessible."))
    if option.lead is not None:
        sentences += _lead_sentences(option.lead, geography, occupations)
    return sentences + [
        Words(f"À confirmer : {what.label('fr')}.", f"To be confirmed: {what.label('en')}.")
        for what in option.to_confirm
    ]


def _home_sentence(household: Household, home: Home, geography: Geography) -> Words:
    commune = geography.commune(home.commune)
    place = commune.name if commune else home.commune
    surface, least = _number(home.surface_m2), _number(decent_surface_m2(household.size))
    size = household.size
    who = Words("1 personne", "1 person needs") if size == 1 else Words(f"{size} personnes", f"{size} persons need")
    return Words(
        f"{home.typology} de {surface.fr} m² à {place} : pour {who.fr}, il faut au moins {least.fr} m².",
        f"{home.typology} of {surface.en} m² in {place}: {who.en} at least {least.en} m².",
    )


def _budget_sentence(known: Budget, *, charges_known: bool) -> Words:
    before, after, aid = _percent(known.effort_before_aid), _percent(known.effort), known.aid_eur_per_month
    what = (
        Words("le loyer et les charges prennent", "rent and charges take")
        if charges_known
        else Words("le loyer prend", "rent takes")
    )
    if not aid:
        return Words(
            f"Sans aide au logement, {what.fr} {before.fr} des ressources.",
            f"Without housing benefit, {what.en} {before.en} of the resources.",
        )
    return Words(
        f"Après une aide au logement estimée à {aid:.0f} € par mois, {what.fr} {after.fr} des ressources "
        f"({before.fr} sans elle).",
        f"After a housing benefit estimated at €{aid:.0f} a month, {what.en} {after.en} of the resources "
        f"({before.en} without it).",
    )


def _lead_sentences(lead: Lead, geography: Geography, occupations: Occupations) -> list[Words]:
    commune = geography.commune(lead.post.commune)
    place = commune.name if commune else lead.post.commune
    label = occupations.label(lead.post.rome) if occupations.known(lead.post.rome) else lead.post.rome
    wanted = lead.proximity >= 1
    kind = Words("Métier recherché", "Wanted occupation") if wanted else Words("Métier proche", "Near occupation")
    contract = _contract(lead)
    distance = lead.commute.distance_km
    km = _number(round(distance, 1))
    way = (
        Words("dans la même commune", "in the same commune")
        if distance == 0
        else Words(f"à {km.fr} km, {SOURCE.fr}", f"{km.en} km away, {SOURCE.en}")
    )
    return [
        Words(f"{kind.fr} : {label} à {place} ({contract.fr}).", f"{kind.en}: {label} in {place} ({contract.en})."),
        Words(f"Le travail est {way.fr}.", f"Work is {way.en}."),
    ]


def _contract(lead: Lead) -> Words:
    contract, lasting = lead.post.contract, durable(lead.post)
    if contract == "CDI" or lasting is None:
        return Words(contract, contract)
    if lasting:
        return Words(f"{contract}, six mois ou plus", f"{contract}, six months or more")
    return Words(f"{contract}, moins de six mois", f"{contract}, under six months")


def _number(value: float) -> Words:
    text = f"{value:g}"
    return Words(text.replace(".", ","), text)


def _percent(ratio: float) -> Words:
    text = f"{ratio * 100:.0f}"
    return Words(f"{text} %", f"{text}%")


def _ordinal(position: int) -> str:
    return "premier" if position == 1 else f"{position}e"
