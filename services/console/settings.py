"""Settings of the console."""

from pathlib import Path

from pydantic import Field

from shared.settings import Settings


class ConsoleSettings(Settings):
    """Adds what only the console needs."""

    demo: bool = Field(
        False, description="Demonstration: permanent banner on every page and the demonstration accounts on /demo."
    )
    api_timeout_seconds: float = Field(5.0, gt=0, le=60, description="Longest wait of a page for an API.")
    board_seconds: float = Field(
        2.0, gt=0, le=60, description="Age at which the territories in memory are read again from scoring."
    )

    @property
    def demo_accounts_file(self) -> Path:
        """Written by `ancrage demo`: a JSON list of {"login", "password", "role"}."""
        return self.home / "demo-accounts.json"
