"""How households are reached: sealed in SQL, opened for their caseworkers and at the moment of sending, erased with them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from services.matching.adapters.models import HouseholdContactRow
from shared.sealing import InvalidToken, SealedBox
from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)
PURPOSE = "household-contact"


@dataclass(frozen=True)
class HouseholdContact:
    """E.164 number, e-mail address, the channel that the household prefers, the language of messages."""

    phone: str | None
    email: str | None
    preferred: str | None
    language: str


class HouseholdContacts:
    """Keeps and opens contacts."""

    def __init__(self, settings: Settings) -> None:
        self._box = SealedBox(settings, PURPOSE)

    def keep(self, session: Session, household: str, contact: HouseholdContact, *, now: datetime) -> None:
        """Replaces the household's contact; the caller has locked the household and commits."""
        sealed = self._box.seal_document(asdict(contact))
        session.merge(HouseholdContactRow(household=household, sealed=sealed, updated_at=now))

    def of(self, session: Session, household: str) -> HouseholdContact | None:
        """The household's contact; None where none was given, or the key that sealed it is gone (which is logged)."""
        row = session.get(HouseholdContactRow, household)
        if row is None:
            return None
        try:
            document: dict[str, Any] = self._box.open_document(row.sealed)
        except InvalidToken:
            log.error("household_contact.unreadable")
            return None
        return HouseholdContact(**document)

    def forget(self, session: Session, household: str) -> None:
        """Removes the household's contact, if it has one."""
        row = session.get(HouseholdContactRow, household)
        if row is not None:
            session.delete(row)
