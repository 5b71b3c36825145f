"""What a call can end in, when not in an answer.

FeedError
├── Unavailable          no usable answer: try again
│   ├── Throttled        429, with the time to wait
│   └── Outage           nothing answered for as long as a walk waits
├── SearchRefused        400: the search itself is wrong, trying again is useless
└── CredentialsRefused   the token service or the API refuses us: a person must act
"""


class FeedError(Exception):
    """Any end of a call without an answer. The message never holds a credential."""


class Unavailable(FeedError):
    """A timeout, a cut connection, 5xx, or an answer that cannot be read."""


class Throttled(Unavailable):
    """Too many requests."""

    def __init__(self, retry_after_seconds: float) -> None:
        super().__init__(f"429, Retry-After {retry_after_seconds:g} s")
        self.retry_after_seconds = retry_after_seconds


class Outage(Unavailable):
    """The circuit stayed open for longer than a walk waits."""


class SearchRefused(FeedError):
    """The API's own words are the message."""


class CredentialsRefused(FeedError):
    """invalid_client, invalid_scope, an authorisation withdrawn, or 401 with a token just made."""
