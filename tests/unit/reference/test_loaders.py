"""EPCI, zones, bassins, postal codes, RPLS and ROME on a small country, with every trap of their files."""

from datetime import date

import pytest

from deploy.reference.draft import Draft
from deploy.reference.official import OfficialFileError
from deploy.reference.records import apply_postal_codes, apply_rome, apply_social
from deploy.reference.territories import apply_bassins, apply_epci, apply_zones
from shared.geography import Passage, PassageKind
from shared.geography.social import SocialRow

Rows = list[dict[str, str]]


def dgcl(*rows: tuple[str, str, str, str]) -> Rows:
    return [{"siren": s, "raison_sociale": n, "nature_juridique": k, "insee": c} for s, n, k, c in rows]


def test_a_commune_that_changes_epci_moves_and_areas_of_changed_epci_are_unknown(draft: Draft) -> None:
    rows = dgcl(
        ("200000001", "CC Aigues", "CC", "1001"),
        ("200000001", "CC Aigues", "CC", "01009"),
        ("200000002", "CA Culoz", "CA", "01003"),
        ("200000002", "CA Culoz", "CA", "01002"),
        ("200000002", "CA Culoz", "CA", "15001"),
        ("200000003", "CC Ennezat", "CC", "15002"),
        ("200000999", "Ailleurs", "CC", "97501"),
    )
    apply_epci(draft, "epci-dgcl", rows)
    assert {code: one.epci for code, one in draft.communes.items()} == {
        "01001": "200000001",
        "01002": "200000002",
        "01003": "200000002",
        "15001": "200000002",
        "15002": "200000003",
        "15003": None,
    }
    assert {siren: one.area_km2 for siren, one in draft.epci.items()} == {
        "200000001": "",
        "200000002": "",
        "200000003": "8.0",
    }
    assert draft.notices == ["1 communes sans EPCI, chacune son propre territoire : 15003"]


def test_a_former_code_in_a_composition_is_followed_and_told(draft: Draft) -> None:
    rows = dgcl(*((one.epci or "", "CC Aigues", "CC", one.code) for one in draft.communes.values() if one.epci))
    rows = [row for row in rows if row["insee"] != "01001"] + dgcl(("200000001", "CC Aigues", "CC", "01009"))
    apply_epci(draft, "epci-dgcl", rows)
    assert draft.communes["01001"].epci == "200000001"
    assert draft.notices[0] == "EPCI : 1 anciens codes suivis : 01009"


def test_insee_writes_communes_without_epci_in_its_own_way(draft: Draft) -> None:
    rows = [
        {"codgeo": code, "epci": one.epci or "ZZZZZZZZZ", "libepci": "Métropole Neuve" if one.epci else "Sans objet"}
        for code, one in draft.communes.items()
    ]
    rows[4]["epci"] = "200000777"
    apply_epci(draft, "epci-insee", rows)
    assert draft.communes["15003"].epci is None
    assert (draft.epci["200000777"].kind, draft.epci["200000001"].kind) == ("METRO", "CC")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("200000001", "CC Aigues", "CC", "01888"), "communes inconnues : 01888"),
        (("200000001", "SIVOM", "SIVOM", "01001"), "nature juridique inconnue « SIVOM »"),
    ],
)
def test_a_composition_that_cannot_be_is_refused(draft: Draft, row: tuple[str, str, str, str], says: str) -> None:
    with pytest.raises(OfficialFileError, match=says):
        apply_epci(draft, "epci-dgcl", dgcl(row))


def zones(values: dict[str, str]) -> Rows:
    return [{"codgeo": code, "ze2020": zone, "libze2020": f"Z{zone}"} for code, zone in values.items()]


ALL = {"01001": "51", "01002": "51", "01003": "52", "15001": "52", "15002": "8401", "15003": "51"}


def test_zones_get_their_zeros_back_and_new_ones_appear(draft: Draft) -> None:
    apply_zones(draft, "zones-insee", zones(ALL))
    assert draft.communes["01001"].zone_emploi == "0051"
    assert draft.zones == {"0051": "Z51", "0052": "Z52", "8401": "Z8401"}


def test_an_older_table_gives_a_merged_commune_the_zone_of_its_former_codes_where_they_agree(draft: Draft) -> None:
    values = {**ALL, "01009": "52"}
    del values["01001"]
    apply_zones(draft, "zones-insee", zones(values))
    assert draft.communes["01001"].zone_emploi == "0052"
    draft.passages.append(Passage(date(2016, 1, 1), PassageKind.MERGED, "01010", ("01001",)))
    with pytest.raises(OfficialFileError, match="1 communes sans zone : 01001"):
        apply_zones(draft, "zones-insee", zones({**values, "01010": "51"}))


