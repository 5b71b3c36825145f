"""Words for what does not work: each says what, and the next step."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "failure.forbidden.title": ("Cette page n'est pas pour votre rôle", "This page is not for your role"),
    "failure.forbidden.text": (
        "Votre rôle n'ouvre pas cette page. Si vous devriez y accéder, demandez-le à la personne qui gère les comptes "
        "de votre organisation.",
        "Your role does not open this page. If it should, ask the person who manages your organisation's accounts.",
    ),
    "failure.not_found.title": ("Page introuvable", "Page not found"),
    "failure.not_found.text": (
        "Cette adresse ne mène à rien, ou à un dossier d'une autre organisation. Revenez à l'accueil ou cherchez "
        "par nom.",
        "This address leads nowhere, or to a case of another organisation. Go home or search by name.",
    ),
    "failure.conflict.title": ("La situation a changé", "The situation has changed"),
    "failure.conflict.text": (
        "Quelqu'un d'autre, ou une échéance, est passé avant vous. Rechargez pour voir l'état actuel.",
        "Someone else, or a deadline, came first. Reload to see the current state.",
    ),
    "failure.too_large.title": ("Envoi trop grand", "Too large"),
    "failure.too_large.text": (
        "Ce formulaire dépasse la taille permise. Raccourcissez-le, puis renvoyez-le.",
        "This form is larger than allowed. Shorten it, then send it again.",
    ),
    "failure.busy.title": ("Trop de demandes", "Too many requests"),
    "failure.busy.text": ("Attendez une minute, puis réessayez.", "Wait a minute, then try again."),
    "failure.offline.title": ("Un service ne répond pas", "A service does not answer"),
    "failure.offline.text": (
        "{service} ne répond pas pour le moment. Rien de ce que vous avez envoyé n'est perdu sans que l'on vous le "
        "dise : si vous veniez d'envoyer un formulaire, vérifiez l'état avant de recommencer.",
        "{service} does not answer for now. If you had just sent a form, check the state before sending it again.",
    ),
    "failure.form_expired.title": ("Ce formulaire a expiré", "This form has expired"),
    "failure.form_expired.text": (
        "La page était ouverte depuis trop longtemps, ou dans une autre session. Rechargez-la, puis renvoyez.",
        "The page had been open for too long, or in another session. Reload it, then send again.",
    ),
    "failure.error.title": ("Une erreur est survenue", "An error occurred"),
    "failure.error.text": (
        "L'erreur est de notre côté et elle est consignée. Réessayez ; si elle revient, citez le numéro ci-dessous.",
        "The error is on our side and it is recorded. Try again; if it comes back, quote the number below.",
    ),
    "failure.request": ("Numéro de la demande", "Request number"),
    "failure.retry": ("Réessayer", "Try again"),
    "failure.part": (
        "{service} ne répond pas : cette partie de la page manque.",
        "{service} does not answer: this part of the page is missing.",
    ),
    "label.service.identity": ("La base des comptes", "The accounts database"),
    "label.service.ingest": ("Le service des logements et des offres", "The dwellings and offers service"),
    "label.service.scoring": ("Le service des territoires", "The territories service"),
    "label.service.matching": ("Le service des propositions", "The proposals service"),
    "label.service.notify": ("Le service des alertes", "The alerts service"),
}
