"""Settings of ingest."""

from pydantic import Field

from shared.settings import Settings


class IngestSettings(Settings):
    """Adds what only ingest needs."""

    publication_horizon_days: int = Field(
        92, ge=0, description="A vacancy available later than this is not yet supply."
    )
    stale_after_days: int = Field(45, ge=1, description="A vacancy not confirmed for this long is stale.")
    bulk_chunk: int = Field(500, ge=1, le=500, description="Lines of a bulk file written in one transaction.")
    bulk_max_line_bytes: int = Field(20_000, description="Longest line of a bulk file.")
