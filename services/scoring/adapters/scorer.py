"""The scorer's process: its clients, its part among several scorers, and what it tells of itself.

It reads territory-counters whole at its start, so it has no state to lose. Of several scorers one publishes and the others
stand by. Redis gone changes nothing for the topic: rows are kept and written again, all of them, when it is back.
"""

import asyncio
import threading
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.adapters.publication import Publication
from services.scoring.adapters.read_model import connect
from services.scoring.adapters.reference_following import ReferenceFollower
from services.scoring.adapters.references import shipped_reference
from services.scoring.adapters.scorer_lead import Lead, end_soon
from services.scoring.adapters.scoring_loop import NAME, ScoringLoop
from services.scoring.core.generation import Generation
from services.scoring.core.publication import Throttle
from services.scoring.core.scores import ScoreBoard
from services.scoring.settings import ScoringSettings
from shared import telemetry
from shared.clock import paris_date, utc_now


class ScorerProcess:
    """`run` blocks until `stop`."""

    def __init__(self, settings: ScoringSettings) -> None:
        self._settings = settings
        self._stopping = threading.Event()
        self.active = False
        self.leads = False
        self.progressed_at = time.monotonic()
        self._generation: Generation | None = None
        self._suspect = 0

    @property
    def details(self) -> dict[str, Any]:
        """Shown at /status."""
        return {"leads": self.leads, "generation": str(self._generation or ""), "suspect": self._suspect}

    def tell(self, generation: Generation | None, suspect: int) -> None:
        """Takes note of what the scores are made from."""
        self._generation, self._suspect = generation, suspect
        telemetry.SCORING_SUSPECT.set(suspect)

    def stop(self) -> None:
        """Ends `run` after the batch in hand."""
        self._stopping.set()

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        kafka = self._settings.kafka_bootstrap
        producer = AIOKafkaProducer(bootstrap_servers=kafka, client_id=NAME, acks="all", enable_idempotence=True)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=NAME,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=500,
            max_partition_fetch_bytes=4 * 2**20,
        )
        redis = connect(self._settings.redis)
        await producer.start()
        try:
            await consumer.start()
            try:
                following = ReferenceFollower(kafka, NAME, self._settings.scoring_reference_hours)
                async with (
                    following as references,
                    Lead(kafka, self._settings.instance) as lead,
                    asyncio.TaskGroup() as tasks,
                ):
                    publication = Publication(kafka, NAME, redis, tasks)
                    board = ScoreBoard(scored_places(), shipped_reference(), paris_date(utc_now()), source_vintages())
                    references.begin(board)
                    try:
                        loop = ScoringLoop(
                            self, board, self._throttle(), consumer, producer, lead, publication, references
                        )
                        await loop.run()
                    finally:
                        await publication.end()
            finally:
                await end_soon(consumer.stop())
        finally:
            self.active = False
            await end_soon(producer.stop())
            await redis.aclose()

    def _throttle(self) -> Throttle:
        return Throttle(self._settings.scoring_publish_ms / 1000, self._settings.scoring_publish_around_ms / 1000)

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()
