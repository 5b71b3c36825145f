"""ETag and If-Match: a change is made only to the version that its author has read (RFC 9110, 13.1.1)."""

from typing import Annotated

from fastapi import Header

from services.ingest.adapters.saving import Stored
from shared.web.problems import Problem, ProblemType

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=500,
        description="ETag ou numéro de version lu auparavant : 412 si une autre version est en place. « * » : existe.",
    ),
]


def etag(identifier: str | None, version: int) -> str:
    """Names one version of one episode."""
    return f'"{identifier}.{version}"'


def check_match(given: str | None, row: Stored | None) -> None:
    """Raises Problem 412 where `given` names none of what is stored (`row`: the newest episode, None without one)."""
    if given is None:
        return
    current = None if row is None or row.withdrawn_at is not None else row
    names = {name.strip() for name in given.split(",")}
    if current is not None:
        own = etag(current.id, current.version)
        # The bare number of a version, with or without quotes, is what a spreadsheet or a script has kept.
        if names & {"*", own, str(current.version), f'"{current.version}"'}:
            return
    raise Problem(
        ProblemType.PRECONDITION_FAILED,
        field="If-Match",
        value=given[:100],
        remedy=f"GET, puis If-Match: {own}" if current is not None else "PUT sans If-Match",
        remedy_en=f"GET, then If-Match: {own}" if current is not None else "PUT without If-Match",
    )
