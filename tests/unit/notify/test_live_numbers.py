"""Live events: their ids, how a batch is coalesced, what a gap is."""

import json

import pytest

from services.notify.adapters.live_history import contiguous
from services.notify.core.audience import Audience
from services.notify.core.live import LiveDraft, LiveEvent, coalesce, format_id, parse_id
from services.notify.core.occurrences import Occurrence


@pytest.mark.parametrize(
    ("text", "number"),
    [("42-0", 42), (" 42 ", 42), ("0-0", 0), ("42-1", None), ("-1", None), ("x", None), ("", None), ("9" * 30, None)],
)
def test_an_id_is_read_or_refused(text: str, number: int | None) -> None:
    assert parse_id(text) == number


def test_an_id_is_what_redis_streams_call_it() -> None:
    assert format_id(7) == "7-0"
    assert parse_id(format_id(7)) == 7


def occurrence(kind: str, subject: str, *, landlord: str = "org_l", territory: str = "241500230") -> Occurrence:
    field = kind.partition(".")[0]
    return Occurrence(
        type=kind,
        event_id=f"evt_{subject}",
        subject=subject,
        territory=territory,
        time="2026-11-23T09:00:00.000Z",
        data={field: subject, "territory": territory},
        audience=Audience(landlord=landlord, territory=territory, all_caseworkers=True),
    )


def test_placements_stay_one_by_one() -> None:
    drafts = coalesce([occurrence("placement.proposed", "plc_1"), occurrence("placement.proposed", "plc_2")])
    assert [draft.subject for draft in drafts] == ["plc_1", "plc_2"]


def test_vacancies_of_one_audience_become_one_event_with_a_count() -> None:
    drafts = coalesce([occurrence("vacancy.published", f"vac_{n}") for n in range(300)])
    (draft,) = drafts
    assert draft.subject is None
    assert json.loads(draft.payload) == {
        "type": "vacancy.published",
        "time": "2026-11-23T09:00:00.000Z",
        "territory": "241500230",
        "count": 300,
    }


def test_a_single_vacancy_is_named() -> None:
    (draft,) = coalesce([occurrence("vacancy.updated", "vac_1")])
    assert json.loads(draft.payload)["vacancy"] == "vac_1"


def test_vacancies_of_different_audiences_are_never_mixed() -> None:
    drafts = coalesce(
        [
            occurrence("vacancy.published", "vac_1"),
            occurrence("vacancy.published", "vac_2", landlord="org_other"),
            occurrence("vacancy.published", "vac_3", territory="200066637"),
            occurrence("vacancy.withdrawn", "vac_4"),
        ]
    )
    assert [draft.subject for draft in drafts] == ["vac_1", "vac_2", "vac_3", "vac_4"]


def test_of_a_territorys_scores_the_last_is_shown() -> None:
    first, second = occurrence("territory.score", "t1"), occurrence("territory.score", "t1")
    drafts = coalesce([first, occurrence("territory.score", "t2"), second])
    assert [draft.subject for draft in drafts] == ["t1", "t2"]


def event(seq: int) -> LiveEvent:
    return LiveEvent(seq, LiveDraft("territory.score", None, None, "{}", Audience(everyone=True)))


@pytest.mark.parametrize(
    ("numbers", "after", "kept"),
    [([5, 6, 7], 4, [5, 6, 7]), ([6, 7], 4, []), ([5, 7], 4, [5]), ([], 4, []), ([4, 5], 4, [])],
)
def test_only_what_follows_without_a_gap_is_taken(numbers: list[int], after: int, kept: list[int]) -> None:
    assert [one.seq for one in contiguous([event(n) for n in numbers], after)] == kept
