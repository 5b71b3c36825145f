"""Answer links: a household's way to one placement without an account. The token exists only in the link.

A link that is sent for the caseworker has a reference. Its token follows from the reference and the platform's secret, so
that each try of the sending says the same and the token is still kept nowhere.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from services.matching.adapters.models import AnswerLinkRow, PlacementRow
from shared.clock import utc_now
from shared.settings import Settings

PURPOSE = "answer-link"
SENT_PURPOSE = "answer-link-sent"


def create(
    session: Session, settings: Settings, row: PlacementRow, *, longest: timedelta, reference: str | None = None
) -> tuple[str, datetime]:
    """A new token for a placement that has a household, and the technical instant at which it ends."""
    assert row.household is not None  # noqa: S101 - the caller looked
    token = secrets.token_urlsafe(32) if reference is None else _sent_token(settings, settings.keys[0], reference)
    now = utc_now()
    expires_at = now + longest
    session.add(
        AnswerLinkRow(
            digest=_digest(settings.keys[0], settings, token),
            placement=row.id,
            household=row.household,
            created_at=now,
            expires_at=expires_at,
            reference=reference,
        )
    )
    return token, expires_at


def find(session: Session, settings: Settings, token: str) -> AnswerLinkRow | None:
    """The link of a token that has not ended, made with any of the current keys."""
    digests = [_digest(key, settings, token) for key in settings.keys]
    query = select(AnswerLinkRow).where(
        col(AnswerLinkRow.digest).in_(digests), col(AnswerLinkRow.expires_at) > utc_now()
    )
    return session.exec(query).one_or_none()


def to_send(session: Session, settings: Settings, reference: str) -> tuple[AnswerLinkRow, str] | None:
    """The link of a reference with its token, while it has not ended."""
    row = session.exec(
        select(AnswerLinkRow).where(AnswerLinkRow.reference == reference, col(AnswerLinkRow.expires_at) > utc_now())
    ).one_or_none()
    if row is None:
        return None
    for key in settings.keys:
        token = _sent_token(settings, key, reference)
        if hmac.compare_digest(_digest(key, settings, token), bytes(row.digest)):
            return row, token
    return None


def answered(session: Session, digest: bytes, answer: str) -> None:
    """Keeps what the household answered by a link, if that has not been erased."""
    link = col(AnswerLinkRow.digest) == digest
    session.execute(update(AnswerLinkRow).where(link).values(answer=answer, answered_at=utc_now()))


def last_answer(session: Session, placement: str) -> tuple[str, datetime] | None:
    """What the household last answered by a link, and when; None where it has not."""
    query = (
        select(AnswerLinkRow.answer, AnswerLinkRow.answered_at)
        .where(AnswerLinkRow.placement == placement, col(AnswerLinkRow.answered_at).is_not(None))
        .order_by(col(AnswerLinkRow.answered_at).desc())
        .limit(1)
    )
    found = session.exec(query).one_or_none()
    return (found[0], found[1]) if found and found[0] and found[1] else None


def _sent_token(settings: Settings, key: bytes, reference: str) -> str:
    """128 bits, in 22 characters: a text message has no room for more."""
    mac = hmac.new(settings.derived_key(SENT_PURPOSE, key), reference.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:16]).decode().rstrip("=")


def _digest(key: bytes, settings: Settings, token: str) -> bytes:
    return hmac.new(settings.derived_key(PURPOSE, key), token.encode(), hashlib.sha256).digest()
