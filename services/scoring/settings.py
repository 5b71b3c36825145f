"""Settings of scoring."""

from pydantic import Field

from shared.settings import Settings


class ScoringSettings(Settings):
    """Adds what only scoring needs."""

    scoring_buckets: int = Field(
        128, ge=1, le=1024, description="Buckets of the exact counters. Changing it is a rebuild into a new generation."
    )
    scoring_tick_seconds: float = Field(
        30.0, gt=0, description="Seconds between empty records that move every bucket's position on."
    )
    scoring_publish_ms: int = Field(
        250, ge=0, description="A territory's score is published at once, then at most once in this time."
    )
    scoring_publish_around_ms: int = Field(
        2_000,
        ge=0,
        description="A territory's score that only its neighbours moved is published at most once in this time.",
    )
    scoring_changes_days: int = Field(
        90, ge=1, le=3650, description="Every published change of a territory's score is kept this long."
    )
    scoring_days_days: int = Field(
        1_100, ge=1, le=3650, description="One state a day of each territory is kept this long."
    )
    scoring_reference_hours: float = Field(
        24.0,
        ge=0,
        description="Hours between references that the scorer draws from live figures; 0: operators alone draw.",
    )
    scoring_session_seconds: float = Field(
        30.0, ge=6, description="Kafka session of the counters worker; frozen for half of it, it ends itself."
    )
