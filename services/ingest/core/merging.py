"""What a partial update makes of a content (RFC 7396): objects are merged, null removes, everything else replaces. Pure."""

from collections.abc import Mapping
from typing import Any, Final

# What the state has beside the content: whose it is, where it stands, when it was seen.
_NOT_CONTENT: Final = frozenset(
    {"id", "landlord", "feed", "reference", "status", "observed_at", "duplicate_of", "unconfirmed_days"}
)


def content_of(state: Mapping[str, Any], private: Mapping[str, Any] | None) -> dict[str, Any]:
    """The content that was published, from the state as stored and what only its owner reads."""
    return {**{name: value for name, value in state.items() if name not in _NOT_CONTENT}, **(private or {})}


def merged(target: Any, patch: Any) -> Any:
    """The target after the patch.

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
