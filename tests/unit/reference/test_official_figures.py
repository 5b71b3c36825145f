"""BMO, tensions, SNE, LOVAC, census series, BPE, APL, data.inclusion and the city programme, in their producers' layouts."""

from pathlib import Path

import msgspec
import pytest

from deploy.reference.checks import read_tables
from deploy.reference.draft import Draft
from deploy.reference.figures import (
    apply_demand,
    apply_gp_access,
    apply_hiring,
    apply_inclusion,
    apply_population_series,
    apply_private_vacancy,
    apply_services,
    apply_tensions,
    follow_figures,
)
from deploy.reference.official import OfficialFileError, decimal, read_official
from deploy.reference.records import apply_social
from deploy.reference.updating import KINDS
from shared.official import FIGURES, Hiring, OfficialFigures, Tension
from shared.official.figures import shrunk
from shared.reference import SHIPPED, Pack, Source, opened
from shared.reference.manifest import ADDED
from shared.reference.packs import MANIFEST


def official(draft: Draft) -> OfficialFigures:
    """What the services read of the draft."""
    return read_tables(draft.tables(), "4.0 v460").official


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> list[dict[str, str]]:
    """Rows of an official file as published, by the reader of `ancrage reference update`."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_official(path).rows


BMO = (
    "annee;Code métier BMO;Nom métier BMO;Famille_met;Lbl_fam_met;REG;NOM_REG;Dept;NomDept;BE24;NOMBE24;met;xmet;smet\n"
    "2024;A0X40;Agriculteurs;Z;Autres;84;ARA;1;Ain;101;CENTRE;100;60;*\n"
    "2024;B1X10;Maçons;Z;Autres;84;ARA;1;Ain;101;CENTRE;40;*;10\n"
    "2024;C1X10;Secret;Z;Autres;84;ARA;1;Ain;101;CENTRE;*;*;*\n"
    "2024;D1X10;Saint-Martin;Z;Autres;01;GUA;978;Îles;104;ILES;6;6;*\n"
)


def test_hiring_keeps_secret_cells_unknown_and_never_zero(draft: Draft, tmp_path: Path) -> None:
    apply_hiring(draft, written(tmp_path, "bmo_2024.csv", BMO))
    assert draft.hiring == [
        Hiring("0101", "01", "A0X40", 100, 60, None),
        Hiring("0101", "01", "B1X10", 40, None, 10),
    ]
    bassin = official(draft).by_bassin["0101"]
    assert (bassin["hiring_projects"], bassin["difficult_projects"]) == (100, 60)
    assert (bassin["seasonal_base"], bassin["seasonal_projects"]) == (40, 10)


def test_a_bassin_with_few_projects_is_drawn_towards_its_departement() -> None:
    assert shrunk(30, 15, 0.9) == (30, 15)
    projects, difficult = shrunk(10, 10, 0.4)
    assert projects == 10
    assert difficult == pytest.approx(10 * (10 + 20 * 0.4) / 30)
    draft_of = [Hiring("0101", "01", "A", 10, 10, None), Hiring("0102", "01", "A", 990, 390, None)]
    read = OfficialFigures.__new__(OfficialFigures)
    read.hiring, read.tensions = tuple(draft_of), ()
    assert read.by_bassin["0101"]["difficult_projects"] == pytest.approx(10 * (10 + 20 * 0.4) / 30)
    assert read.by_bassin["0102"]["difficult_projects"] == 390


def test_more_difficult_projects_than_projects_are_refused(draft: Draft, tmp_path: Path) -> None:
    with pytest.raises(OfficialFileError, match="ligne 2"):
        apply_hiring(draft, written(tmp_path, "bmo.csv", BMO.replace("100;60;*", "100;101;*")))


TENSIONS = (
    "annee;ROME;cbassin;oee;defm_abc;ind_tension_d;ind_int_emb_d;ind_main_oeuvre_d;ind_dur_empl_d;ind_cond_travail_d\n"
    "2021;A1101;101;16,5;28,25;5;5;1;5;4\n"
    "2021;A1102;101;83,5;21,75;3;5;1;1;1\n"
    "2021;F1703;101;;3;4;1;1;1;1\n"
)


def test_tensions_take_bad_conditions_and_precarious_jobs_off(draft: Draft, tmp_path: Path) -> None:
    apply_tensions(draft, written(tmp_path, "tensions_2021.csv", TENSIONS))
    assert draft.tensions[0] == Tension("0101", "A1101", 16.5, 28.25, 5, 5, 4)
    assert [one.opportunity for one in draft.tensions] == [4.0, 3.0]
    bassin = official(draft).by_bassin["0101"]
    assert (bassin["job_seekers"], bassin["year_offers"]) == (50.0, 100.0)
    assert bassin["tension_points"] / bassin["tension_offers"] == pytest.approx((16.5 * 4 + 83.5 * 3) / 100)
    assert any("1 lignes incomplètes" in notice for notice in draft.notices)


def test_a_class_beyond_five_is_refused(draft: Draft, tmp_path: Path) -> None:
    with pytest.raises(OfficialFileError, match="de 1 à 5"):
        apply_tensions(draft, written(tmp_path, "t_2021.csv", TENSIONS.replace("28,25;5;5", "28,25;6;5")))


def test_what_a_bassin_has_goes_to_its_communes_by_their_people(draft: Draft, tmp_path: Path) -> None:
    apply_hiring(draft, written(tmp_path, "bmo_2024.csv", BMO))
    read = official(draft)
    people = {code: one.population for code, one in draft.communes.items() if draft.bassin_of.get(code) == "0101"}
    projected = {code: amounts["hiring_projects"] for code, amounts in read.by_territory.items()}
    known = [amount for amount in projected.values() if amount is not None]
    assert sum(known) == pytest.approx(100)
    own = sum(number for code, number in people.items() if draft.communes[code].epci == "200000001")
    assert projected["200000001"] == pytest.approx(100 * own / sum(people.values()))


def test_demand_by_epci_keeps_the_secret_unknown(draft: Draft, tmp_path: Path) -> None:
    text = "code_epci,epci,nb_demandes,nb_attributions\n200000001,A,900,100\n200000002,B,s,40\n999999999,C,1,1\n"
    apply_demand(draft, written(tmp_path, "sne_2025.csv", text))
    read = official(draft)
    assert (read.of("200000001")["applications"], read.of("200000001")["attributions"]) == (900, 100)
    assert (read.of("200000002")["applications"], read.of("200000002")["attributions"]) == (None, 40)
    assert read.of("200000003")["applications"] is None


LOVAC = (
    "CODGEO_26;LIBGEO_26;pp_vacant_25;pp_vacant_plus_2ans_25;pp_vacant_26;pp_vacant_plus_2ans_26;ff_pp_total_25\n"
    "1001;Aigues;50;20;60;30;600\n01009;Ancienne;5;2;6;4;40\n01002;Brion;s;s;9;s;100\n"
)


def test_private_vacancy_reads_the_newest_year_and_adds_former_communes(draft: Draft, tmp_path: Path) -> None:
    apply_private_vacancy(draft, written(tmp_path, "lovac_2026.csv", LOVAC, "cp1252"))
    assert draft.figures["private_vacant_2_years"] == {"01001": 34.0}
    assert draft.figures["private_dwellings"] == {"01001": 640.0, "01002": 100.0}
    of = official(draft).of(draft.communes["01001"].epci or "")
    # The commune whose vacancy is secret is in neither part of the ratio.
    assert (of["private_vacant_2_years"], of["private_dwellings"]) == (34.0, 640.0)


def test_private_vacancy_reads_the_edition_of_2025_whose_totals_are_named_otherwise(
    draft: Draft, tmp_path: Path
) -> None:
    text = (
        "CODGEO_25;LIBGEO_25;pp_vacant_25;pp_vacant_plus_2ans_25;pp_total_24;pp_vacant_24;pp_vacant_plus_2ans_24;pp_total_23\n"
        "01001;Aigues;60;30;600;50;20;590\n"
    )
    apply_private_vacancy(draft, written(tmp_path, "lovac_2025.csv", text, "cp1252"))
    assert draft.figures["private_vacant_2_years"] == {"01001": 30.0}
    assert draft.figures["private_dwellings"] == {"01001": 600.0}


def test_the_census_series_gives_its_last_two_counts(draft: Draft, tmp_path: Path) -> None:
    text = "CODGEO;P16_POP;P22_POP;D99_POP\n01001;100;110;1\n01002;50;40,5;1\n"
    apply_population_series(draft, written(tmp_path, "series_2022.csv", text))
    assert draft.figures["population_start"] == {"01001": 100.0, "01002": 50.0}
    assert draft.figures["population_end"] == {"01001": 110.0, "01002": 40.5}


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (
            "bpe",
            "AN;DEPCOM;TYPEQU;NB_EQUIP\n2024;01001;D265;3\n2024;01001;B207;1\n2024;01001;E108;1\n2024;01002;C108;0\n",
        ),
        (
            "bpe-melodi",
            "GEO;GEO_OBJECT;FACILITY_TYPE;TIME_PERIOD;OBS_VALUE\n01001;COM;D265;2024;3\n01001;COM;B207;2024;1\n"
            "01001;COM;E108;2024;1\n01;DEP;C108;2024;9\n",
        ),
    ],
)
def test_services_are_a_share_of_the_declared_basket(draft: Draft, tmp_path: Path, layout: str, text: str) -> None:
    apply_services(draft, layout, written(tmp_path, "bpe_2024.csv", text))
    assert draft.figures["basket"] == {"01001": round(2 / 14, 4)}
    assert draft.figures["station"] == {"01001": 1.0}
    assert draft.figures["school"] == {}
    own = draft.communes["01001"]
    of = official(draft).of(own.epci or "")
    assert of["station_inhabitants"] == own.population
    assert of["school_inhabitants"] == 0  # the file lists everything: none is an observed none


def test_without_its_file_a_service_is_unknown(draft: Draft) -> None:
    of = official(draft).of("200000001")
    assert of["basket_inhabitants"] is None
    assert of["station_inhabitants"] is None
    assert of["inclusion_structures"] is None


def test_doctors_and_inclusion_structures_by_commune(draft: Draft, tmp_path: Path) -> None:
    # As the DREES publishes it: titles above the header, the unit below it, spaces after some names.
    text = (
        "Accessibilité potentielle localisée;;;\nMillésime : 2023;;;\n;;;\nSources : …;;;\n"
        "Code commune INSEE;Commune;APL aux médecins généralistes ;APL aux médecins généralistes de 65 ans ou moins \n"
        ";;Nombre de consultations par an par habitant;…\n01001;Aigues;3,4;3,1\n01002;Brion;nd;nd\n"
    )
    apply_gp_access(draft, written(tmp_path, "apl_2023.csv", text))
    assert draft.figures["gp_access"] == {"01001": 3.4}
    text = "source,id,nom,code_insee\ndora,1,A,01001\ndora,1,A,01001\nsoliguide,1,B,01001\ndora,2,C,\n"
    apply_inclusion(draft, written(tmp_path, "structures_2026.csv", text))
    assert draft.figures["inclusion_structures"] == {"01001": 2.0}


RPLS = "DEPCOM_ARM,LIBCOM,nb_loues,nb_vacants,nb_ls,tx_vac3\n01001,Aigues,38,2,40,2.5\n15002,E,7,,8,\n"


def test_the_lasting_vacancy_of_rpls_is_read_where_the_file_has_it(draft: Draft, tmp_path: Path) -> None:
    apply_social(draft, written(tmp_path, "rpls_2025.csv", RPLS))
    of = official(draft).of(draft.communes["01001"].epci or "")
    assert (of["vacant_over_3_months"], of["offered_dwellings"]) == (1.0, 40.0)
    draft.source(Source("rpls-vacancy", "RPLS", "SDES", "2025-01-01", "LO", "test"))
    without = RPLS.replace(",tx_vac3", "").replace(",2.5\n", "\n").replace("8,\n", "8\n")
    apply_social(draft, written(tmp_path, "rpls_2026.csv", without))
    assert "vacant_over_3_months" not in draft.figures  # another year's rate beside this year's stock would mix two
    assert all(one.kind != "rpls-vacancy" for one in draft.sources)


def test_figures_follow_communes_that_merge_and_epci_that_end(draft: Draft) -> None:
    draft.figures = {
        "inclusion_structures": {"01001": 2.0, "01009": 1.0, "97999": 5.0},
        "acv": {"01001": 1.0, "01009": 1.0},
        "applications": {"200000001": 40.0, "299999999": 9.0},
    }
    follow_figures(draft)
    assert draft.figures["inclusion_structures"] == {"01001": 3.0}  # 01009 went into 01001
    assert draft.figures["acv"] == {"01001": 1.0}
    assert draft.figures["applications"] == {"200000001": 40.0}
    assert "2 : 299999999, 97999" in draft.notices[-1]


def test_a_pack_made_before_these_tables_takes_the_shipped_ones_with_their_sources(base: Pack, folder: Path) -> None:
    manifest = base.manifest
    kept = {name: facts for name, facts in manifest.tables.items() if name not in ADDED}
    place = folder / base.version
    (place / MANIFEST).write_bytes(msgspec.structs.replace(manifest, tables=kept).encoded())
    for name in ADDED:
        (place / name).unlink()
    older = opened(base.version, folder)
    shipped = opened(SHIPPED, folder)
    assert all(older.read(name) == shipped.read(name) for name in ADDED)
    assert older.read("geography/communes.csv.gz") == base.read("geography/communes.csv.gz")
    assert {"bmo", "dares-tensions"} <= {source.kind for source in older.manifest.sources}


def test_a_rate_beyond_100_percent_is_refused(draft: Draft, tmp_path: Path) -> None:
    with pytest.raises(OfficialFileError, match="pourcentage"):
        apply_social(draft, written(tmp_path, "rpls_2025.csv", RPLS.replace("2.5", "250")))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12,5", 12.5), ("1 234.0", 1234.0), ("s", None), ("*", None), ("", None), ("nd", None), ("0", 0.0)],
)
def test_decimals_are_read_as_official_files_write_them(cell: str, value: float | None) -> None:
    assert decimal(cell) == value


@pytest.mark.parametrize("cell", ["-1", "1e5", "x", "1,2,3", "nan"])
def test_what_is_no_number_is_an_error_and_no_secret(cell: str) -> None:
    with pytest.raises(ValueError, match="nombre"):
        decimal(cell)


def test_every_figure_comes_from_a_kind_that_can_be_loaded() -> None:
    loaded = {*KINDS, "rpls-vacancy"}
    assert {figure.source for figure in FIGURES.values()} <= loaded
