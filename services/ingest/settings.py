"""Settings of ingest."""

from pydantic import Field, SecretStr

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
    outbox_max_events: int = Field(
        500_000, ge=1, description="Events waiting for Kafka beyond which writes are answered 503 with Retry-After."
    )
    outbox_max_seconds: float = Field(
        900.0,
        gt=0,
        description="Age of the oldest waiting event beyond which writes are answered 503 with Retry-After.",
    )
    bulk_chunk: int = Field(500, ge=1, le=500, description="Lines of a bulk file written in one transaction.")
    bulk_max_line_bytes: int = Field(20_000, description="Longest line of a bulk file.")
    bulk_max_bytes: int = Field(1_000_000_000, ge=1, description="Largest bulk file.")
    run_retention_days: int = Field(
        30, ge=1, description="Days that a received file's report and the fates of its lines are kept."
    )
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

    france_travail_client_id: str | None = Field(
        None, description="Client id that francetravail.io gave this application. Without it nothing is pulled."
    )
    france_travail_client_secret: SecretStr | None = Field(None, description="The secret that goes with the client id.")
    france_travail_scope: str = Field(
        "api_offresdemploiv2 o2dsoffre",
        description="OAuth scopes; some applications need `application_<client id>` added.",
    )
    france_travail_url: str = Field(
        "https://api.francetravail.io/partenaire/offresdemploi/v2", description="Base URL of « Offres d'emploi v2 »."
    )
    france_travail_token_url: str = Field(
        "https://entreprise.francetravail.fr/connexion/oauth2/access_token?realm=/partenaire",
        description="Where the client id and secret are exchanged for a token.",
    )
    france_travail_requests_per_second: float = Field(
        8.0, gt=0, le=10_000, description="Calls a second at most; France Travail allows 10 to an application."
    )
    france_travail_concurrency: int = Field(4, ge=1, le=32, description="Calls in flight at a time.")
    france_travail_timeout_seconds: float = Field(30.0, gt=0, le=300, description="Longest silence within an answer.")
    france_travail_outage_minutes: float = Field(
        10.0, gt=0, description="Minutes without any answer after which a walk stops and is taken up later."
    )
    france_travail_refresh_hours: float = Field(
        12.0, gt=0, lt=24, description="Hours from the start of a walk to the next. The licence asks for less than 24."
    )
    france_travail_stale_hours: float = Field(
        24.0, gt=0, description="Hours after the start of the last walk that read the stock when the alert is raised."
    )
    france_travail_departements: str = Field(
        "", description="Départements to pull, comma-separated. Empty: all of France, with offers that name no place."
    )
    france_travail_guard_percent: int = Field(
        25, ge=1, le=100, description="Share of published offers that may disappear in one walk without an operator."
    )
    france_travail_guard_minimum: int = Field(
        500, ge=0, description="Offers that may disappear in one walk whatever their share."
    )
    france_travail_confirmations: int = Field(
        60_000,
        ge=0,
        description="Absent offers asked for by their id in one walk at most; the others wait for the next.",
    )
    france_travail_absent_walks: int = Field(
        4,
        ge=0,
        description="Complete walks in a row without an offer after which it is withdrawn although its own "
        "address still shows it. 0: its address always wins.",
    )
