"""The scores of this moment, from the counters as their topic has them."""

from services.scoring.adapters.counting_places import counted_codes
from services.scoring.adapters.log_reading import open_log
from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.core.publication import CountersView
from services.scoring.core.reference import Reference
from services.scoring.core.scores import ScoreBoard
from shared.clock import paris_date, utc_now
from shared.events import EventInvalid, decode
from shared.topics import TERRITORY_COUNTERS


async def live_board(kafka: str, reference: Reference) -> ScoreBoard | None:
    """A board with the counters of the newest complete generation; None before there is one. RuntimeError without topic."""
    view = CountersView(counted_codes())
    async with open_log(kafka, [TERRITORY_COUNTERS], client_id="scoring-board") as log:
        async for _, records in log.batches():
            for record in records:
                if record.value is None:
                    continue
                try:
                    view.take(decode(TERRITORY_COUNTERS, record.value).data)
                except (EventInvalid, ValueError):
                    continue  # the scorer buries it and says so
    if not view.complete:
        return None
    board = ScoreBoard(scored_places(), reference, paris_date(utc_now()), source_vintages())
    for code, counters in view.counters.items():
        board.update(code, counters.counters)
    return board
