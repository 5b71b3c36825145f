"""Identifiers: a prefix that says what it is, then a ULID (sortable by creation, 80 random bits)."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new identifier such as "vac_01J…"."""
    return f"{prefix}_{ULID()}"


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` is an identifier with that prefix."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != 26:
        return False
    try:
        ULID.from_str(tail)
    except ValueError:
        return False
    return True
