"""How many tries an endpoint may have in flight at once, learnt from its answers.

A new endpoint begins with few; each quick success doubles the window, a slow one halves it, a failure shuts it to one. So
what is slow or dead shows itself before it holds many places.
"""

from typing import Final

FIRST_WINDOW: Final = 4
SLOW_SECONDS: Final = 1.0  # an answer that takes longer, or a try in flight for longer, marks its endpoint as slow


def next_window(window: int, *, delivered: bool, seconds: float, most: int) -> int:
    """The window after a try that took `seconds`."""
    if not delivered:
        return 1
    if seconds >= SLOW_SECONDS:
        return max(1, window // 2)
    return min(most, window * 2)
