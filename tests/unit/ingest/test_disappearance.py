"""The guard against mass disappearance: a truncated list withdraws nothing by itself."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.ingest.core.disappearance import Cause, Guard, Verdict, assess

GUARD = Guard(max_percent=20, minimum=10)
guards = st.builds(Guard, max_percent=st.integers(0, 100), minimum=st.integers(0, 1000))


@pytest.mark.parametrize(
    ("known", "absent", "unreadable", "verdict", "cause"),
    [
        (0, 0, 0, Verdict.PROCEED, Cause.NOTHING_ABSENT),
        (100, 0, 3, Verdict.PROCEED, Cause.NOTHING_ABSENT),
        (100, 1, 1, Verdict.BLOCKED, Cause.UNREADABLE_REFERENCES),
        (100, 100, 1, Verdict.BLOCKED, Cause.UNREADABLE_REFERENCES),
        (1, 1, 0, Verdict.QUARANTINE, Cause.EVERYTHING_ABSENT),
        (12, 10, 0, Verdict.PROCEED, Cause.WITHIN_LIMITS),
        (12, 11, 0, Verdict.QUARANTINE, Cause.TOO_MANY_ABSENT),
        (100, 20, 0, Verdict.PROCEED, Cause.WITHIN_LIMITS),
        (100, 21, 0, Verdict.QUARANTINE, Cause.TOO_MANY_ABSENT),
    ],
)
def test_the_verdict_at_each_limit(known: int, absent: int, unreadable: int, verdict: Verdict, cause: Cause) -> None:
    found = assess(GUARD, known=known, absent=absent, unreadable=unreadable)
    assert (found.verdict, found.cause) == (verdict, cause)


@pytest.mark.parametrize("percent", range(101))
def test_the_share_itself_is_still_believed(percent: int) -> None:
    guard = Guard(percent, 0)
    at = assess(guard, known=1000, absent=min(999, 10 * percent))
    assert at.verdict is Verdict.PROCEED
    if percent < 99:
        assert assess(guard, known=1000, absent=10 * percent + 1).verdict is Verdict.QUARANTINE


@given(guards, st.integers(1, 10_000), st.data())
def test_more_absences_are_never_believed_where_fewer_were_not(guard: Guard, known: int, data: st.DataObject) -> None:
    fewer = data.draw(st.integers(1, known))
    more = data.draw(st.integers(fewer, known))
    if assess(guard, known=known, absent=fewer).verdict is Verdict.QUARANTINE:
        assert assess(guard, known=known, absent=more).verdict is Verdict.QUARANTINE


@given(guards, st.integers(1, 10_000), st.integers(0, 100))
def test_an_empty_list_never_withdraws_by_itself(guard: Guard, known: int, unreadable: int) -> None:
    assert assess(guard, known=known, absent=known, unreadable=unreadable).verdict is not Verdict.PROCEED


@given(guards, st.integers(1, 10_000), st.data(), st.integers(1, 100))
def test_a_line_without_a_readable_reference_stops_every_withdrawal(
    guard: Guard, known: int, data: st.DataObject, unreadable: int
) -> None:
    absent = data.draw(st.integers(1, known))
    assert assess(guard, known=known, absent=absent, unreadable=unreadable).verdict is Verdict.BLOCKED


@given(guards, st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 3), st.sampled_from(["fr", "en"]))
def test_the_words_carry_the_figures_of_the_verdict(
    guard: Guard, known: int, absent: int, unreadable: int, lang: str
) -> None:
    assume(absent <= known)
    found = assess(guard, known=known, absent=absent, unreadable=unreadable)
    words = found.words(lang)
    assert "{" not in words
    if found.cause in {Cause.TOO_MANY_ABSENT, Cause.WITHIN_LIMITS}:
        assert str(absent) in words
        assert str(known) in words


def test_shares_are_written_as_each_language_writes_numbers() -> None:
    found = assess(GUARD, known=300, absent=100)
    assert found.percent == 33.3
    assert "33,3 %" in found.words("fr")
    assert "33.3 %" in found.words("en")
    assert assess(GUARD, known=0, absent=0).percent is None


def test_counts_that_cannot_be_are_refused() -> None:
    for known, absent, unreadable in ((1, 2, 0), (1, -1, 0), (1, 1, -1)):
        with pytest.raises(ValueError, match="absent"):
            assess(GUARD, known=known, absent=absent, unreadable=unreadable)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(("known", "absent"), [(60, 60), (120, 60)])
def test_a_list_that_a_person_has_decided_about_no_longer_says_that_it_waits(
    lang: str, known: int, absent: int
) -> None:
    found = assess(GUARD, known=known, absent=absent)
    waits = "En attente" if lang == "fr" else "Waiting"
    assert waits in found.words(lang)
    decided = found.words(lang, waiting=False)
    assert waits not in decided
    assert str(known) in decided


@pytest.mark.parametrize(
    ("guard", "known", "absent", "unreadable", "french", "english"),
    [
        (GUARD, 1, 1, 0, "ne contient pas la seule référence publiée", "does not hold the only published reference"),
        (
            Guard(20, 0),
            4,
            1,
            0,
            "1 référence publiée sur 4 (25 %) est absente",
            "1 of 4 published references (25 %) is absent",
        ),
        (Guard(20, 1), 4, 2, 0, "de 1 retrait. Une", "and 1 withdrawal. A"),
        (GUARD, 4, 1, 0, "est absente de la liste et est retirée", "is absent from the list and is withdrawn"),
        (GUARD, 4, 2, 0, "sont absentes de la liste et sont retirées", "are absent from the list and are withdrawn"),
        (GUARD, 4, 1, 1, "de 1 ligne est illisible, donc cette ligne", "of 1 line cannot be read, so that line"),
        (GUARD, 4, 2, 2, "de 2 lignes est illisible, donc une de ces", "of 2 lines cannot be read, so any of them"),
    ],
)
def test_one_is_said_in_the_singular_and_several_in_the_plural(
    guard: Guard, known: int, absent: int, unreadable: int, french: str, english: str
) -> None:
    found = assess(guard, known=known, absent=absent, unreadable=unreadable)
    assert french in found.words("fr")
    assert english in found.words("en")
