"""When a delivery is tried again, and what an answer means. Schedule of Standard Webhooks 1.0 in its spirit: 0 s … 24 h."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

# Pause before each try of a round.
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 30, 2 * 60, 10 * 60, 3600, 6 * 3600, 24 * 3600))
# A pause is drawn between 1 and 1 + JITTER times its length: retries of many deliveries spread out, none comes early.
JITTER: Final = 0.2
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)


class State(StrEnum):
    """State of a delivery. `disabled`: its endpoint was disabled before it could be delivered."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Answer:
    """What a try brought: the status of an answer (of HTTP or SMTP), or `error` (a stable code) where there was none.

    `permanent`: no other try can help. `of_recipient`: it is the recipient's own and says nothing of the server that
    everything of the channel goes through.
    """

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    permanent: bool = False
    of_recipient: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a try brought; `excerpt` is the beginning of the answer's body, None without an answer."""

    answer: Answer
    latency_ms: int
    excerpt: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What becomes of the delivery. `next_at` is set for PENDING only; `gone`: the endpoint is to be disabled."""

    state: State
    next_at: datetime | None = None
    gone: bool = False

    @property
    def delivered(self) -> bool:
        return self.state is State.DELIVERED


def verdict(answer: Answer, tries: int, now: datetime, draw: float) -> Verdict:
    """Judges a try. `tries` counts this one, within the round; `draw` is uniform on [0, 1).

    2xx alone is success: a redirect is a failure, since the address vetted is not the one it points to. 410 means that the
    receiver wants nothing more. Retry-After delays a retry, never hastens it.
    """
    if answer.permanent:
        return Verdict(State.FAILED)
    if answer.status is not None and 200 <= answer.status < 300:
        return Verdict(State.DELIVERED)
    if answer.status == 410:
        return Verdict(State.DISABLED, gone=True)
    if tries >= len(PAUSES):
        return Verdict(State.FAILED)
    pause = PAUSES[tries] * (1 + JITTER * draw)
    asked = parse_retry_after(answer.retry_after, now)
    return Verdict(State.PENDING, now + max(pause, min(asked, LONGEST_RETRY_AFTER)))


def parse_retry_after(text: str | None, now: datetime) -> timedelta:
    """The wait that a Retry-After header asks for (seconds or HTTP date); zero where it is absent or means nothing."""
    if text is None:
        return timedelta()
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return timedelta()
    if moment.tzinfo is None:
        return timedelta()
    return max(moment - now, timedelta())
