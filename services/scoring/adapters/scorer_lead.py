"""Which of several scorers publishes: the holder of the one partition of scoring.generations in a common consumer group.

The others stand by with the same counters and scores in memory. A holder that dies or sleeps loses the partition when its
session ends; one that is started again under the same instance name before that has it back at once.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from shared import telemetry
from shared.topics import SCORING_GENERATIONS

GROUP: Final = "scoring.scorer"
END_SECONDS: Final = 3.0
SESSION_SECONDS: Final = 6.0  # a broker's default takes no shorter one

log = telemetry.logger(__name__)


async def end_soon(stopping: Awaitable[None]) -> None:
    """Waits for a client to stop, for a moment: without a broker it would try for ever, and a process that does not end is
    not started again."""
    try:
        async with asyncio.timeout(END_SECONDS):
            await stopping
    except TimeoutError:
        log.warning("scorer.client_left_behind")


class Lead(ConsumerRebalanceListener):  # type: ignore[misc]
    """`held` changes within `poll` and between polls, as the group decides."""

    def __init__(self, kafka: str, instance: str) -> None:
        self.held = False
        self._consumer: Any = AIOKafkaConsumer(
            bootstrap_servers=kafka,
            client_id=GROUP,
            group_id=GROUP,
            group_instance_id=f"scorer-{instance}",
            enable_auto_commit=False,
            auto_offset_reset="latest",
            # A scorer that joins takes nothing from the one that publishes.
            partition_assignment_strategy=(StickyPartitionAssignor,),
            session_timeout_ms=int(SESSION_SECONDS * 1000),
            heartbeat_interval_ms=1_500,
        )

    async def __aenter__(self) -> "Lead":
        await self._consumer.start()
        self._consumer.subscribe([SCORING_GENERATIONS], listener=self)
        return self

    async def __aexit__(self, *_: object) -> None:
        await end_soon(self._consumer.stop())

    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Until the group has decided, the former holder publishes no more."""
        if revoked:
            self.held = False

    async def on_partitions_assigned(self, assigned: Any) -> None:
        if self.held != bool(assigned):
            log.info("scorer.lead", held=bool(assigned))
        self.held = bool(assigned)

    async def poll(self) -> None:
        """Tells the group that this process gets on; what the topic says is no matter here."""
        await self._consumer.getmany(timeout_ms=0)
