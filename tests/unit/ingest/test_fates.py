"""Fates of lines: stored as they were, counted to the last line, and known by the chunk's set."""

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.core.fates import Fate, LineFate, held, pack, shown, unpack

errors = st.lists(st.fixed_dictionaries({"field": st.text(max_size=9), "message": st.text(max_size=9)}), max_size=2)
fates = st.builds(
    LineFate,
    line=st.none() | st.integers(1, 2**40),
    fate=st.sampled_from(Fate),
    reference=st.none() | st.text(max_size=9),
    id=st.none() | st.text(max_size=9),
    version=st.none() | st.integers(0, 2**31),
    errors=st.none() | errors,
    notices=st.none() | errors,
)


@given(st.lists(fates, max_size=20))
def test_fates_are_read_as_they_were_stored(made: list[LineFate]) -> None:
    assert unpack(pack(made)) == made


@given(st.lists(fates, max_size=20), st.sampled_from(Fate))
def test_the_set_of_a_chunk_holds_a_fate_exactly_if_a_line_has_it(made: list[LineFate], fate: Fate) -> None:
    assert bool(held(made) & fate.bit) == any(one.fate is fate for one in made)


def test_stored_fates_keep_their_place() -> None:
    assert [fate.bit for fate in Fate] == [1, 2, 4, 8, 16, 32, 64]


def test_a_fate_shows_errors_only_where_there_are_any() -> None:
    assert "errors" not in shown(LineFate(1, Fate.CREATED, "A", "vac_1", 1))
    assert shown(LineFate(2, Fate.REJECTED, errors=[{"field": "rent"}]))["errors"] == [{"field": "rent"}]
