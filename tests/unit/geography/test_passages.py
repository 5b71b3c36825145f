"""Communes through time: every former code ends in a current commune or in a stated choice, and no date is made up."""

from copy import copy
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.geography import PassageKind, Standing, UnknownCommuneError, accepted_commune, geography, translation
from shared.geography.intake import TranslatedCode
from shared.geography.pack import passage_cells, passages_of
from shared.geography.passages import Passage, Passages

GEOGRAPHY = geography()
PASSAGES = GEOGRAPHY.passages
CODES = sorted({p.before for p in PASSAGES.all if p.before} | {code for p in PASSAGES.all for code in p.after})
all_codes = st.sampled_from(CODES)
days = st.dates(date(1943, 1, 1), date(2026, 12, 31))


def test_every_code_since_1943_is_a_current_commune_or_a_stated_choice_or_said_to_be_outside() -> None:
    standings = {code: GEOGRAPHY.commune_on(code) for code in CODES}
    assert {code for code, found in standings.items() if found.standing is Standing.OUTSIDE} == {"97123", "97127"}
    for code, found in standings.items():
        assert found.standing in {Standing.COMMUNE, Standing.FORMER, Standing.SPLIT, Standing.OUTSIDE}, code
        assert all(commune in GEOGRAPHY.communes for commune in found.communes)
        assert (len(found.communes) > 1) == (found.standing is Standing.SPLIT)
        assert (found.standing is Standing.COMMUNE) == (code in GEOGRAPHY.communes)


def test_all_passages_of_this_vintage_are_dated() -> None:
    assert all(passage.effective_on is not None for passage in PASSAGES.all)
    assert len(PASSAGES.all) == 7_118


@given(all_codes)
def test_following_is_idempotent(code: str) -> None:
    for commune in GEOGRAPHY.commune_on(code).communes:
        assert GEOGRAPHY.commune_on(commune).communes == (commune,)
        assert GEOGRAPHY.current_code(commune) == commune


@given(all_codes, days)
def test_what_a_code_means_on_a_day_was_a_commune_on_that_day(code: str, day: date) -> None:
    for commune in GEOGRAPHY.commune_on(code, day).communes:
        assert GEOGRAPHY.commune_on(commune, day).standing is Standing.COMMUNE


@given(all_codes, days, days)
def test_following_in_two_steps_never_names_a_commune_that_one_step_does_not(code: str, one: date, two: date) -> None:
    first, last = sorted((one, two))
    if GEOGRAPHY.commune_on(code, first).standing is not Standing.COMMUNE:
        return
    direct = set(GEOGRAPHY.commune_on(code, written_on=first).communes)
    between = GEOGRAPHY.commune_on(code, last, written_on=first).communes
    steps = {heir for held in between for heir in GEOGRAPHY.commune_on(held, written_on=last).communes}
    assert direct <= steps  # a step forgets where the ground came from: it can only be less sure, never surer


@given(st.text(max_size=12), st.none() | days)
def test_any_text_has_a_standing(text: str, day: date | None) -> None:
    found = GEOGRAPHY.commune_on(text, day)
    assert found.code == text
    assert found.communes or found.commune is None


def test_a_restored_commune_is_itself_today_and_was_part_of_another_between() -> None:
    celles, neussargues = "15031", "15141"
    assert GEOGRAPHY.commune_on(celles).standing is Standing.COMMUNE
    before, between = GEOGRAPHY.commune_on(celles, date(2016, 11, 30)), GEOGRAPHY.commune_on(celles, date(2020, 6, 1))
    assert before.standing is Standing.COMMUNE
    assert (between.standing, between.communes) == (Standing.FORMER, (neussargues,))
    assert (between.kind, between.effective_on) == (PassageKind.DELEGATED, date(2016, 12, 1))


@pytest.mark.parametrize("code", ["14666", "15031", "15035", "15047", "15171", "85165", "85212"])
def test_communes_created_again_stand_for_themselves(code: str) -> None:
    assert GEOGRAPHY.current_code(code) == code
    assert GEOGRAPHY.commune_on(code, date(2018, 1, 1)).standing is Standing.FORMER


def test_a_code_written_while_it_held_its_neighbours_may_mean_each_of_them() -> None:
    assert GEOGRAPHY.commune_on("15141").communes == ("15141",)
    written = GEOGRAPHY.commune_on("15141", written_on=date(2020, 1, 1))
    assert written.standing is Standing.SPLIT
    assert written.communes == ("15031", "15035", "15047", "15141", "15171")
    assert (written.kind, written.effective_on) == (PassageKind.RESTORED, date(2025, 1, 1))
    assert GEOGRAPHY.commune_on("15141", written_on=date(2016, 1, 1)).communes == ("15141",)


def test_a_commune_that_merged_beside_a_restored_one_is_not_given_back_with_it() -> None:
    # Sainte-Florence and L'Oie left Essarts-en-Bocage in 2024; Boulogne (85030), merged with them, stayed.
    assert GEOGRAPHY.commune_on("85030").communes == ("85084",)


def test_a_code_changed_with_its_departement_is_followed() -> None:
    ajaccio = GEOGRAPHY.commune_on("20004")
    assert (ajaccio.commune, ajaccio.kind, ajaccio.effective_on) == ("2A004", PassageKind.RENUMBERED, date(1976, 1, 1))


def test_two_changes_on_one_day_are_one() -> None:
    assert GEOGRAPHY.commune_on("14513").commune == "50592"  # Pont-Farcy: another département, and merged, that day


