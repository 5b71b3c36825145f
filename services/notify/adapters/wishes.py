"""Wishes in SQL: of people, of organisations, and what « pas utile » has tuned."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from services.notify.core.alerts import AlertKind
from services.notify.core.hygiene import Tuning, not_useful
from services.notify.core.preferences import Effective, OrganisationPreferences, Preferences, effective


class WishesOf:
    """Reads the wishes of several people at once, and keeps them for one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._own: dict[str, Preferences] = {}
        self._organisations: dict[str, OrganisationPreferences] = {}

    def own(self, person: str) -> Preferences:
        """What the person has set; defaults where nothing is."""
        if person not in self._own:
            document = self._connection.execute(
                text("SELECT document FROM preference WHERE actor = :person"), {"person": person}
            ).scalar_one_or_none()
            self._own[person] = Preferences() if document is None else Preferences.model_validate(document)
        return self._own[person]

    def organisation(self, organisation: str) -> OrganisationPreferences:
        """What the organisation has set."""
        if organisation not in self._organisations:
            document = self._connection.execute(
                text("SELECT document FROM organisation_preference WHERE organisation = :organisation"),
                {"organisation": organisation},
            ).scalar_one_or_none()
            self._organisations[organisation] = (
                OrganisationPreferences() if document is None else OrganisationPreferences.model_validate(document)
            )
        return self._organisations[organisation]

    def effective(self, person: str, organisation: str) -> Effective:
        """What holds for a person of an organisation."""
        return effective(self.own(person), self.organisation(organisation))


def tunings(connection: Connection, people: Iterable[str]) -> dict[tuple[str, AlertKind], Tuning]:
    """What is tuned, by person and kind."""
    rows = connection.execute(
        text("SELECT person, kind, marks, until FROM alert_tuning WHERE person = ANY(:people)"),
        {"people": sorted(set(people))},
    )
    return {(row.person, AlertKind(row.kind)): Tuning(row.marks, row.until) for row in rows}


def mark_not_useful(connection: Connection, person: str, alert: str, *, now: datetime) -> AlertKind | None:
    """Tunes the kind of one of the person's alerts. Each alert counts once; None where the alert is not theirs, or gone."""
    row = connection.execute(
        text("SELECT kind, not_useful FROM alert WHERE id = :id AND recipient = :person FOR UPDATE"),
        {"id": alert, "person": person},
    ).one_or_none()
    if row is None:
        return None
    kind = AlertKind(row.kind)
    if row.not_useful:
        return kind
    connection.execute(text("UPDATE alert SET not_useful = true WHERE id = :id"), {"id": alert})
    tuning = not_useful(tunings(connection, [person]).get((person, kind)), now)
    connection.execute(
        text(
            "INSERT INTO alert_tuning (person, kind, marks, until) VALUES (:person, :kind, :marks, :until)"
            " ON CONFLICT (person, kind) DO UPDATE SET marks = excluded.marks, until = excluded.until"
        ),
        {"person": person, "kind": kind.value, "marks": tuning.marks, "until": tuning.until},
    )
    return kind


def untune(connection: Connection, person: str, kind: AlertKind) -> bool:
    """Lets a kind interrupt again; False where it was not tuned."""
    removed = connection.execute(
        text("DELETE FROM alert_tuning WHERE person = :person AND kind = :kind"),
        {"person": person, "kind": kind.value},
    )
    return removed.rowcount > 0


def unsubscribe(connection: Connection, person: str, *, at: datetime) -> None:
    """No alert by e-mail any more; screens go on showing them. The other wishes stay."""
    connection.execute(
        text(
            "INSERT INTO preference (actor, organisation, document, updated_at)"
            " VALUES (:person, '', '{\"email\": false}', :at)"
            " ON CONFLICT (actor) DO UPDATE SET document = preference.document || '{\"email\": false}',"
            " updated_at = excluded.updated_at"
        ),
        {"person": person, "at": at},
    )
