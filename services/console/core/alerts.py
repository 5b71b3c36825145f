"""An alert is one sentence: what, for whom, why, and the time left. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.console.core import formats
from services.console.core.languages import Language
from services.console.core.messages import MESSAGES, text

# Passages of the machine are not worth an interruption.
_SILENT: Final = frozenset({"verifying", "follow_up"})


@dataclass(frozen=True)
class Alert:
    """What is shown of an alert."""

    placement: str
    step: str
    sentence: str
    deadline: str | None
    changed_at: str
    post: Mapping[str, Any] | None = None  # the offer that the sentence names, with its source


def worth_telling(step: str) -> bool:
    """Whether a step reached is told to people."""
    return step not in _SILENT and f"alerts.step.{step}" in MESSAGES


def alert_of(placement: Mapping[str, Any], language: Language, now: datetime, household: str | None) -> Alert:
    """The alert of a placement as its reader may see it; `household` is its mark, None where it is not shown."""
    home = placement.get("home") or {}
    place = home.get("commune_name") or placement.get("territory_name") or placement["territory"]
    sentence = text(
        f"alerts.step.{placement['step']}",
        language,
        home=text("alerts.home", language, typology=placement["typology"], place=place),
        household=text("alerts.household", language, household=household)
        if household
        else text("alerts.a_household", language),
    )
    if placement["step"] == "proposed":
        sentence = " ".join(part for part in (sentence, _why(placement, language)) if part)
    due = placement.get("due_at")
    left = formats.time_left(due, now, language)
    deadline = (
        text("alerts.before", language, left=left, day=formats.day(formats.last_day(due), language, weekday=True))
        if left
        else None
    )
    named = placement.get("post") if placement["step"] == "proposed" else None
    return Alert(str(placement["id"]), str(placement["step"]), sentence, deadline, str(placement["changed_at"]), named)


def _why(placement: Mapping[str, Any], language: Language) -> str | None:
    """The job lead that goes with the home, and how far it is."""
    post, distance = placement.get("post"), placement.get("distance_km")
    if not post:
        return None
    occupation = post.get("occupation") or post["rome"]
    if distance is None:
        return text("alerts.why.job", language, occupation=occupation)
    key = "alerts.why.same_commune" if distance == 0 else "alerts.why.near"
    return text(key, language, occupation=occupation, km=formats.number(distance, language, 1))