def test_a_restored_commune_has_the_zone_of_the_one_that_it_was_cut_out_of(draft: Draft) -> None:
    draft.passages.append(Passage(date(2020, 1, 1), PassageKind.RESTORED, "15001", ("15001", "15003")))
    values = {**ALL}
    del values["15003"]
    apply_zones(draft, "zones-insee", zones(values))
    assert draft.communes["15003"].zone_emploi == "0052"


def test_a_commune_without_a_zone_is_refused(draft: Draft) -> None:
    with pytest.raises(OfficialFileError, match="1 communes sans zone : 15003"):
        apply_zones(draft, "zones-insee", zones({code: zone for code, zone in ALL.items() if code != "15003"}))


def test_bassins_get_their_zeros_back_and_their_most_frequent_name(draft: Draft) -> None:
    rows = [
        {"codgeo": code.lstrip("0"), "codbe": "102", "libbe": name}
        for code, name in [("01001", "NORD"), ("01002", "NORD"), ("01003", "T+L23ARENTAISE"), ("15001", "NORD")]
    ]
    apply_bassins(draft, [*rows, {"codgeo": "15002", "codbe": "", "libbe": ""}])
    assert draft.bassin_of == {"01001": "0102", "01002": "0102", "01003": "0102", "15001": "0102"}
    assert draft.bassins == {"0102": "NORD"}
    assert draft.notices == ["2 communes sans bassin d'emploi : 15002, 15003"]


def test_postal_codes_follow_former_codes_and_leave_out_what_is_outside(draft: Draft) -> None:
    pairs = [("1001", "1000"), ("01009", "01000"), ("01002", "01000"), ("98818", "98800"), ("01999", "01999")]
    apply_postal_codes(draft, [{"code_commune_insee": code, "code_postal": postal} for code, postal in pairs])
    assert draft.postal == {"01000": ("01001", "01002")}
    assert draft.notices == ["codes postaux : 1 communes inconnues : 01999"]


def test_a_postal_code_that_is_none_is_refused_with_its_line(draft: Draft) -> None:
    with pytest.raises(OfficialFileError, match="ligne 2 : « ABCDE »"):
        apply_postal_codes(draft, [{"code_commune_insee": "01001", "code_postal": "ABCDE"}])


def rpls(*rows: tuple[str, str, str]) -> Rows:
    return [{"depcom_arm": code, "nb_ls": dwellings, "nb_vacants": vacant} for code, dwellings, vacant in rows]


def test_a_secret_vacancy_stays_unknown_and_a_former_code_leads_to_its_commune(draft: Draft) -> None:
    apply_social(
        draft, rpls(("1001", "45", "3"), ("01009", "8", "s"), ("15002", "1\u202f204", "*"), ("99999", "1", "0"))
    )
    assert draft.social == [
        SocialRow("01001", 45, 3),
        SocialRow("01001", 8, None),
        SocialRow("15002", 1204, None),
    ]
    assert draft.notices == ["RPLS : 1 communes sans équivalent : 99999"]


@pytest.mark.parametrize(
    ("row", "says"),
    [(("01001", "x", "1"), "ligne 2"), (("01001", "3", "4"), "4 vacants pour 3 logements")],
)
def test_unreadable_or_impossible_dwellings_are_refused(draft: Draft, row: tuple[str, str, str], says: str) -> None:
    with pytest.raises(OfficialFileError, match=says):
        apply_social(draft, rpls(row))


def rome(*rows: tuple[str, str, str]) -> Rows:
    return [{"code_rome": code, "libelle_rome": title, "code_rome_parent": parent} for code, title, parent in rows]


def test_a_code_that_comes_and_one_that_goes_carry_the_version(draft: Draft) -> None:
    apply_rome(draft, rome(("A1101", "Conducteur", "A1101"), ("A1103", "Élagueur", "A1101")), "4.0 v470")
    periods = {code: (row["valid_from"], row["valid_until"]) for code, row in draft.rome_v4.items()}
    assert periods == {"A1101": ("", ""), "A1102": ("", "4.0 v470"), "A1103": ("4.0 v470", "")}
    again = rome(("A1101", "Conducteur", "A1101"), ("A1102", "Débardeur", "A1101"), ("A1103", "Élagueur", "A1101"))
    apply_rome(draft, again, "4.0 v480")
    assert draft.rome_v4["A1102"]["valid_from"] == "4.0 v480"
    assert draft.rome_v4["A1102"]["valid_until"] == ""
    assert draft.rome_v4["A1103"]["valid_from"] == "4.0 v470"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (rome(("A110", "X", "A1101")), "n'est pas un code ROME"),
        (rome(("A1101", "X", "A1101"), ("A1101", "Y", "A1101")), "deux fois"),
        (rome(("A1101", "", "A1101")), "pas de libellé"),
        (rome(("A1102", "X", "B9999")), "n'est pas dans le ROME v3"),
    ],
)
def test_a_rome_file_that_cannot_be_is_refused(draft: Draft, rows: Rows, says: str) -> None:
    with pytest.raises(OfficialFileError, match=says):
        apply_rome(draft, rows, "4.0 v470")
