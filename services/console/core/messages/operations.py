"""Words of the operators' pages."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "nav.letters": ("Incidents", "Incidents"),
    "letters.title": ("Enregistrements refusés", "Refused records"),
    "letters.lead": (
        "Ce qu'un service n'a pas pu traiter, gardé tel que reçu. Une fois la cause corrigée, on le présente de nouveau ; "
        "rien n'est publié.",
        "What a service could not handle, kept as received. Once its cause is mended it is handed again; "
        "nothing is published.",
    ),
    "letters.of.matching": ("Mise en relation", "Matching"),
    "letters.of.notify": ("Notifications", "Notifications"),
    "letters.of.scoring": ("Scores", "Scores"),
    "letters.silent": ("Ce service ne répond pas.", "This service does not answer."),
    "letters.none": ("Aucun enregistrement refusé.", "No refused record."),
    "letters.source": ("Enregistrement", "Record"),
    "letters.reason": ("Motif", "Reason"),
    "letters.remedy": ("Remède", "Remedy"),
    "letters.when": ("Refusé", "Refused"),
    "letters.replayable": ("à présenter de nouveau", "to hand again"),
    "letters.consumer": ("Refusé par", "Refused by"),
    "letters.key": ("Clé", "Key"),
    "letters.replay": ("Présenter de nouveau", "Hand again"),
    "letters.replay_help": (
        "L'enregistrement est traité comme à sa réception. Corrigez d'abord la cause, sinon il est refusé de nouveau.",
        "The record is handled as when it came. Mend the cause first, else it is refused again.",
    ),
    "letters.replayed": ("Présenté de nouveau, et pris.", "Handed again, and taken."),
    "letters.do": ("À faire : {remedy}.", "To do: {remedy}."),
    "letters.content": ("Contenu tel que reçu", "Content as received"),
    "letters.no_content": ("Sans contenu.", "No content."),
    "letters.cut": ("Contenu coupé.", "Content cut."),
}
