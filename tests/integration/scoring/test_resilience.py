"""Scoring's processes on a real broker: poison, lost servers, rebuilds, frozen processes."""

import asyncio
import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from redis import Redis

from deploy.status import read_status
from services.scoring.adapters.generations import latest_generation
from services.scoring.adapters.packer import PackerProcess
from services.scoring.adapters.rebuild import rebuild
from services.scoring.adapters.topic_identity import read_identity
from services.scoring.adapters.verification import read_output, verify
from services.scoring.settings import ScoringSettings
from shared.clock import utc_now
from shared.topics import SCORING_DELTAS, TERRITORY_SCORES, VACANCIES
from tests.patience import PATIENCE_SECONDS
from tests.scoring_chaos import PACKER, SCORER, WORKER, settled
from tests.scoring_history import vacancy
from tests.scoring_live import AURILLAC, Live, eventually

pytestmark = [pytest.mark.kafka, pytest.mark.redis]


def test_an_event_reaches_counters_score_and_redis(live: Live) -> None:
    before = live.shown_vacancies()
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1)


def test_a_packer_that_has_read_everything_shows_no_lag_behind_the_markers_of_transactions(live: Live) -> None:
    before = live.shown_vacancies()
    live.publish_in_a_transaction(20)
    assert eventually(lambda: live.open_vacancies() == before + 20)
    assert eventually(lambda: live.packer_lag() == 0)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 21)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_poison_goes_to_the_dead_letters_and_makes_the_state_suspect_until_it_is_replaced(live: Live) -> None:
    before = live.shown_vacancies()
    key = f"vac_live_{live.made + 1}"
    live.send(VACANCIES, key.encode(), b'{"specversion":"1.0", broken')
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1), "the record after the poison is counted"
    letters = live.dead_letters(VACANCIES)
    assert [letter.value for letter in letters] == [b'{"specversion":"1.0", broken']
    headers = {name: value.decode() for name, value in letters[0].headers}
    assert headers["source"].startswith(f"{VACANCIES}-")
    assert headers["consumer"] == PACKER
    result = asyncio.run(verify(live.settings))
    assert result.exit_code == 2, "a doubt is not a proof"
    suspect = asyncio.run(read_output(live.settings.kafka_bootstrap))["suspect"]
    assert suspect.counters == {VACANCIES: 1}
    assert eventually(lambda: read_status(live.settings).suspect == 1), "the operator sees the doubt"
    made = asyncio.run(rebuild(live.settings, read_identity(live.settings)))
    assert made.unreadable == (), "a newer version of the key took its place"
    assert settled(live.settings, seconds=60).exit_code == 0
    assert eventually(lambda: live.open_vacancies() == before + 1)
    assert eventually(lambda: read_status(live.settings).suspect == 0), "and that it is over"


def test_poison_on_the_deltas_is_buried_and_the_next_record_counts(live: Live) -> None:
    before = live.shown_vacancies()
    live.send(SCORING_DELTAS, b"0", b"not a compound record", partition=0)
    live.send(SCORING_DELTAS, b"5", b'{"g":"x-y","e":{}}', partition=0)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1)
    # The vacancy may have come by another partition, which is read beside.
    poison = {b"not a compound record", b'{"g":"x-y","e":{}}'}
    assert eventually(lambda: {letter.value for letter in live.dead_letters(SCORING_DELTAS)} == poison)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_a_rebuild_switches_to_a_new_generation_while_events_go_on(live: Live) -> None:
    before = live.shown_vacancies()
    live.publish_vacancy()
    made = asyncio.run(rebuild(live.settings, read_identity(live.settings)))
    for _ in range(5):
        live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 6)
    result = settled(live.settings, seconds=60)
    assert (result.exit_code, result.generation) == (0, str(made.generation))


def test_an_emptied_redis_is_written_again(live: Live) -> None:
    before = live.shown_vacancies()
    with Redis.from_url(live.settings.redis) as client:
        client.flushall()
    assert eventually(lambda: live.open_vacancies() == before)


def test_scores_go_on_without_redis_and_are_there_when_it_is_back(live: Live) -> None:
    before = live.shown_vacancies()
    live.servers.kill("redis")
    live.publish_vacancy()

    def published() -> bool:
        output = asyncio.run(read_output(live.settings.kafka_bootstrap))
        return output[AURILLAC].counters["open_vacancies"] == before + 1

    assert eventually(published)
    assert eventually(lambda: live.open_vacancies() == before + 1)


