"""Cursor paging: `items[]` and `next`, an opaque text that names the last item seen."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query

from shared.web.problems import Problem, ProblemType

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=500, description="Nombre d'éléments par page")]
CursorText = Annotated[
    str | None, Query(alias="cursor", max_length=300, description="Valeur de « next » de la page précédente")
]


def encode_cursor(*values: Any) -> str:
    """Opaque cursor that holds `values`."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str | None, size: int) -> list[Any] | None:
    """The `size` values of a cursor, or None without one. Raises Problem for a text that is no cursor."""
    if text is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if isinstance(values, list) and len(values) == size:
            return values
    except (ValueError, binascii.Error):
        pass
    raise Problem(
        ProblemType.INVALID_FIELDS,
        "Curseur inconnu.",
        field="cursor",
        value=text[:40],
        remedy="« next » de la page précédente, tel quel.",
        en="Unknown cursor.",
        remedy_en='"next" of the page before, as it is.',
    )


def last_seen(text: str | None) -> str | None:
    """What a cursor of one value names: the last item of the page before. None without one. Raises Problem as
    `decode_cursor`."""
    values = decode_cursor(text, 1)
    return None if values is None else str(values[0])


def cursor_after(found: Sequence[T], limit: int, key: Callable[[T], str]) -> str | None:
    """The cursor of the page that follows the first `limit` of those found; None where no more than these were found."""
    return encode_cursor(key(found[limit - 1])) if len(found) > limit else None


def page(items: list[Any], cursor: str | None) -> dict[str, Any]:
    """The body of a list answer."""
    return {"items": items, "next": cursor}
