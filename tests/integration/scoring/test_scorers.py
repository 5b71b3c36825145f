"""A standby scorer, and the pace at which scores go out."""

import signal
import time

import pytest
from kafka import TopicPartition

from services.scoring.settings import ScoringSettings
from shared.events import TerritoryScore, decode
from shared.processes import BY_NAME
from shared.topics import TERRITORY_SCORES
from tests.scoring_chaos import SCORER, Copy, answered
from tests.scoring_live import AURILLAC, Live, ends_of, eventually, frozen, records_of

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


def leads(live: Live) -> bool:
    """Whether the platform's own scorer publishes."""
    port = live.settings.port_base + BY_NAME[SCORER].port_offset
    return bool((answered(port, "/status") or {}).get("leads"))


def scores_of(settings: ScoringSettings, code: str, since: dict[TopicPartition, int]) -> list[TerritoryScore]:
    """What was published of a territory, in order."""
    return [
        decode(TERRITORY_SCORES, record.value).data
        for record in records_of(settings, TERRITORY_SCORES, since)
        if record.key and record.key.decode() == code
    ]


def test_a_standby_scorer_takes_over_and_the_one_that_wakes_overwrites_nothing(live: Live) -> None:
    before = live.shown_vacancies()
    since = ends_of(live.settings, TERRITORY_SCORES)
    assert eventually(lambda: leads(live))
    with Copy(live.running, SCORER, "1") as standby:
        standby.wait_ready()
        assert eventually(lambda: (answered(standby.port, "/status") or {}).get("leads") is False)
        first = live.running.pids()[SCORER]
        with frozen(first):
            live.publish_vacancy()
            assert eventually(lambda: live.open_vacancies() == before + 1), "the standby has taken over"
            assert eventually(lambda: (answered(standby.port, "/status") or {}).get("leads") is True)
            live.publish_vacancy()
            assert eventually(lambda: live.open_vacancies() == before + 2)
        live.publish_vacancy()
        assert eventually(lambda: live.open_vacancies() == before + 3)
        assert eventually(lambda: not leads(live)), "the one that woke ended, or stands by"
        standby.send(signal.SIGKILL)
        standby.wait()
        live.publish_vacancy()
        assert eventually(lambda: live.open_vacancies() == before + 4), "and back"
        assert eventually(lambda: leads(live))
    found = scores_of(live.settings, AURILLAC, since)
    assert [score.position for score in found] == sorted(score.position for score in found)
    assert [score.counters["open_vacancies"] for score in found] == [before + made for made in (1, 2, 3, 4)]


def test_a_burst_is_published_at_once_and_then_at_a_bounded_pace(live: Live) -> None:
    assert eventually(lambda: leads(live))
    before = live.shown_vacancies()
    since = ends_of(live.settings, TERRITORY_SCORES)
    began = time.monotonic()
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1), "the first does not wait for the last"
    for _ in range(59):
        live.publish_vacancy()
        time.sleep(0.02)
    assert eventually(lambda: live.open_vacancies() == before + 60)
    seconds = time.monotonic() - began
    counts = [score.counters["open_vacancies"] for score in scores_of(live.settings, AURILLAC, since)]
    assert counts[0] == before + 1
    assert counts[-1] == before + 60
    assert 2 <= len(counts) <= 1 + seconds / (live.settings.scoring_publish_ms / 1000)
