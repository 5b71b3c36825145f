"""How texts that a pattern checks are written: each pattern once, with its words, for those who read its refusal."""

from dataclasses import dataclass
from typing import Final

from shared.words import Words


@dataclass(frozen=True)
class WrittenForm:
    """A pattern, what it asks for, and a text that fits it."""

    pattern: str
    words: Words
    example: str


COMMUNE: Final = WrittenForm(
    r"^(\d{2}|2[AB])\d{3}$",
    Words("le code INSEE d'une commune, cinq caractères", "the INSEE code of a commune, five characters"),
    "15014",
)
DEPARTEMENT: Final = WrittenForm(
    r"^(\d{2,3}|2[AB])$",
    Words("le code d'un département, deux ou trois caractères", "the code of a département, two or three characters"),
    "15",
)
TERRITORY: Final = WrittenForm(
    r"^(\d{9}|\d{5}|2[AB]\d{3})$",
    Words(
        "le code d'un territoire, neuf chiffres (EPCI) ou le code INSEE d'une commune",
        "the code of a territory, nine digits (EPCI) or the INSEE code of a commune",
    ),
    "241500230",
)
HOST_TERRITORY: Final = WrittenForm(
    r"^(\d{9}|\d{5}|\d{2,3}|2[AB])$",
    Words(
        "neuf chiffres (EPCI), le code INSEE d'une commune, ou le code d'un département",
        "nine digits (EPCI), the INSEE code of a commune, or the code of a département",
    ),
    "241500230",
)
OCCUPATION: Final = WrittenForm(
    r"^[A-N]\d{4}$",
    Words("un code ROME, une lettre de A à N et quatre chiffres", "a ROME code, a letter from A to N and four digits"),
    "F1703",
)
REFERENCE: Final = WrittenForm(
    r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$",
    Words(
        "des lettres sans accent, des chiffres et . _ : @ -, une lettre ou un chiffre en premier",
        "letters without accent, digits and . _ : @ -, a letter or a digit first",
    ),
    "RES-12-104",
)
FILE_MARK: Final = WrittenForm(
    r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$",
    Words(
        "un repère de 40 caractères au plus, sans espace : lettres sans accent, chiffres et . _ / -",
        "a mark of 40 characters at most, without space: letters without accent, digits and . _ / -",
    ),
    "K-204",
)
IDENTIFIER: Final = WrittenForm(
    r"^[A-Za-z0-9_-]+$",
    Words(
        "un identifiant, lettres sans accent, chiffres, _ et -",
        "an identifier, letters without accent, digits, _ and -",
    ),
    "org_01H9",
)
RPLS: Final = WrittenForm(
    r"^[0-9A-Z]{10}$",
    Words("dix chiffres ou lettres capitales", "ten digits or capital letters"),
    "0123456789",
)
ONE_LINE: Final = WrittenForm(
    r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$",
    Words("un texte sans caractère de contrôle", "a text without control characters"),
    "12 rue des Carmes, 15000 Aurillac",
)
WEB_ADDRESS: Final = WrittenForm(
    r"^https?://[^/\s]+",
    Words("une adresse web qui commence par https:// ou http://", "a web address that begins with https:// or http://"),
    "https://exemple.fr/offres/12",
)
EMAIL: Final = WrittenForm(
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    Words("une adresse e-mail", "an e-mail address"),
    "accueil@exemple.fr",
)
TELEPHONE: Final = WrittenForm(
    r"^\+?[0-9 .()-]{6,}$",
    Words(
        "un numéro de téléphone, chiffres, espaces, points, parenthèses et tirets",
        "a telephone number, digits, spaces, dots, brackets and hyphens",
    ),
    "04 65 71 00 00",
)
BY_PATTERN: Final = {
    form.pattern: form
    for form in (
        COMMUNE,
        DEPARTEMENT,
        TERRITORY,
        HOST_TERRITORY,
        OCCUPATION,
        REFERENCE,
        FILE_MARK,
        IDENTIFIER,
        RPLS,
        ONE_LINE,
        WEB_ADDRESS,
        EMAIL,
        TELEPHONE,
    )
}
