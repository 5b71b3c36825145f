"""Codes of communes and occupations in bodies: the current one is kept, an unknown one is told with what may be meant."""

from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from shared.web.reference_codes import known_commune, known_occupation


@pytest.mark.parametrize(
    ("given", "kept"),
    [("15014", "15014"), ("75101", "75101"), ("69152", "69149")],  # Aurillac; an arrondissement; merged in 2024
)
def test_a_commune_is_kept_under_its_current_code(given: str, kept: str) -> None:
    assert known_commune(given) == kept


@pytest.mark.parametrize(
    ("accept", "code", "kind", "meant"),
    [
        (known_commune, "15000", "unknown_commune", "15014"),
        (known_commune, "99999", "unknown_commune", "15014"),
        (known_occupation, "F1799", "unknown_rome", "F1711"),
    ],
)
def test_an_unknown_code_is_refused_with_a_remedy_in_both_languages(
    accept: Callable[[str], str], code: str, kind: str, meant: str
) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        accept(code)
    facts = refused.value.context or {}
    assert (refused.value.type, facts["code"]) == (kind, code)
    assert meant in facts["remedy"]
    assert facts["remedy_en"] != facts["remedy"]


def test_a_known_occupation_is_kept() -> None:
    assert known_occupation("F1703") == "F1703"
