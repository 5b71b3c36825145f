"""The reference geography: look-ups, totals, and the remedies for codes that do not exist."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import ARRONDISSEMENTS, KIND_LABELS, UnknownCommuneError, distance_km, geography, geojson
from shared.geography.pack import Layer, communes_of, content, territories_of

GEOGRAPHY = geography()
ISLANDS = {"22016", "29083", "29155", "85113"}
commune_codes = st.sampled_from(sorted(GEOGRAPHY.communes))


def test_the_pack_holds_all_of_france() -> None:
    assert len(GEOGRAPHY.communes) == 34_875
    assert len(GEOGRAPHY.zones) == 306
    assert len(GEOGRAPHY.departements) == 101
    assert len(GEOGRAPHY.regions) == 18
    assert sum(commune.population for commune in GEOGRAPHY.communes.values()) == 68_350_798


def test_territories_are_the_epci_and_the_four_islands_without_one() -> None:
    alone = {code for code, territory in GEOGRAPHY.territories.items() if territory.kind == "COMMUNE"}
    assert alone == ISLANDS
    assert len(GEOGRAPHY.territories) == 1_255 + 4


def test_every_commune_is_in_exactly_one_territory() -> None:
    members = [commune for territory in GEOGRAPHY.territories.values() for commune in territory.communes]
    assert sorted(members) == sorted(GEOGRAPHY.communes)


def test_population_of_a_territory_is_the_sum_of_its_communes() -> None:
    for territory in GEOGRAPHY.territories.values():
        assert territory.population == sum(GEOGRAPHY.communes[code].population for code in territory.communes)


@given(commune_codes)
def test_territory_zone_and_departement_of_a_commune_exist(code: str) -> None:
    commune = GEOGRAPHY.communes[code]
    territory = GEOGRAPHY.territories[GEOGRAPHY.territory_of(code)]
    assert code in territory.communes
    assert commune.departement in territory.departements
    assert territory.departement in territory.departements
    assert territory.kind in KIND_LABELS
    assert GEOGRAPHY.zone_of(code) in GEOGRAPHY.zones
    assert territory.zone_emploi in {GEOGRAPHY.communes[member].zone_emploi for member in territory.communes}
    assert GEOGRAPHY.departements[commune.departement].region == commune.region
    assert territory in GEOGRAPHY.territories_in(commune.departement)


def test_aurillac_lies_in_its_agglomeration() -> None:
    territory = GEOGRAPHY.territories[GEOGRAPHY.territory_of("15014")]
    assert (territory.code, territory.name, territory.kind) == ("241500230", "CA du Bassin d'Aurillac", "CA")
    assert (territory.departement, territory.region, territory.zone_emploi) == ("15", "84", "8403")


@given(commune_codes)
def test_every_commune_has_a_bassin(code: str) -> None:
    bassin = GEOGRAPHY.bassin_of(code)
    assert bassin in GEOGRAPHY.bassins


def test_bassins_are_another_cut_than_zones() -> None:
    assert len(GEOGRAPHY.bassins) == 403
    assert GEOGRAPHY.bassin_of("15014") == GEOGRAPHY.bassin_of("15267") == "8450"
    assert GEOGRAPHY.bassins["8450"].name == "AURILLAC"
    assert GEOGRAPHY.bassin_of("69152") == GEOGRAPHY.bassin_of("69149")
    with pytest.raises(UnknownCommuneError):
        GEOGRAPHY.bassin_of("99999")


@pytest.mark.parametrize("code", sorted(ISLANDS))
def test_a_commune_without_epci_is_its_own_territory(code: str) -> None:
    assert GEOGRAPHY.territory_of(code) == code
    assert GEOGRAPHY.territories[code].communes == (code,)
    assert GEOGRAPHY.territories[code].area_km2 is None


@pytest.mark.parametrize(("code", "city"), [("75118", "75056"), ("69383", "69123"), ("13201", "13055")])
def test_an_arrondissement_leads_to_its_city(code: str, city: str) -> None:
    commune = GEOGRAPHY.commune(code)
    assert commune is not None
    assert commune.code == city
    assert GEOGRAPHY.territory_of(code) == GEOGRAPHY.territory_of(city)


def test_the_45_arrondissements_are_known_and_no_other() -> None:
    assert len(ARRONDISSEMENTS) == 20 + 9 + 16
    assert not set(ARRONDISSEMENTS) & set(GEOGRAPHY.communes)
    for code in ("75100", "75121", "69380", "69390", "13217"):
        assert GEOGRAPHY.commune(code) is None


def test_communes_of_a_territory_or_departement_include_arrondissements() -> None:
    assert GEOGRAPHY.communes_of("241500230") == GEOGRAPHY.territories["241500230"].communes
    assert len(GEOGRAPHY.communes_of("15")) == 250
    assert set(GEOGRAPHY.communes_of("75")) == {"75056", *(str(code) for code in range(75101, 75121))}
    assert {"69123", "69381", "69389"} <= set(GEOGRAPHY.communes_of(GEOGRAPHY.territory_of("69123")))
    assert GEOGRAPHY.communes_of("22016") == ("22016",)
    assert GEOGRAPHY.communes_of("nowhere") == ()


def test_a_search_by_place_finds_what_was_recorded_under_former_codes() -> None:
    assert {"69149", "69152"} <= set(GEOGRAPHY.codes_in("69149"))
    assert set(GEOGRAPHY.codes_in("69152")) == set(GEOGRAPHY.codes_in("69149"))
    assert {"69152", "69381"} <= set(GEOGRAPHY.codes_in("69"))
    assert set(GEOGRAPHY.communes_of("241500230")) <= set(GEOGRAPHY.codes_in("241500230"))
    assert "69383" in GEOGRAPHY.codes_in("69123")
    assert GEOGRAPHY.codes_in("69383") == ("69383",)
    assert GEOGRAPHY.codes_in("99999") == ()


@given(commune_codes)
def test_every_code_found_by_a_place_lies_in_it(code: str) -> None:
    for area in (code, GEOGRAPHY.territory_of(code), GEOGRAPHY.communes[code].departement):
        found = GEOGRAPHY.codes_in(area)
        assert code in found
        assert len(set(found)) == len(found)
    assert {GEOGRAPHY.territory_of(one) for one in GEOGRAPHY.codes_in(GEOGRAPHY.territory_of(code))} == {
        GEOGRAPHY.territory_of(code)
    }


def test_a_former_code_leads_to_the_current_commune() -> None:
    commune = GEOGRAPHY.commune("69152")
    assert commune is not None
    assert commune.code == GEOGRAPHY.current_code("69152") == "69149"
    assert GEOGRAPHY.territory_of("69152") == GEOGRAPHY.territory_of("69149")
    assert GEOGRAPHY.zone_of("69152") == GEOGRAPHY.zone_of("69149")
    assert GEOGRAPHY.current_code("75118") == "75056"
    assert GEOGRAPHY.current_code("15014") == "15014"
    assert GEOGRAPHY.current_code("99999") is None


@pytest.mark.parametrize(
    ("given_code", "remedy"),
    [
        ("69152", "« 69152 » est un ancien code : la commune actuelle est 69149 (Oullins-Pierre-Bénite)."),
        ("15000", "« 15000 » est un code postal. Code INSEE attendu : 15014 (Aurillac), 15267 (Ytrac)."),
        ("1004", "« 1004 » a perdu son zéro initial (souvent dans un tableur) : 01004 (Ambérieu-en-Bugey)."),
        ("97801", "« 97801 » est dans une collectivité d'outre-mer hors du référentiel (métropole et cinq DROM)."),
        ("2a004", "Le code s'écrit 2A004 (Ajaccio)."),
        ("aurillac", "« aurillac » n'est pas un code de commune. Communes de ce nom : 15014 (Aurillac)."),
        (
            "Saint Denis",
            "« Saint Denis » n'est pas un code de commune. "
            "Communes de ce nom : 97411 (Saint-Denis), 93066 (Saint-Denis), 11339 (Saint-Denis).",
        ),
    ],
)
def test_an_unknown_commune_code_gets_a_remedy(given_code: str, remedy: str) -> None:
    assert GEOGRAPHY.suggest(given_code) == remedy


def test_a_mistyped_code_gets_its_neighbours() -> None:
    assert "15269 (Besse)" in GEOGRAPHY.suggest("15999")
    assert "aucun département n'a le code 99" in GEOGRAPHY.suggest("99999")


def test_a_misspelt_name_finds_the_commune() -> None:
    assert "15014 (Aurillac)" in GEOGRAPHY.suggest("Aurilac")


def test_an_unknown_commune_has_no_territory_and_the_error_says_what_to_do() -> None:
    with pytest.raises(UnknownCommuneError, match="code postal"):
        GEOGRAPHY.territory_of("15000")
    with pytest.raises(UnknownCommuneError, match="code postal"):
        GEOGRAPHY.zone_of("15000")


@pytest.mark.parametrize(
    ("given_code", "part"),
    [
        ("15014", "son territoire est 241500230 (CA du Bassin d'Aurillac)"),
        ("15", "est un département (Cantal). Ses territoires : 241500230 (CA du Bassin d'Aurillac)"),
        ("241500231", "Les plus proches : 241500230 (CA du Bassin d'Aurillac)"),
        ("bassin d'aurillac", "Territoires de ce nom : 241500230"),
        ("?", "Attendu : le SIREN d'un EPCI"),
    ],
)
def test_an_unknown_territory_code_gets_a_remedy(given_code: str, part: str) -> None:
    assert part in GEOGRAPHY.suggest_territory(given_code)


@given(st.text(max_size=400))
def test_any_text_gets_a_short_remedy_without_control_characters(text: str) -> None:
    for lang in ("fr", "en"):
        for remedy in (GEOGRAPHY.suggest(text, lang), GEOGRAPHY.suggest_territory(text, lang)):
            assert 0 < len(remedy) < 400
            assert remedy.isprintable()


@pytest.mark.parametrize(
    ("given_code", "remedy"),
    [
        ("", "The commune code is empty. Expected the INSEE code of the commune"),
        ("99999", "“99999”: no département has the code 99. Expected the INSEE code"),
        ("97500", "“97500” is in an overseas collectivity outside the reference"),
        ("15000", "“15000” is a postal code. Expected the INSEE code: 15014 (Aurillac)"),
        ("1001", "“1001” has lost its leading zero (often in a spreadsheet): 01001"),
        ("15999", "No commune has the code “15999”. The nearest: 15269 (Besse)"),
        ("Aurilac", "“Aurilac” is no commune code. Communes of that name: 15014 (Aurillac)"),
    ],
)
def test_an_unknown_commune_code_gets_a_remedy_in_english_too(given_code: str, remedy: str) -> None:
    assert GEOGRAPHY.suggest(given_code, "en").startswith(remedy)


@pytest.mark.parametrize(
    ("given_code", "remedy"),
    [
        ("15014", "“15014” is the commune Aurillac: its territory is 241500230 (CA du Bassin d'Aurillac)."),
        ("15", "“15” is a département (Cantal). Its territories: 241500230 (CA du Bassin d'Aurillac)"),
        ("241500231", "No territory has the code “241500231”. The nearest: 241500230 (CA du Bassin d'Aurillac)"),
        ("bassin d'aurillac", "“bassin d'aurillac” is no territory code. Territories of that name: 241500230"),
        ("?", "“?” is no territory code. Expected the SIREN of an EPCI"),
    ],
)
def test_an_unknown_territory_code_gets_a_remedy_in_english_too(given_code: str, remedy: str) -> None:
    assert GEOGRAPHY.suggest_territory(given_code, "en").startswith(remedy)


@given(commune_codes, commune_codes, commune_codes)
def test_distance_is_a_metric(first: str, second: str, third: str) -> None:
    a, b, c = (GEOGRAPHY.communes[code] for code in (first, second, third))
    assert distance_km(a, a) == 0
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1e-6
    assert distance_km(a, b) < 20_016


def test_distance_from_paris_to_marseille_is_about_660_km() -> None:
    paris, marseille = GEOGRAPHY.communes["75056"], GEOGRAPHY.communes["13055"]
    assert distance_km(paris, marseille) == pytest.approx(661, abs=3)


@pytest.mark.parametrize(("kind", "features"), [("epci", 1_255), ("departements", 101)])
def test_geojson_has_one_polygon_for_each_unit(kind: Layer, features: int) -> None:
    layer = json.loads(gzip.decompress(geojson(kind)))
    codes = [feature["properties"]["code"] for feature in layer["features"]]
    assert len(codes) == features
    known = GEOGRAPHY.territories if kind == "epci" else GEOGRAPHY.departements
    assert set(codes) <= set(known)


def test_the_version_is_stable_and_read_from_the_content() -> None:
    assert GEOGRAPHY.version == geography().version
    assert len(GEOGRAPHY.version) == 16
    assert int(GEOGRAPHY.version, 16) > 0


def test_the_dominant_zone_is_where_most_people_live() -> None:
    header = b"code,name,epci,departement,region,population,latitude,longitude,zone_emploi\n"
    communes = communes_of(
        header
        + b"01001,A,200000172,01,84,10,46,5,8405\n"
        + b"01002,B,200000172,01,84,30,46,5,8421\n"
        + b"01003,C,200000172,01,84,15,46,5,8405\n"
    )
    epci = b"siren,name,kind,departement,region,population,latitude,longitude,communes,area_km2,departements\n"
    territories = territories_of(epci + b"200000172,X,CC,01,84,55,46,5,3,9.5,01\n", communes)
    assert territories["200000172"].zone_emploi == "8421"


def test_shipped_gzip_files_carry_no_time() -> None:
    assert geojson("epci")[4:8] == geojson("departements")[4:8] == bytes(4)
    assert content("epci.csv.gz").startswith(b"siren,")
