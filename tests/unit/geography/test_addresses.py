"""An address names one commune, or the person is told which ones it could be: nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import AddressUnresolvedError, Commune, geography

COMMUNES = sorted(geography().communes.values(), key=lambda commune: commune.code)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("12 rue des Carmes, 15000 Aurillac", "15014"),
        ("12 rue des Carmes\n15000 AURILLAC CEDEX\nFRANCE", "15014"),
        ("15005 Aurillac Cedex 9", "15014"),  # a code of La Poste that no commune has
        ("Résidence Les Pins - 15000 Aurillac - bâtiment B", "15014"),
        ("Aurillac (15000)", "15014"),
        ("3 bd Diderot 75012 Paris 12e arrondissement", "75056"),
        ("69003 Lyon 3eme", "69123"),
        ("13008 Marseille", "13055"),
        ("15100 St-Flour", "15187"),
        ("62200 Boulogne s/ Mer", "62160"),
        ("76600 Havre", "76351"),
        ("20000 Ajaccio", "2A004"),
        ("97400 Saint-Denis", "97411"),
        ("1 av. de la Gare, 93290 Tremblay-en-France, France", "93073"),
        ("01000 Saint-Denis lès Bourg", "01344"),
    ],
)
def test_postal_code_and_town_name_a_commune_however_they_are_written(address: str, code: str) -> None:
    assert geography().commune_at(address).code == code


@pytest.mark.parametrize(
    ("address", "kind", "candidates"),
    [
        ("12 rue des Carmes, Aurillac", "address_incomplete", ()),
        ("15000", "address_ambiguous", ("15014 (Aurillac)", "15267 (Ytrac)")),
        ("1 place de l'Église, 15000", "address_ambiguous", ("15014 (Aurillac)",)),
        ("15000 Auriac", "address_unknown", ("15014 (Aurillac)", "19014 (Auriac)")),
        ("15000 Aurilac", "address_unknown", ("15014 (Aurillac)",)),
        ("99999 Nulleville", "address_unknown", ()),
    ],
)
def test_what_names_no_commune_or_several_is_an_error_with_candidates(
    address: str, kind: str, candidates: tuple[str, ...]
) -> None:
    with pytest.raises(AddressUnresolvedError) as raised:
        geography().commune_at(address)
    assert raised.value.kind == kind
    assert raised.value.remedy
    for candidate in candidates:
        assert candidate in raised.value.remedy


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("3 rue Roger Salengro, 69310 Pierre-Bénite", "69149"),  # merged into Oullins-Pierre-Bénite in 2024
        ("49270 Champtoceaux", "49126"),  # in Orée-d'Anjou, whose own code changed in 2025
        ("15170 Celles", "15031"),  # restored: a name of today comes first
    ],
)
def test_the_name_of_a_commune_that_merged_still_names_its_place(address: str, code: str) -> None:
    assert geography().commune_at(address).code == code


def test_a_name_of_today_comes_before_one_of_yesterday() -> None:
    for passage in geography().passages.all:
        known = geography().communes.get(passage.before)
        if passage.name and known is not None:
            for postal in geography().postal_codes_of(known.code):
                assert told(f"{postal} {known.name}") == f"{known.code} ({known.name})"


def told(address: str) -> str:
    """The commune that is named, or the candidates."""
    try:
        named = geography().commune_at(address)
    except AddressUnresolvedError as unresolved:
        return unresolved.remedy
    return f"{named.code} ({named.name})"


@given(st.sampled_from(COMMUNES), st.sampled_from(["{} {}", "4 rue du Bourg, {} {}", "{} {} CEDEX 2, France"]))
def test_an_official_name_with_its_postal_code_never_leads_to_another_commune(commune: Commune, form: str) -> None:
    postal = geography().postal_codes_of(commune.code)
    for code in postal:
        assert told(form.format(code, commune.name)) == f"{commune.code} ({commune.name})"
