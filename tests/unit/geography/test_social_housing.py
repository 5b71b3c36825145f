"""The social housing stock by territory: sums, secrets and coverage."""

import pytest

from shared.geography import geography
from shared.geography.social import SocialHousing, SocialRow, social_housing

PLACES = geography()
SOCIAL = social_housing()
AURILLAC = PLACES.territories["241500230"]


def housing(*rows: SocialRow) -> SocialHousing:
    return SocialHousing(rows, PLACES, version="test")


def test_the_national_totals_are_those_of_the_source() -> None:
    assert len(SOCIAL.rows) == 16_859
    assert sum(row.vacant for row in SOCIAL.rows if row.vacant is not None) == 113_113
    assert sum(row.social_dwellings for row in SOCIAL.rows if row.social_dwellings is not None) == 5_366_986
    assert sum(row.vacant is None for row in SOCIAL.rows) == 5_451


def test_territories_add_up_to_the_nation() -> None:
    contexts = SOCIAL.by_territory.values()
    assert set(SOCIAL.by_territory) == set(PLACES.territories)
    assert sum(context.vacant for context in contexts if context.vacant is not None) == 113_113
    assert sum(c.social_dwellings for c in contexts if c.social_dwellings is not None) == 5_366_986


def test_coverages_are_shares() -> None:
    for context in SOCIAL.by_territory.values():
        assert 0 <= context.social_coverage <= 1
        assert (context.social_dwellings is None) == (context.social_coverage == 0)
        assert context.vacant_coverage is None or 0 <= context.vacant_coverage <= 1


def test_a_territory_without_figures_is_unknown_not_zero() -> None:
    context = housing().of(AURILLAC.code)
    assert (context.social_dwellings, context.vacant, context.vacant_coverage) == (None, None, None)
    assert context.social_coverage == 0
    assert context.population == AURILLAC.population


def test_a_secret_vacancy_is_unknown_and_lowers_the_coverage_only() -> None:
    known, secret = SocialRow("15014", 2_000, 90), SocialRow("15016", 10, None)
    context = housing(known, secret).of(AURILLAC.code)
    assert (context.social_dwellings, context.vacant) == (2_010, 90)
    assert context.vacant_coverage == pytest.approx(2_000 / 2_010)
    assert housing(secret).of(AURILLAC.code).vacant is None


def test_a_published_zero_stays_zero() -> None:
    assert housing(SocialRow("15014", 40, 0)).of(AURILLAC.code).vacant == 0


def test_arrondissements_count_for_their_city_and_its_people_once() -> None:
    paris = PLACES.territory_of("75056")
    context = housing(SocialRow("75118", 100, 4), SocialRow("75119", 50, 3)).of(paris)
    assert (context.social_dwellings, context.vacant) == (150, 7)
    assert context.social_coverage == pytest.approx(
        PLACES.communes["75056"].population / PLACES.territories[paris].population
    )


def test_two_rows_of_a_merged_commune_are_both_counted() -> None:
    context = housing(SocialRow("15014", 100, 4), SocialRow("15014", 20, 1)).of(AURILLAC.code)
    assert (context.social_dwellings, context.vacant) == (120, 5)
    assert context.social_coverage == pytest.approx(PLACES.communes["15014"].population / AURILLAC.population)


def test_a_code_that_is_no_territory_has_no_context() -> None:
    with pytest.raises(KeyError):
        SOCIAL.of("15014")


def test_the_version_belongs_to_the_content() -> None:
    assert len(SOCIAL.version) == 16
    assert social_housing().version == SOCIAL.version
