"""Settings of ingest."""

from pydantic import Field

from services.ingest.core.disappearance import Guard
from shared.settings import Settings


class IngestSettings(Settings):
    """Adds what only ingest needs."""

    publication_horizon_days: int = Field(
        92, ge=0, description="A vacancy available later than this is not yet supply."
    )
    stale_after_days: int = Field(45, ge=1, description="A vacancy not confirmed for this long is stale.")
    commitment_seconds: float = Field(
        2.0, gt=0, le=30, description="How long matching may take to say which vacancies are held or let."
    )
    bulk_chunk: int = Field(500, ge=1, le=500, description="Lines of a bulk file written in one transaction.")
    bulk_max_line_bytes: int = Field(20_000, description="Longest line of a bulk file.")
    withdrawal_guard_percent: int = Field(
        20,
        ge=0,
        le=100,
        description="A full list (snapshot, full file, feed) that lacks more than this share of what is published waits "
        "for a person before anything is withdrawn.",
    )
    withdrawal_guard_minimum: int = Field(
        10, ge=0, description="Up to this many withdrawals by absence are believed, unless nothing would be left."
    )

    @property
    def withdrawal_guard(self) -> Guard:
        return Guard(self.withdrawal_guard_percent, self.withdrawal_guard_minimum)
