"""Cursors: opaque, read back as written, and anything else is a problem of the caller."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.paging import cursor_after, decode_cursor, encode_cursor, last_seen, page
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


def test_pages_follow_one_another_to_the_last() -> None:
    names = [f"row_{number}" for number in range(5)]

    def asked(cursor: str | None, limit: int) -> tuple[list[str], str | None]:
        seen = last_seen(cursor)
        found = [name for name in names if seen is None or name > seen][: limit + 1]
        return found[:limit], cursor_after(found, limit, str)

    for limit in (1, 2, 3, 5, 6):
        told, cursor = asked(None, limit)
        while cursor is not None:
            following, cursor = asked(cursor, limit)
            assert following
            told += following
        assert told == names
    assert asked(None, 5)[1] is None  # as many as there are: nothing follows
