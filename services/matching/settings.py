"""Settings of matching."""

from pydantic import Field

from shared.settings import Settings


class MatchingSettings(Settings):
    """Adds what only matching needs."""

    open_proposals_per_caseworker: int = Field(
        20, ge=1, le=500, description="Most proposals that may await one caseworker."
    )
    verify_seconds: float = Field(
        2.0, gt=0, le=30, description="How long ingest may take to say that a home or an offer is still published."
    )
    cooling_days: int = Field(
        14, ge=0, description="Days during which a home that a household left unanswered is not proposed to it again."
    )
    answer_link_days: int = Field(30, ge=1, le=90, description="Longest life of a household's answer link.")
    engine_seed: int = Field(0, description="Orders equals; the same seed and journal give the same proposals.")
    journal_days: int = Field(90, ge=1, description="How long the engine's journal is kept.")
