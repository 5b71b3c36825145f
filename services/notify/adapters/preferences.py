"""Preferences in SQL."""

from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import insert
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
    row = PreferenceRow(
        actor=actor.id,
        organisation=actor.organisation,
        document=preferences.model_dump(mode="json", exclude_none=True),
        updated_at=at,
    )
    _put(session, row)


def store_organisation(
    session: Session, organisation: str, preferences: OrganisationPreferences, *, at: datetime
) -> None:
    """Replaces an organisation's defaults."""
    document = preferences.model_dump(mode="json", exclude_none=True)
    _put(session, OrganisationPreferenceRow(organisation=organisation, document=document, updated_at=at))


def _put(session: Session, row: PreferenceRow | OrganisationPreferenceRow) -> None:
    """Adds a row or replaces it, also where another request adds it at this moment: the last to commit counts."""
    values = row.model_dump()
    (key,) = (column.name for column in inspect(type(row)).primary_key)
    session.execute(insert(type(row)).values(values).on_conflict_do_update(index_elements=[key], set_=values))