def test_nothing_is_lost_when_the_broker_is_killed_and_comes_back(live: Live) -> None:
    before = live.shown_vacancies()
    live.publish_vacancy()
    live.servers.kill("kafka")
    time.sleep(1.0)
    live.servers.wait_ready("kafka")
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 2)
    assert settled(live.settings, seconds=90).exit_code == 0


def test_records_older_than_compaction_allows_are_a_rebuild(live: Live) -> None:
    before = live.shown_vacancies()
    former = asyncio.run(latest_generation(live.settings.kafka_bootstrap))
    live.made += 1
    key = f"vac_live_{live.made}"
    value = live.history.event(VACANCIES, key, None, vacancy(key))
    producer = KafkaProducer(bootstrap_servers=live.settings.kafka_bootstrap)
    week_ago = int((utc_now() - timedelta(days=7)).timestamp() * 1000)
    producer.send(VACANCIES, key=key.encode(), value=value, timestamp_ms=week_ago).get(timeout=PATIENCE_SECONDS)
    producer.close()
    assert eventually(lambda: live.open_vacancies() == before + 1)
    latest = asyncio.run(latest_generation(live.settings.kafka_bootstrap))
    assert former is not None
    assert latest is not None
    assert latest.generation.replaces(former.generation)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_deltas_deleted_before_the_worker_read_them_are_a_rebuild(live: Live) -> None:
    before = live.shown_vacancies()
    consumer = KafkaConsumer(bootstrap_servers=live.settings.kafka_bootstrap)
    places = [TopicPartition(SCORING_DELTAS, number) for number in consumer.partitions_for_topic(SCORING_DELTAS)]
    former = asyncio.run(latest_generation(live.settings.kafka_bootstrap))
    os.kill(live.running.pids()[WORKER], signal.SIGSTOP)  # it reads nothing more, and is killed as it stands
    ends = consumer.end_offsets(places)
    live.publish_vacancy()
    assert eventually(lambda: consumer.end_offsets(places) != ends)
    admin = KafkaAdminClient(bootstrap_servers=live.settings.kafka_bootstrap)
    admin.delete_records(consumer.end_offsets(places))
    admin.close()
    consumer.close()
    live.running.kill(WORKER)
    assert eventually(lambda: live.open_vacancies() == before + 1)
    latest = asyncio.run(latest_generation(live.settings.kafka_bootstrap))
    assert former is not None
    assert latest is not None
    assert latest.generation.replaces(former.generation)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_a_worker_that_was_frozen_ends_itself_before_it_writes(live: Live) -> None:
    before = live.shown_vacancies()
    frozen = live.running.pids()[WORKER]
    os.kill(frozen, signal.SIGSTOP)
    time.sleep(live.settings.scoring_session_seconds / 2 + 2)
    live.publish_vacancy()
    os.kill(frozen, signal.SIGCONT)
    assert eventually(lambda: live.running.pids().get(WORKER) not in {None, frozen})
    assert eventually(lambda: live.open_vacancies() == before + 1)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_a_state_of_other_rules_is_refused_until_it_is_rebuilt(live: Live) -> None:
    foreign = ScoringSettings.model_validate(live.settings.model_dump() | {"scoring_buckets": 31})
    mine = asyncio.run(latest_generation(live.settings.kafka_bootstrap))
    assert mine is not None
    assert read_identity(foreign).digest != mine.generation.digest
    result = asyncio.run(verify(foreign))
    assert result.exit_code == 2
    assert "ancrage scoring rebuild" in str(result.reason)
    packer = PackerProcess(foreign)
    thread = threading.Thread(target=packer.run)
    thread.start()
    try:
        live.publish_vacancy()
        assert eventually(lambda: packer.details["refused"] is not None)
        assert (packer.active, packer.events) == (False, 0)
        assert "ancrage scoring rebuild" in str(packer.details["refused"])
    finally:
        packer.stop()
        thread.join(timeout=PATIENCE_SECONDS)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_a_start_publishes_no_score_again(live: Live) -> None:
    consumer = KafkaConsumer(bootstrap_servers=live.settings.kafka_bootstrap)
    places = [TopicPartition(TERRITORY_SCORES, number) for number in consumer.partitions_for_topic(TERRITORY_SCORES)]
    before = consumer.end_offsets(places)
    first = live.running.pids()[SCORER]
    live.running.kill(SCORER)
    assert eventually(lambda: live.running.pids().get(SCORER) not in {None, first})
    live.running.wait_ready(SCORER)
    time.sleep(1.0)
    assert consumer.end_offsets(places) == before
    consumer.close()
