"""Preferences in SQL."""

from datetime import datetime

from sqlmodel import Session

from services.notify.adapters.alert_models import OrganisationPreferenceRow
from services.notify.adapters.models import PreferenceRow
from services.notify.core.preferences import OrganisationPreferences, Preferences
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
            document=preferences.model_dump(mode="json", exclude_none=True),
            updated_at=at,
        )
    )
    session.flush()


def store_organisation(
    session: Session, organisation: str, preferences: OrganisationPreferences, *, at: datetime
) -> None:
    """Replaces an organisation's defaults."""
    session.merge(
        OrganisationPreferenceRow(
            organisation=organisation, document=preferences.model_dump(mode="json", exclude_none=True), updated_at=at
        )
    )
    session.flush()
