"""How professionals are reached: an e-mail address and a telephone number, sealed in the identity database.

Only the console and `ancrage people` write them; the rest asks matching's look-up at the moment of sending.
"""

from dataclasses import dataclass

from shared.identity.models import Organisation, Person
from shared.reach import normal_email, normal_phone
from shared.sealing import InvalidToken, SealedBox
from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)


@dataclass(frozen=True)
class Contact:
    """Address and number, in their normal form; None where unknown."""

    email: str | None = None
    phone: str | None = None


class ContactFault(ValueError):
    """What was given is no address or no number; `field` names which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def contact(email: str | None, phone: str | None) -> Contact:
    """The contact in normal form; empty means unknown. Raises ContactFault."""
    address = normal_email(email) if email else None
    if email and address is None:
        raise ContactFault("email")
    number = normal_phone(phone) if phone else None
    if phone and number is None:
        raise ContactFault("phone")
    return Contact(address, number)


class Contacts:
    """Seals and opens contacts of people and organisations."""

    def __init__(self, settings: Settings) -> None:
        self._box = SealedBox(settings, "professional-contact")

    def keep(self, owner: Person | Organisation, given: Contact) -> None:
        """Replaces the contact of a row; the caller commits."""
        known = {name: value for name, value in (("email", given.email), ("phone", given.phone)) if value}
        owner.contact = self._box.seal_document(known) if known else None

    def of(self, owner: Person | Organisation) -> Contact:
        """The contact of a row; unknown where none was given, or the key that sealed it is gone (which is logged)."""
        if owner.contact is None:
            return Contact()
        try:
            return Contact(**self._box.open_document(owner.contact))
        except InvalidToken:
            log.error("contact.unreadable", owner=owner.id)
            return Contact()
