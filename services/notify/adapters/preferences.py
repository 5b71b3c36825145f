"""Preferences in SQL."""

from datetime import datetime

from sqlmodel import Session

from services.notify.adapters.models import PreferenceRow
from services.notify.core.preferences import Preferences
from shared.identity import Actor


def preferences_of(session: Session, actor: Actor) -> Preferences:
    """The actor's preferences; the defaults where none were given."""
    row = session.get(PreferenceRow, actor.id)
    return Preferences() if row is None else Preferences.model_validate(row.document)


def store(session: Session, actor: Actor, preferences: Preferences, *, at: datetime) -> None:
    """Replaces the actor's preferences."""
    session.merge(
        PreferenceRow(
            actor=actor.id,
            organisation=actor.organisation,
            document=preferences.model_dump(mode="json"),
            updated_at=at,
        )
    )
