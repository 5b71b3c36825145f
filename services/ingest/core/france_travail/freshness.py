"""When the feed needs a person: what is stale, silent, held back or refused. Pure.

The reuse licence (article 5.2) asks for a refresh at least every 24 hours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Alert(StrEnum):
    """Each is a metric sample, a log line and a line of `ancrage feed status`."""

    STALE = "stale"
    SILENT = "silent"
    SUSPICIOUS_ZERO = "suspicious_zero"
    HELD = "held"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"

    @property
    def label_fr(self) -> str:
        return {
            "stale": "aucun relevé complet depuis plus longtemps que la licence ne le permet (24 h)",
            "silent": "l'API ne répond pas",
            "suspicious_zero": "l'API annonce zéro offre alors que nous en avons : rien n'a été retiré",
            "held": "trop d'offres ont disparu d'un coup : un opérateur doit confirmer leur retrait",
            "refused": "France Travail refuse nos identifiants ou notre habilitation",
            "incomplete": "une partie du stock n'a pas pu être lue",
        }[self.value]


class Ending(StrEnum):
    """State of a walk."""

    WALKING = "walking"  # reading shards
    ABSENCES = "absences"  # asking for what was not seen
    HELD = "held"  # too much disappeared; waits for an operator
    DONE = "done"
    ZERO = "zero"  # the API announced nothing
    ABANDONED = "abandoned"  # too old to go on, or another walk has overtaken it


@dataclass(frozen=True)
class WalkSummary:
    """A walk as freshness sees it. `complete`: every shard was read to its end."""

    ending: Ending
    started_at: datetime
    finished_at: datetime | None
    complete: bool


@dataclass(frozen=True)
class Health:
    """`last_success`: start of the newest walk that read the stock: what we show was true at that moment or later."""

    last_success: datetime | None
    alerts: tuple[Alert, ...]


def health(
    walks: Iterable[WalkSummary],
    *,
    now: datetime,
    stale_after: timedelta,
    holds_offers: bool,
    refused: bool = False,
    unreachable: bool = False,
) -> Health:
    """What to tell about the feed. `walks` newest first; a walk that is held has refreshed all it saw.

    `holds_offers`: live offers of the feed are published: without any, nothing can be stale.
    """
    known = list(walks)
    read = [one for one in known if one.ending in (Ending.DONE, Ending.HELD)]
    last = max((one.started_at for one in read), default=None)
    alerts: list[Alert] = []
    if holds_offers and (last is None or now - last > stale_after):
        alerts.append(Alert.STALE)
    if unreachable:
        alerts.append(Alert.SILENT)
    ended = next((one for one in known if one.ending not in (Ending.WALKING, Ending.ABSENCES, Ending.ABANDONED)), None)
    if ended is not None:
        if ended.ending is Ending.ZERO:
            alerts.append(Alert.SUSPICIOUS_ZERO)
        if ended.ending is Ending.HELD:
            alerts.append(Alert.HELD)
        if ended.ending in (Ending.DONE, Ending.HELD) and not ended.complete:
            alerts.append(Alert.INCOMPLETE)
    if refused:
        alerts.append(Alert.REFUSED)
    return Health(last, tuple(alerts))


def next_walk_at(last_start: datetime | None, *, now: datetime, refresh: timedelta) -> datetime:
    """When the next walk begins: `refresh` after the last one began, now when there was none."""
    return now if last_start is None else max(now, last_start + refresh)