def test_an_arrondissement_is_part_of_its_city() -> None:
    found = GEOGRAPHY.commune_on("69383")
    assert (found.standing, found.communes) == (Standing.ARRONDISSEMENT, ("69123",))


def test_a_commune_created_later_is_not_there_yet() -> None:
    assert GEOGRAPHY.commune_on("91692", date(1970, 1, 1)).standing is Standing.NOT_YET  # Les Ulis, 1977
    assert GEOGRAPHY.commune_on("91692", date(1980, 1, 1)).standing is Standing.COMMUNE


def test_a_shared_commune_has_a_territory_as_long_as_its_heirs_agree() -> None:
    assert GEOGRAPHY.current_code("78122") is None
    assert GEOGRAPHY.commune_on("78122").communes == ("91122", "91692")
    assert GEOGRAPHY.territory_of("78122") == GEOGRAPHY.territory_of("91692")


def test_heirs_in_two_territories_have_none_in_common() -> None:
    cut = Passage(date(2030, 1, 1), PassageKind.SPLIT, "15014", ("15014", "75056"))
    gone = Passage(date(2031, 1, 1), PassageKind.SPLIT, "15999", ("15014", "75056"))
    places = copy(GEOGRAPHY)
    places.passages = Passages([cut, gone], GEOGRAPHY.communes)
    with pytest.raises(UnknownCommuneError):
        places.territory_of("15999")
    with pytest.raises(UnknownCommuneError):
        places.zone_of("15999")


def test_a_former_code_is_recorded_under_the_current_one_and_told() -> None:
    code = accepted_commune(GEOGRAPHY, "69152")
    assert code == "69149"
    assert isinstance(code, TranslatedCode)
    told = translation(GEOGRAPHY, code, "fr")
    assert told is not None
    assert (told.given, told.used) == ("69152", "69149")
    assert told.message == (
        "« 69152 » (Pierre-Bénite) est un ancien code de commune (commune déléguée d'une commune nouvelle, au 01/01/2024) : "
        "enregistré sous 69149 (Oullins-Pierre-Bénite)."
    )
    english = translation(GEOGRAPHY, code, "en")
    assert english is not None
    assert "former commune code" in english.message


@pytest.mark.parametrize("code", ["15014", "75118"])
def test_a_current_code_and_an_arrondissement_are_recorded_as_given_without_a_notice(code: str) -> None:
    assert type(accepted_commune(GEOGRAPHY, code)) is str
    assert accepted_commune(GEOGRAPHY, code) == code
    assert translation(GEOGRAPHY, code, "fr") is None


@pytest.mark.parametrize(("code", "says"), [("51385", "partagée"), ("97123", "a quitté"), ("99999", "département")])
def test_a_code_that_means_no_single_commune_is_refused_with_what_to_give(code: str, says: str) -> None:
    with pytest.raises(UnknownCommuneError, match=says):
        accepted_commune(GEOGRAPHY, code)


def test_an_unknown_date_stays_unknown() -> None:
    passages = Passages([Passage(None, PassageKind.MERGED, "01001", ("01002",))], {"01002": None})
    found = passages.on("01001")
    assert (found.commune, found.kind, found.effective_on) == ("01002", PassageKind.MERGED, None)


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[Passage], dict[str, None]]:
    """A made country of some communes that merge, are cut up and come back, and what is left of it."""
    living = {f"0100{number}" for number in range(1, 7)}
    inside: dict[str, str] = {}
    passages: list[Passage] = []
    day = date(1950, 1, 1)
    for step in range(draw(st.integers(0, 12))):
        day += timedelta(days=draw(st.integers(1, 900)))
        move = draw(st.sampled_from(["merge", "restore", "split"]))
        if move == "merge" and len(living) > 1:
            gone, into = draw(st.permutations(sorted(living)))[:2]
            passages += [
                Passage(day, PassageKind.MERGED, gone, (into,)),
                Passage(day, PassageKind.MERGED, into, (into,)),
            ]
            living.remove(gone)
            inside[gone] = into
        elif move == "restore" and (back := [one for one, into in sorted(inside.items()) if into in living]):
            again = draw(st.sampled_from(back))
            holder = inside.pop(again)
            passages.append(Passage(day, PassageKind.RESTORED, holder, tuple(sorted((holder, again)))))
            living.add(again)
        elif move == "split":
            cut, new = draw(st.sampled_from(sorted(living))), f"02{step:03}"
            passages.append(Passage(day, PassageKind.SPLIT, cut, tuple(sorted((cut, new)))))
            living.add(new)
    return passages, dict.fromkeys(sorted(living))


@given(_histories(), days, days)
def test_in_any_history_every_code_ends_in_living_communes(
    history: tuple[list[Passage], dict[str, None]], day: date, written: date
) -> None:
    passages, living = history
    followed = Passages(passages, living)
    for code in {p.before for p in passages} | {code for p in passages for code in p.after} | set(living):
        for meant in (followed.on(code), followed.on(code, written_on=written)):
            assert meant.communes
            assert set(meant.communes) <= set(living)
        for held in followed.on(code, day).communes:
            assert followed.on(held, day).standing is Standing.COMMUNE


def test_passages_are_written_and_read_alike() -> None:
    rows = "\n".join(",".join(passage_cells(passage)) for passage in PASSAGES.all)
    assert tuple(passages_of(f"header\n{rows}".encode())) == PASSAGES.all
