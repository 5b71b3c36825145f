"""Messages that reached nobody: said to the organisation that wanted them sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from services.notify.adapters.telling import tell
from services.notify.adapters.tried import Tried
from services.notify.core.channels import Channel
from services.notify.core.occurrences import of_undeliverable
from services.notify.core.schedule import State
from shared.clock import isoformat

# Ends that are nobody's loss: the link was answered meanwhile; whoever has no address knows it from the preferences page.
_SILENT: Final = frozenset({"no_longer_needed", "no_address"})


def tell_of(connection: Connection, ended: Sequence[Tried], *, at: datetime) -> None:
    """Tells organisations of mail and text messages among `ended` that no further try will bring."""
    lost = {
        one.delivery.id: one
        for one in ended
        if one.verdict.state is State.FAILED
        and one.delivery.destination.channel is not Channel.WEBHOOK
        and one.outcome.answer.error not in _SILENT
    }
    if not lost:
        return
    rows = connection.execute(
        text("SELECT id, organisation FROM delivery WHERE id = ANY(:ids) ORDER BY id"), {"ids": sorted(lost)}
    )
    tell(
        connection,
        [
            of_undeliverable(
                row.id,
                row.organisation,
                channel="sms" if lost[row.id].delivery.destination.channel is Channel.SMS else "email",
                about=lost[row.id].delivery.subject,
                status=lost[row.id].outcome.answer.status,
                error=lost[row.id].outcome.answer.error,
                event_id=f"{row.id}.undeliverable.{lost[row.id].delivery.attempts + 1}",
                time=isoformat(at),
            )
            for row in rows
        ],
        at=at,
    )
