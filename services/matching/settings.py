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
    replay_days: int = Field(
        14,
        ge=1,
        description="How long what the engine's decisions were made on is kept, to make them again and compare.",
    )
    fairness_minutes: int = Field(
        60, ge=1, le=1440, description="How old a fairness report that is looked at may be before it is reckoned again."
    )
    hold_days: int = Field(
        7, ge=0, le=30, description="Longest time that the engine keeps a home for households that need it more."
    )
    price_hours: float = Field(24.0, gt=0, le=24 * 31, description="How often prices are learnt again.")
    price_window_days: int = Field(60, ge=7, le=365, description="How much of the past prices are learnt from.")
    price_shadow_days: int = Field(
        14, ge=1, le=90, description="The end of the window that is played again with prices and without."
    )
    price_drift: float = Field(
        1.5, gt=1, le=10, description="Most by which a price may move from one list to the next, as a factor."
    )
    price_least_households: int = Field(
        200,
        ge=1,
        description="Households in the window below which nothing is learnt: the engine ranks without prices.",
    )
    price_most_households: int = Field(
        8_000,
        ge=1_000,
        description="Households that prices are learnt from at most: of a larger window the same share of households, homes "
        "and posts is drawn by their ids.",
    )
