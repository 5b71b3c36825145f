"""What the links in a mail are signed for. The console reads OPEN; notify reads ACTION."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

ACTION: Final = "mail-action"
# A mail lies about for long; whoever wants no more of it must still be able to say so.
UNSUBSCRIBE_LIFE: Final = timedelta(days=400)
NOT_USEFUL_LIFE: Final = timedelta(days=30)
OPEN_LIFE: Final = timedelta(days=14)


class MailAction(StrEnum):
    """What the bearer of an action link may do, and nothing else."""

    UNSUBSCRIBE = "unsubscribe"
    NOT_USEFUL = "not_useful"
