"""The scorer's eye on references and on the calendar: it takes the accepted one at once, and has one drawn every day."""

import time
from datetime import timedelta
from typing import Any, Final

from services.scoring.adapters.reference_log import ReferenceWatch, Standing, judged, publish
from services.scoring.core.scores import ScoreBoard
from shared import telemetry
from shared.clock import paris_date, utc_now

LOOK_SECONDS: Final = 1.0
BY_ITSELF: Final = "scorer"

log = telemetry.logger(__name__)


class ReferenceFollower:
    """Use as a context; `step` in the loop. `draw_hours` 0: nobody draws but operators."""

    def __init__(self, kafka: str, client_id: str, draw_hours: float) -> None:
        self._watch = ReferenceWatch(kafka, client_id)
        self._every = timedelta(hours=draw_hours)
        self._begun = utc_now()
        self._looked_at = -LOOK_SECONDS

    async def __aenter__(self) -> "ReferenceFollower":
        await self._watch.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._watch.__aexit__(*raised)

    @property
    def waits(self) -> bool:
        """Whether an operator has to decide."""
        return bool(self._watch.references.waiting)

    def begin(self, board: ScoreBoard) -> None:
        """The reference in use, before anything is computed."""
        board.refer_to(self._watch.references.in_use(), paris_date(utc_now()))

    async def step(self, board: ScoreBoard, producer: Any, *, leads: bool) -> bool:
        """Brings the board's reference and day up to date; whether its scores may differ now. The one that leads draws."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        before = board.reference.version, board.today
        today = paris_date(utc_now())
        if await self._watch.poll() or board.today != today:
            board.refer_to(self._watch.references.in_use(), today)
        if leads and self._due():
            await self._draw(board, producer)
        return (board.reference.version, board.today) != before

    def _due(self) -> bool:
        references = self._watch.references
        if not self._every or self.waits:
            return False
        drawn = max((record.drawn_at for record in references.records.values()), default="")
        since = utc_now() - self._every
        return self._begun <= since and drawn <= f"{since:%Y-%m-%dT%H:%M:%S}"

    async def _draw(self, board: ScoreBoard, producer: Any) -> None:
        record = judged(board, f"{utc_now():%Y%m%d-%H%M%S}", BY_ITSELF)
        await publish(producer, record)
        if record.standing is Standing.WAITING:
            remedy = f"ancrage scoring reference accept {record.version}"
            log.warning(
                "reference.waits", version=record.version, too_far=record.too_far, remedy=remedy, **record.shift
            )
        else:
            log.info("reference.drawn", version=record.version, **record.shift)
