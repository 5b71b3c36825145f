"""Table of fairness reports: asked for by the API, reckoned by the slow process. Groups only: no household is in it."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.matching.adapters.models import MOMENT, REAL, Base


class FairnessReportRow(Base, table=True):
    """The report of a window of `days`. `report` None: asked for and not reckoned yet. Moments are of the technical clock.

    `failed_at`: when it last could not be reckoned; the report before stays. `seconds`: how long reckoning took.
    """

    __tablename__ = "fairness_report"

    days: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    asked_at: datetime = Field(sa_type=MOMENT)
    computed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    failed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    seconds: float | None = Field(default=None, sa_type=REAL)
    report: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
