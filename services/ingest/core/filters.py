"""What a list of vacancies or offers is narrowed to. Pure."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; None: not narrowed. `state` holds fields of the state and their values."""

    withdrawn: bool = False
    areas: tuple[str, ...] = ()  # communes, EPCI or départements: inside all of them
    status: str | None = None
    reference_prefix: str | None = None
    changed_since: datetime | None = None
    state: dict[str, str] = field(default_factory=dict)
