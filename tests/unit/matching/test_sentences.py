"""Why an option fits, word for word in both languages: what a proposal keeps of it."""

import pytest

from services.matching.adapters.proposing import snapshot
from services.matching.core.model import Commitment, Home, Household, Post, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.ranking import Option
from services.matching.core.sentences import option_sentences
from services.matching.core.shortlist_words import Standing, gap_sentences, too_few_sentence
from shared.words import Words
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_home, a_household, a_market, a_post

CHARGES = Words(
    "À confirmer : charges du logement à demander au bailleur.",
    "To be confirmed: charges of the home to be asked of the landlord.",
)
AGREEMENT = Words(
    "À confirmer : accord du territoire à obtenir : il n'a rien déclaré pour ce programme.",
    "To be confirmed: the territory's agreement to be obtained: it has declared nothing for this programme.",
)


def told(*things: Household | Home | Post | Commitment) -> tuple[list[Words], Option]:
    """What is said of the only household's best option, and the option."""
    market = a_market(*things)
    (household,) = market.households.values()
    option = OptionFinder(market, household, today=TODAY, seed=1).best()
    assert option is not None
    return option_sentences(household, option, market.geography, market.occupations), option


def test_an_option_is_told_whole_and_kept_in_both_languages() -> None:
    household = a_household(accessible_needed=True, wanted=("200000000", TERRITORY))
    home = a_home(surface_m2=62.5, charges_eur_per_month=40.0, accessible=True)
    sentences, option = told(household, home, a_post(), a_commitment())
    assert sentences == [
        (
            "T3 de 62,5 m² à Aurillac : pour 3 personnes, il faut au moins 25 m².",
            "T3 of 62.5 m² in Aurillac: 3 persons need at least 25 m².",
        ),
        (
            "Après une aide au logement estimée à 220 € par mois, le loyer et les charges prennent 18 % des ressources "
            "(36 % sans elle).",
            "After a housing benefit estimated at €220 a month, rent and charges take 18% of the resources "
            "(36% without it).",
        ),
        ("Territoire souhaité en 2e choix.", "Territory wanted: choice 2."),
        ("Le logement est accessible.", "The home is accessible."),
        ("Métier recherché : Maçonnerie à Aurillac (CDI).", "Wanted occupation: Maçonnerie in Aurillac (CDI)."),
        ("Le travail est dans la même commune.", "Work is in the same commune."),
        (
            "À confirmer : aide au logement estimée, dont dépend l'équilibre du budget : à simuler avec la CAF ou la MSA.",
            "To be confirmed: housing benefit is estimated and the budget depends on it: to be simulated with CAF or MSA.",
        ),
    ]
    kept = snapshot(option, sentences)
    assert kept["sentences"] == [sentence.fr for sentence in sentences]
    assert kept["sentences_en"] == [sentence.en for sentence in sentences]


def test_a_near_occupation_elsewhere_without_housing_benefit() -> None:
    household = a_household(size=1, income_eur_per_month=2600.0, driving_licence=None, programme="generique")
    post = a_post(contract="CDD", duration_months=5.0, rome="F1701", commune="15012")
    sentences, _ = told(household, a_home(typology="T2"), post)
    assert sentences == [
        (
            "T2 de 62 m² à Aurillac : pour 1 personne, il faut au moins 9 m².",
            "T2 of 62 m² in Aurillac: 1 person needs at least 9 m².",
        ),
        (
            "Sans aide au logement, le loyer prend 16 % des ressources.",
            "Without housing benefit, rent takes 16% of the resources.",
        ),
        (
            "Métier proche : Construction en béton à Arpajon-sur-Cère (CDD, moins de six mois).",
            "Near occupation: Construction en béton in Arpajon-sur-Cère (CDD, under six months).",
        ),
        (
            "Le travail est à 5,7 km, distance à vol d'oiseau entre les communes (hypothèse : 35 km avec permis, 12 km "
            "sans).",
            "Work is 5.7 km away, as the crow flies between the communes (assumed: 35 km with a licence, 12 km without).",
        ),
        CHARGES,
        AGREEMENT,
    ]


@pytest.mark.parametrize(
    ("duration_months", "french", "english"),
    [(8.0, "CDD, six mois ou plus", "CDD, six months or more"), (None, "CDD", "CDD")],
)
def test_a_contract_is_said_to_last_only_where_that_is_known(
    duration_months: float | None, french: str, english: str
) -> None:
    post = a_post(contract="CDD", duration_months=duration_months)
    sentences, _ = told(a_household(programme="generique"), a_home(), post)
    assert sentences[2].fr == f"Métier recherché : Maçonnerie à Aurillac ({french})."
    assert sentences[2].en == f"Wanted occupation: Maçonnerie in Aurillac ({english})."


def test_unknown_resources_and_a_missing_lead_are_to_be_confirmed_not_reckoned() -> None:
    household = a_household(programme="plateforme-refugies", rome=(), income_eur_per_month=None)
    sentences, _ = told(household, a_home())
    assert [sentence.fr for sentence in sentences[1:]] == [
        "À confirmer : ressources du ménage à justifier.",
        CHARGES.fr,
        AGREEMENT.fr,
        "À confirmer : aucune piste d'emploi jointe : à chercher avec le ménage.",
    ]


def test_what_sets_a_candidate_behind_the_first_is_said_of_the_right_one() -> None:
    first = Standing(
        a_household(priorities=frozenset({Priority.DALO}), accessible_needed=True), waited_months=14, fit=1.0
    )
    behind = Standing(a_household("hh_2"), waited_months=1, fit=0.9)
    assert [said.en for said in gap_sentences(first, behind, placed_elsewhere=True)] == [
        "The plan keeps another home for it.",
        "The first has a lawful priority, this one has declared none.",
        "The first needs an accessible home.",
        "It has waited 1 month, the first 14 months.",
        "This home meets its own wishes less than those of the first.",
    ]
    alike = Standing(a_household("hh_3"), waited_months=0, fit=1.0)
    assert gap_sentences(alike, alike, placed_elsewhere=False) == (
        ("À égalité avec le premier : départagés par tirage.", "Equal with the first: decided by lot."),
    )
    newer = Standing(a_household("hh_4"), waited_months=0, fit=1.0)
    (waited,) = gap_sentences(Standing(a_household(), waited_months=2, fit=1.0), newer, placed_elsewhere=False)
    assert waited == (
        "Il attend depuis moins d'un mois, le premier depuis 2 mois.",
        "It has waited less than a month, the first 2 months.",
    )


def test_too_few_candidates_are_counted() -> None:
    assert too_few_sentence(2, 3) == (
        "Moins de 3 candidats : 2 ménages remplissent toutes les conditions (motif à porter au procès-verbal, CCH R441-3).",
        "Fewer than 3 candidates: 2 households meet every condition (reason to be recorded, CCH R441-3).",
    )
    assert too_few_sentence(0, 3) == (
        "Aucun candidat : aucun ménage ne remplit toutes les conditions.",
        "No candidate: no household meets every condition.",
    )
