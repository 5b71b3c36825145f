"""Cursors: opaque, read back as written, and anything else is a problem of the caller."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.paging import decode_cursor, encode_cursor, page
from shared.web.problems import Problem, ProblemType

VALUES = st.lists(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    min_size=1,
    max_size=4,
)


@given(VALUES)
def test_a_cursor_gives_back_its_values_and_fits_a_url(values: list[Any]) -> None:
    text = encode_cursor(*values)
    assert decode_cursor(text, len(values)) == values
    assert text.replace("-", "").replace("_", "").isalnum()


@given(VALUES)
def test_the_cursor_of_another_list_is_refused(values: list[Any]) -> None:
    with pytest.raises(Problem):
        decode_cursor(encode_cursor(*values), len(values) + 1)


@pytest.mark.parametrize("text", ["", "x", "é", "====", "bnVsbA", encode_cursor({"a": 1}), "W1tbW1tbW1tbW1tbW1tb"])
def test_a_text_that_is_no_cursor_is_a_problem_of_the_caller(text: str) -> None:
    with pytest.raises(Problem) as told:
        decode_cursor(text, 2)
    assert told.value.kind is ProblemType.INVALID_FIELDS
    assert told.value.errors[0]["field"] == "cursor"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_cursor(text: str) -> None:
    with contextlib.suppress(Problem):
        values = decode_cursor(text, 2)
        assert values is not None
        assert len(values) == 2


def test_the_first_page_has_no_cursor() -> None:
    assert decode_cursor(None, 2) is None


def test_a_page_has_items_and_next() -> None:
    assert page([1], None) == {"items": [1], "next": None}
