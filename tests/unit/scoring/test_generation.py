"""Generations name everything that a counter depends on."""

from typing import Any

import pytest

from services.scoring.core.generation import Generation, GenerationRefused, digest_of

RULES: dict[str, Any] = {
    "geography_version": "g1",
    "zoning": "epci",
    "counters_version": 1,
    "format_version": 1,
    "buckets": 32,
    "partitions": {"offers": 8, "vacancies": 8},
    "topic_ids": {"offers": "a", "vacancies": "b"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"geography_version": "g2"},
        {"zoning": "ze"},
        {"counters_version": 2},
        {"format_version": 2},
        {"buckets": 64},
        {"partitions": {"offers": 8, "vacancies": 16}},
        {"topic_ids": {"offers": "a", "vacancies": "recreated"}},
    ],
)
def test_any_change_of_the_rules_or_of_the_topics_is_another_generation(change: dict[str, Any]) -> None:
    assert digest_of(**{**RULES, **change}) != digest_of(**RULES)


def test_the_order_in_which_topics_are_named_changes_nothing() -> None:
    reordered = {"topic_ids": {"vacancies": "b", "offers": "a"}}
    assert digest_of(**{**RULES, **reordered}) == digest_of(**RULES)


def test_the_later_epoch_replaces_the_earlier_one() -> None:
    early, late = Generation("x", "01A"), Generation("y", "01B")
    assert late.replaces(early)
    assert not early.replaces(late)
    assert not early.replaces(early)
    assert Generation.parse(str(late)) == late


@pytest.mark.parametrize("text", ["", "digest", "-epoch", "digest-"])
def test_a_text_that_is_no_generation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="generation"):
        Generation.parse(text)


def test_a_refusal_says_the_remedy() -> None:
    assert "ancrage scoring rebuild" in str(GenerationRefused(Generation("x", "01A"), "y"))
