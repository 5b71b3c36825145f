"""Partial updates as RFC 7396 says, and the content that they are merged into."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.merging import content_of, merged
from services.ingest.core.states import vacancy_state
from services.ingest.schemas import VacancyBody

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [  # the examples of RFC 7396, appendix A
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_patch_does_what_the_rfc_says(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


@given(JSON, JSON)
def test_a_patch_applied_twice_is_applied_once_and_leaves_its_target_alone(target: Any, patch: Any) -> None:
    before = repr(target)
    once = merged(target, patch)
    assert merged(once, patch) == once
    assert repr(target) == before


def test_the_content_of_a_stored_state_is_what_was_published() -> None:
    body = VacancyBody.model_validate(
        {
            "address": "12 rue des Carmes, 15000 Aurillac",
            "typology": "F3",
            "rooms": 3,
            "surface_m2": 62,
            "rent_eur_per_month": 410,
            "available_from": "2026-12-01",
            "reservation": "state",
            "oriented_on": "2026-11-20",
        }
    )
    content = body.content()
    private = {"address": content["address"]}
    public = {name: value for name, value in content.items() if name not in private}
    state = vacancy_state(
        public, identifier="vac_1", owner="org", reference="R", observed_at="2026-11-20T00:00:00.000Z"
    )
    assert content_of(msgspec.to_builtins(state), private) == content
