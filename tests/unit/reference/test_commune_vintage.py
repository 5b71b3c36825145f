"""A new code officiel géographique on a small country: mergers, restorations, new codes, and what is not invented."""

from datetime import date

import pytest

from deploy.reference.communes import apply_communes, apply_populations
from deploy.reference.draft import Draft
from deploy.reference.official import OfficialFileError
from shared.geography import PassageKind

Rows = list[dict[str, str]]


def cog(draft: Draft, *, without: tuple[str, ...] = (), plus: tuple[tuple[str, str], ...] = ()) -> Rows:
    names = {code: one.name for code, one in draft.communes.items() if code not in without} | dict(plus)
    rows = [
        {"typecom": "COM", "com": code, "reg": "84", "dep": code[:2], "libelle": name, "comparent": ""}
        for code, name in names.items()
    ]
    return [*rows, {**rows[0], "typecom": "COMD", "com": "01009", "comparent": "01001"}, {**rows[0], "com": "97501"}]


def move(mod: str, before: str, after: str, day: str = "2027-01-01", to: str = "COM") -> dict[str, str]:
    return {
        "mod": mod,
        "date_eff": day,
        "typecom_av": "COM",
        "com_av": before,
        "typecom_ap": to,
        "com_ap": after,
    }


OLD = [move("32", "01009", "01001", "2015-01-01"), move("32", "01009", "01009", "2015-01-01", "COMD"),
       move("32", "01001", "01001", "2015-01-01")]  # fmt: skip


def test_the_same_vintage_changes_nothing(draft: Draft) -> None:
    before = draft.tables()
    apply_communes(draft, cog(draft), OLD, [], [])
    assert draft.tables() == before
    assert draft.notices == []


def test_a_merged_commune_gives_its_people_its_postal_codes_and_its_seat(draft: Draft) -> None:
    draft.departements["15"] = draft.departements["15"]._replace(chef_lieu="15001")
    merger = [move("32", "15001", "15002"), move("32", "15001", "15001", to="COMD"), move("32", "15002", "15002")]
    draft.postal["15300"] = ("15001",)
    apply_communes(draft, cog(draft, without=("15001",)), OLD + merger, [], [])
    assert draft.communes["15002"].population == 900
    assert draft.communes["15002"].epci == "200000003"
    assert draft.postal["15300"] == ("15002",)
    assert draft.departements["15"].chef_lieu == "15002"
    assert "15001" not in draft.bassin_of
    (passage,) = [one for one in draft.passages if one.before == "15001"]
    assert (passage.effective_on, passage.kind) == (date(2027, 1, 1), PassageKind.DELEGATED)


def test_a_commune_of_two_under_a_new_code_takes_after_the_larger_one_and_says_so(draft: Draft) -> None:
    merger = [move("31", "01002", "01500"), move("31", "01003", "01500")]
    apply_communes(draft, cog(draft, without=("01002", "01003"), plus=(("01500", "Neuve"),)), OLD + merger, [], [])
    made = draft.communes["01500"]
    assert (made.name, made.population, made.epci, made.zone_emploi) == ("Neuve", 800, "200000002", "0052")
    assert 45.0003 <= made.latitude <= 45.0005
    assert any("01500" in notice and "01003" in notice for notice in draft.notices)


def test_a_restored_commune_needs_a_population_of_its_own(draft: Draft) -> None:
    restored = [move("21", "01001", "01009"), move("21", "01001", "01001")]
    rows = cog(draft, plus=(("01009", "Retour"),))
    with pytest.raises(OfficialFileError, match=r"population inconnue pour 01001, 01009.*donnees_communes"):
        apply_communes(draft, rows, OLD + restored, [], [])
    people = [{"com": "1001", "pmun": "880"}, {"com": "01009", "pmun": "1 20".replace(" ", "")}]
    apply_communes(draft, rows, OLD + restored, people, [])
    assert (draft.communes["01001"].population, draft.communes["01009"].population) == (880, 120)
    assert draft.communes["01009"].epci == "200000001"
    assert draft.bassin_of["01009"] == "0101"
    assert draft.postal["01000"] == ("01001", "01002", "01009")
    assert any("point de Aigues" in notice for notice in draft.notices)


def test_a_point_of_its_own_is_taken_where_the_file_gives_one(draft: Draft) -> None:
    restored = [move("21", "01001", "01009"), move("21", "01001", "01001")]
    people = [{"com": "01001", "pmun": "880"}, {"com": "01009", "pmun": "120"}]
    points = [{"code_officiel_commune": "1009", "latitude": "46.12346", "longitude": "5.5"}]
    apply_communes(draft, cog(draft, plus=(("01009", "Retour"),)), OLD + restored, people, points)
    assert (draft.communes["01009"].latitude, draft.communes["01009"].longitude) == (46.1235, 5.5)
    assert draft.notices == []


def test_a_commune_from_nowhere_is_refused(draft: Draft) -> None:
    with pytest.raises(OfficialFileError, match="sans origine connue : 01777"):
        apply_communes(draft, cog(draft, plus=(("01777", "Ici"),)), OLD, [], [])


@pytest.mark.parametrize(
    ("people", "points", "says"),
    [
        ([{"com": "01001", "pmun": "beaucoup"}], [], "population de 01001"),
        ([], [{"code_officiel_commune": "01001", "latitude": "?", "longitude": "3"}], "point de 01001"),
    ],
)
def test_unreadable_figures_are_refused(draft: Draft, people: Rows, points: Rows, says: str) -> None:
    with pytest.raises(OfficialFileError, match=says):
        apply_communes(draft, cog(draft), OLD, people, points)


def test_a_movement_with_a_bad_date_is_refused(draft: Draft) -> None:
    with pytest.raises(OfficialFileError, match="mouvements des communes"):
        apply_communes(draft, cog(draft), [move("31", "01002", "01001", "1/1/2027")], [], [])


def test_populations_alone_renew_those_that_are_named(draft: Draft) -> None:
    apply_populations(draft, [{"com": "1001", "pmun": "1100"}, {"com": "15003", "pmun": ""}])
    assert draft.communes["01001"].population == 1100
    assert draft.communes["15003"].population == 50
    assert draft.notices[0].startswith("5 communes gardent leur population")
