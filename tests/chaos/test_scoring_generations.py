"""Another generation: whatever a counter depends on changes, the processes refuse to count until an operator rebuilds, and
readers have the former counts meanwhile.
"""

from collections.abc import Iterator

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewPartitions

from deploy.local.supervisor import Platform
from deploy.status import read_status
from deploy.topics import apply
from services.scoring.adapters.topic_identity import TopicsUnusable, read_identity
from services.scoring.settings import ScoringSettings
from shared.processes import BY_NAME
from shared.topics import SCORING_CHANGELOG, SCORING_DELTAS, TERRITORY_COUNTERS, VACANCIES
from tests.scoring_chaos import PACKER, SCORER, WORKER, ancrage, settled
from tests.scoring_live import Live, eventually, live_scoring

pytestmark = [pytest.mark.kafka, pytest.mark.redis, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_scoring(tmp_path_factory.mktemp("scoring")) as found:
        yield found


class Cluster:
    """What an operator does to topics."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._admin = KafkaAdminClient(bootstrap_servers=live.settings.kafka_bootstrap)

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._admin.close()

    def make_anew(self, *topics: str) -> None:
        self._admin.delete_topics(list(topics))
        assert eventually(lambda: not set(topics) & set(self._admin.list_topics()), 20)
        apply(self._live.settings)

    def widen(self, topic: str, partitions: int) -> None:
        self._admin.create_partitions({topic: NewPartitions(partitions)})


def refusals(live: Live) -> dict[str, str]:
    return {one.name: one.refused for one in read_status(live.settings).processes if one.refused}


def refused_then_rebuilt(live: Live, *, still: int) -> None:
    """All that counts refuses, with the remedy; readers are served; the remedy works."""
    assert eventually(lambda: refusals(live).keys() == {PACKER, WORKER}, 90)
    assert all("remedy: ancrage scoring rebuild" in reason for reason in refusals(live).values())
    assert live.open_vacancies() == still, "readers have the former counts"
    said = ancrage(live.running, "verify", "--json", "--no-ingest")
    assert said.returncode == 2, said.stdout + said.stderr
    made = ancrage(live.running, "scoring", "rebuild", "--json")
    assert made.returncode == 0, made.stdout + made.stderr
    assert eventually(lambda: not refusals(live), 90)
    for name in (PACKER, WORKER, SCORER):
        live.running.wait_ready(name)
    assert settled(live.settings, seconds=90).exit_code == 0


def test_a_topic_made_anew_is_another_generation(live: Live) -> None:
    for _ in range(3):
        live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == 3)
    with Cluster(live) as cluster:
        cluster.make_anew(VACANCIES)
    refused_then_rebuilt(live, still=3)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == 1), "what the new topic holds, and nothing else"


def test_more_partitions_are_another_generation(live: Live) -> None:
    before = live.open_vacancies()
    assert before is not None
    with Cluster(live) as cluster:
        cluster.widen(VACANCIES, 12)
    refused_then_rebuilt(live, still=before)
    live.publish_everywhere(300)
    live.publish_vacancy()
    assert eventually(lambda: (live.shown_vacancies()) > before)
    assert settled(live.settings, seconds=60).exit_code == 0


def test_deltas_made_anew_begin_at_offset_zero_and_are_counted(live: Live) -> None:
    live.publish_everywhere(300)
    assert settled(live.settings, seconds=60).exit_code == 0
    before = live.open_vacancies()
    assert before is not None
    with Cluster(live) as cluster:
        cluster.make_anew(SCORING_DELTAS)
    refused_then_rebuilt(live, still=before)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1)


def test_counters_made_anew_are_published_again_whole(live: Live) -> None:
    before = live.open_vacancies()
    assert before is not None
    with Cluster(live) as cluster:
        cluster.make_anew(TERRITORY_COUNTERS)
    refused_then_rebuilt(live, still=before)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1)


def test_deltas_and_changelog_of_unequal_partitions_are_named_with_the_remedy(live: Live) -> None:
    with Cluster(live) as cluster:
        cluster.widen(SCORING_DELTAS, 12)
        with pytest.raises(TopicsUnusable, match="recreate both, then ancrage scoring rebuild"):
            read_identity(live.settings)
        before = live.open_vacancies()
        assert before is not None
        cluster.make_anew(SCORING_DELTAS, SCORING_CHANGELOG)
    refused_then_rebuilt(live, still=before)
    live.publish_vacancy()
    assert eventually(lambda: live.open_vacancies() == before + 1)


def test_another_number_of_buckets_is_another_generation(live: Live) -> None:
    """As a deployment with another setting: the former processes end, the new ones find a state of other rules."""
    before = live.open_vacancies()
    assert before is not None
    live.running.stop()
    settings = ScoringSettings.model_validate(live.settings.model_dump() | {"scoring_buckets": 24})
    with Platform(
        settings,
        processes=[BY_NAME[name] for name in (PACKER, WORKER, SCORER)],
        servers=(),
        one_shots=(),
        own_home=False,
    ) as running:
        other = Live(settings, live.servers, running)
        try:
            refused_then_rebuilt(other, still=before)
            other.history, other.made = live.history, live.made
            other.publish_vacancy()
            assert eventually(lambda: other.open_vacancies() == before + 1)
        finally:
            other.relay.close()
