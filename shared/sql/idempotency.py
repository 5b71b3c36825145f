"""Idempotency-Key on POST: the same key with the same body gives the first answer again."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from shared.web.problems import Problem, ProblemType


def recall(session: Session, actor: str, key: str | None, body: bytes) -> tuple[int, Any] | None:
    """The (status, answer) stored for this key, or None. Raises Problem where the key was used for another body.

    Holds a transaction lock on (actor, key), so that two requests at once are answered once.
    """
    if key is None:
        return None
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"{actor} {key}"})
    row = session.execute(
        text("SELECT digest, status, answer FROM idempotency WHERE actor = :actor AND key = :key"),
        {"actor": actor, "key": key},
    ).one_or_none()
    if row is None:
        return None
    if bytes(row.digest) != hashlib.sha256(body).digest():
        raise Problem(ProblemType.IDEMPOTENCY_CONFLICT, field="Idempotency-Key", value=key)
    return row.status, row.answer


def remember(
    session: Session,
    actor: str,
    key: str | None,
    body: bytes,
    status: int,
    answer: Any,
    *,
    at: datetime,
    subject: str | None = None,
) -> None:
    """Stores the answer of a request in its own transaction. `subject` is the household it is about, for erasure.

    Of two requests at once that are answered in more than one transaction, the first to end is remembered.
    """
    if key is None:
        return
    session.execute(
        text(
            "INSERT INTO idempotency (actor, key, digest, status, answer, subject, created_at)"
            " VALUES (:actor, :key, :digest, :status, CAST(:answer AS jsonb), :subject, :at)"
            " ON CONFLICT (actor, key) DO NOTHING"
        ),
        {
            "actor": actor,
            "key": key,
            "digest": hashlib.sha256(body).digest(),
            "status": status,
            "answer": json.dumps(answer),
            "subject": subject,
            "at": at,
        },
    )
