"""What goes wrong on purpose, and how much the world changes while somebody reads it."""

import random
from dataclasses import dataclass, fields, replace
from typing import Any, Self


@dataclass(frozen=True)
class Faults:
    """Shares are of all calls, from 0 to 1; 0 or None is never."""

    requests_per_second: float | None = 10.0  # more are answered 429 with Retry-After
    error_share: float = 0.0  # 500 with the API's words
    cut_share: float = 0.0  # a body that ends in the middle
    slow_share: float = 0.0
    slow_seconds: float = 0.0
    slow_next: int = 0  # so many calls are as slow, then it is over
    silent_after: int = 0  # beyond so many calls, none is answered before this changes
    delay_seconds: float = 0.0  # of every answer
    fail_next: int = 0  # so many calls are answered 500, then it is over
    throttle_next: int = 0  # so many calls are answered 429 although they are within the rate
    down: bool = False  # every call is answered 500
    token_seconds: int = 1499
    revoke_every: int = 0  # all tokens end after so many calls
    changes_every: int = 0  # after so many calls, one offer is created, one changed, one withdrawn
    gone_status: int = 204  # of an offer that has ended
    shows_ended: bool = False  # an ended offer's own address still shows it

    def with_given(self, given: dict[str, Any]) -> Self:
        """A copy with some fields set. Raises ValueError for one that does not exist."""
        unknown = set(given) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"inconnu : {', '.join(sorted(unknown))}")
        return replace(self, **given)


class Dice:
    """Draws faults in a fixed order, so that a run can be played again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a simulation, no secret

    def falls(self, share: float) -> bool:
        return share > 0 and self._random.random() < share
