"""Scores to territory-scores, in transactions: the broker refuses a scorer whose place another has taken.

The topic is compacted, and compaction knows no position: a score that a suspended scorer wrote behind newer ones would be
the one that is kept. Whoever starts a publisher last is the only one that the broker hears (as the relays, ADR 8).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from msgspec import Raw

from services.scoring.adapters.log_reading import open_log
from services.scoring.adapters.scorer_lead import end_soon
from services.scoring.core.generation import Generation
from services.scoring.core.publication import Told, says_the_same
from shared import telemetry
from shared.clock import utc_now
from shared.events import EventInvalid, TerritoryScore, decode, encode, new_event
from shared.topics import TERRITORY_SCORES

TRANSACTIONAL_ID: Final = "ancrage-scoring-scorer"
TRANSACTION_SECONDS: Final = 20.0
KAFKA_SECONDS: Final = 45.0  # longest wait for the broker before the process ends and is started again

log = telemetry.logger(__name__)


class ScorePublisher:
    """`start` fences every publisher before this one; `publish` writes what readers do not have yet."""

    def __init__(self, kafka: str, client_id: str) -> None:
        self._kafka = kafka
        self._client_id = client_id
        self._published: dict[str, TerritoryScore] = {}
        self._producer: Any = AIOKafkaProducer(
            bootstrap_servers=kafka,
            client_id=client_id,
            acks="all",
            enable_idempotence=True,
            transactional_id=TRANSACTIONAL_ID,
            transaction_timeout_ms=int(TRANSACTION_SECONDS * 1000),
            linger_ms=0,
            compression_type="lz4",
            max_request_size=1_000_000,
        )

    async def start(self) -> None:
        """Takes the place of the former publisher, then reads what it has published."""
        async with asyncio.timeout(KAFKA_SECONDS):
            await self._producer.start()
            await self._producer.begin_transaction()
            await self._producer.abort_transaction()
            self._published = await _read(self._kafka, self._client_id)

    async def stop(self) -> None:
        """Gives up what the broker has not acknowledged after a moment."""
        await end_soon(self._producer.stop())

    async def publish(self, told: Sequence[Told]) -> None:
        """One transaction with the scores that say something new. Any failure is the process's end: the next start
        publishes what differs."""
        new = [one for one in told if not says_the_same(one.score, self._published.get(one.score.code))]
        if not new:
            return
        now = utc_now()
        async with asyncio.timeout(KAFKA_SECONDS):
            await self._producer.begin_transaction()
            sent = [
                await self._producer.send(TERRITORY_SCORES, key=one.score.code.encode(), value=_event_of(one, now))
                for one in new
            ]
            await asyncio.gather(*sent)
            await self._producer.commit_transaction()
        self._published |= {one.score.code: one.score for one in new}


def _event_of(told: Told, at: datetime) -> bytes:
    return encode(new_event(TERRITORY_SCORES, told.score.code, Raw(told.body), source="/scoring", at=at))


async def _read(kafka: str, client_id: str) -> dict[str, TerritoryScore]:
    """What the topic says of each territory."""
    found: dict[str, TerritoryScore] = {}
    async with open_log(kafka, [TERRITORY_SCORES], client_id=client_id, committed=True) as scores:
        async for _, records in scores.batches():
            for record in records:
                if record.value is None:
                    continue
                try:
                    score: TerritoryScore = decode(TERRITORY_SCORES, record.value).data
                except EventInvalid as error:
                    log.warning("scorer.unreadable_score", offset=record.offset, reason=str(error))
                    continue
                known = found.get(score.code)
                if known is None or _order(score) >= _order(known):
                    found[score.code] = score
    return found


def _order(score: TerritoryScore) -> tuple[str, int]:
    return Generation.parse(score.generation).epoch, score.position
