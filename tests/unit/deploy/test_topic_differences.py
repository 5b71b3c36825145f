"""What `ancrage topics` calls a difference, and what it never changes."""

from dataclasses import replace

from deploy.topics import DifferenceKind, Observed, differences
from shared.topics import CATALOGUE, PLACEMENTS, TERRITORY_SCORES, VACANCIES


def as_declared(partitions: int = 8, replication: int = 1) -> dict[str, Observed]:
    return {
        topic.name: Observed(topic.partitions or partitions, replication, dict(topic.config), frozenset(topic.config))
        for topic in CATALOGUE
    }


def found(
    observed: dict[str, Observed], partitions: int = 8, replication: int = 1
) -> list[tuple[str, str, str | None]]:
    return [
        (one.topic, one.kind.value, one.setting)
        for one in differences(observed, partitions=partitions, replication=replication)
    ]


def test_a_cluster_as_declared_has_no_difference() -> None:
    assert found(as_declared()) == []


def test_an_empty_cluster_misses_every_topic_of_the_catalogue() -> None:
    assert found({}) == [(topic.name, "missing", None) for topic in CATALOGUE]


def test_a_changed_setting_is_named_with_both_values() -> None:
    observed = as_declared()
    broken = observed[VACANCIES]
    observed[VACANCIES] = replace(broken, settings={**broken.settings, "cleanup.policy": "delete"})
    (one,) = differences(observed, partitions=8, replication=1)
    assert (one.kind, one.setting, one.expected, one.found) == (
        DifferenceKind.SETTING,
        "cleanup.policy",
        "compact",
        "delete",
    )
    assert "cleanup.policy = delete, attendu compact" in one.text_fr


def test_a_managed_setting_that_the_entry_does_not_name_goes_back_to_the_default() -> None:
    observed = as_declared()
    scores = observed[TERRITORY_SCORES]
    observed[TERRITORY_SCORES] = replace(
        scores,
        settings={**scores.settings, "retention.ms": "1000"},
        overrides=scores.overrides | {"retention.ms"},
    )
    (one,) = differences(observed, partitions=8, replication=1)
    assert (one.setting, one.expected, one.found) == ("retention.ms", None, "1000")


def test_settings_of_the_operator_are_left_alone() -> None:
    observed = as_declared()
    scores = observed[TERRITORY_SCORES]
    observed[TERRITORY_SCORES] = replace(
        scores,
        settings={**scores.settings, "min.insync.replicas": "2"},
        overrides=scores.overrides | {"min.insync.replicas"},
    )
    assert found(observed) == []


def test_another_number_of_partitions_is_never_mended_and_says_it_is_a_new_generation() -> None:
    for expected in (4, 16):
        wrong = differences(as_declared(8), partitions=expected, replication=1)
        assert {one.kind for one in wrong} == {DifferenceKind.PARTITIONS}
        assert not any(one.kind.mendable for one in wrong)
        assert PLACEMENTS in {one.topic for one in wrong}
        assert all("nouvelle génération" in one.text_fr for one in wrong)


def test_another_replication_is_reported_and_not_mended() -> None:
    wrong = differences(as_declared(), partitions=8, replication=3)
    assert {one.topic for one in wrong} == {topic.name for topic in CATALOGUE}
    assert not any(one.kind.mendable for one in wrong)
