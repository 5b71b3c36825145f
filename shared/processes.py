"""Every process of the platform, declared once: its name, its command and its HTTP port.

`ancrage run NAME`, the supervisor, docker-compose.yml and `ancrage status` all read this table.
Each process answers /livez, /readyz and /metrics on its port.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """One process. `port_offset` is added to ANCRAGE_PORT_BASE; `after`: what must be ready before it starts."""

    name: str
    port_offset: int
    what: str
    after: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def role(self) -> str:
        return self.name.partition(".")[2]

    @property
    def command(self) -> tuple[str, ...]:
        """Arguments after the Python executable."""
        return ("-m", f"services.{self.service}.main", self.role)


PROCESSES: tuple[Process, ...] = (
    Process("ingest.api", 1, "vacancies, offers and territories by HTTP"),
    Process("ingest.relay", 11, "outbox to Kafka"),
    Process("ingest.clock", 19, "passing dates to events"),
    Process("ingest.puller", 20, "France Travail's offers, pulled"),
    Process("scoring.packer", 12, "events to counter deltas"),
    Process("scoring.worker", 13, "deltas to counters (Faust)"),
    Process("scoring.scorer", 14, "counters to scores"),
    Process("scoring.historian", 24, "published scores to the history"),
    Process("scoring.api", 2, "territories and scores by HTTP"),
    Process("matching.api", 3, "households, placements and programmes by HTTP"),
    Process("matching.engine", 15, "events and households to proposals"),
    Process("matching.relay", 16, "outbox to Kafka"),
    Process("matching.prices", 21, "recorded past to opportunity prices"),
    Process("notify.api", 4, "endpoints, deliveries and the live stream by HTTP"),
    Process("notify.consumer", 17, "events to deliveries and live events"),
    Process("notify.dispatcher", 18, "deliveries to receivers"),
    Process("console.web", 0, "screens for people"),
)
BY_NAME: dict[str, Process] = {process.name: process for process in PROCESSES}
SERVICES: tuple[str, ...] = tuple(dict.fromkeys(process.service for process in PROCESSES))

# Embedded servers of `ancrage up`, as offsets of ANCRAGE_PORT_BASE.
KAFKA_OFFSET, KAFKA_CONTROLLER_OFFSET, POSTGRES_OFFSET, REDIS_OFFSET = 92, 93, 32, 79
DEMO_RECEIVER_OFFSET = 90
