"""Identifiers: a prefix and a ULID."""

from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from shared.ids import is_id, new_id, new_ids

PREFIXES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=5)


@given(PREFIXES)
def test_a_new_identifier_is_one_of_its_prefix(prefix: str) -> None:
    assert is_id(new_id(prefix), prefix)


@given(PREFIXES, PREFIXES)
def test_an_identifier_of_one_kind_is_none_of_another(one: str, other: str) -> None:
    assert is_id(new_id(one), other) is (one == other)


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert not is_id(text, "vac") or text.startswith("vac_")
    assert not is_id(f"vac_{text[:25]}", "vac")


def test_what_only_begins_like_an_identifier_is_a_reference_of_the_caller() -> None:
    assert not is_id("vac_LOT-12", "vac")
    assert not is_id("vac_" + "U" * 26, "vac")  # U is no letter of a ULID


def test_identifiers_do_not_repeat() -> None:
    assert len({new_id("evt") for _ in range(2000)}) == 2000


def test_identifiers_of_later_milliseconds_sort_later() -> None:
    moments = [new_id("evt")[: len("evt_") + 10] for _ in range(2000)]
    assert moments == sorted(moments)


def test_many_identifiers_at_once_are_all_different_and_of_now() -> None:
    made = new_ids("vac", 2_000)
    assert len(set(made)) == 2_000
    assert all(is_id(one, "vac") for one in made)
    before, after = ULID(), new_ids("vac", 1)[0]
    assert str(before)[:10] <= after[4:14] <= str(ULID())[:10]
    assert new_ids("vac", 0) == []
