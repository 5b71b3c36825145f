"""Words of the landlord's pages and of forms."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "entry.required": ("Ce champ est nécessaire.", "This field is needed."),
    "entry.number": (
        "Ce n'est pas un nombre. Attendu : par exemple 410 ou 410,50.",
        "Not a number. Expected: 410 or 410.50.",
    ),
    "entry.whole": (
        "Ce n'est pas un nombre entier. Attendu : par exemple 3.",
        "Not a whole number. Expected: for instance 3.",
    ),
    "entry.unknown_name": (
        "Ce nom n'a pas été reconnu, ou il y en a plusieurs.",
        "This name is not known, or there are several.",
    ),
    "entry.remedy": ("À essayer : {remedy}", "To try: {remedy}"),
    "vacancies.title": ("Vos logements vacants", "Your vacant dwellings"),
    "vacancies.count.one": ("{count} logement", "{count} dwelling"),
    "vacancies.count.other": ("{count} logements", "{count} dwellings"),
    "vacancies.more": ("sur cette page ; la liste continue", "on this page; the list goes on"),
    "vacancies.none": (
        "Aucun logement publié. Publiez le premier : il comptera dans son territoire en une seconde.",
        "No dwelling published. Publish the first: it will count in its territory within a second.",
    ),
    "vacancies.none_filtered": ("Aucun logement ne correspond à ces filtres.", "No dwelling fits these filters."),
    "vacancies.published": ("Tous ceux qui sont publiés", "All that are published"),
    "vacancies.status": ("État", "State"),
    "vacancies.confirmed": ("Confirmé", "Confirmed"),
    "vacancies.confirmed_at": ("confirmé {when}", "confirmed {when}"),
    "vacancies.one": ("Logement {reference}", "Dwelling {reference}"),
    "vacancies.form_lead": (
        "Seuls les champs sans mention « facultatif » sont nécessaires. Ce que vous laissez vide reste inconnu.",
        "Only the fields not marked “optional” are needed. What you leave empty stays unknown.",
    ),
    "vacancies.reference": ("Votre référence", "Your reference"),
    "vacancies.reference_hint": (
        "Celle de votre logiciel, par exemple RES-12-A04.",
        "That of your software, for instance RES-12-A04.",
    ),
    "vacancies.commune": ("Commune", "Commune"),
    "vacancies.typology": ("Typologie", "Size"),
    "vacancies.surface": ("Surface habitable", "Living area"),
    "vacancies.rent": ("Loyer hors charges", "Rent without charges"),
    "vacancies.charges": ("Charges récupérables", "Recoverable charges"),
    "vacancies.from": ("Disponible à partir du", "Available from"),
    "vacancies.until": ("Disponible jusqu'au", "Available until"),
    "vacancies.floor": ("Étage (0 : rez-de-chaussée)", "Floor (0: ground floor)"),
    "vacancies.lift": ("Ascenseur", "Lift"),
    "vacancies.accessible": ("Accessible en fauteuil roulant", "Wheelchair accessible"),
    "vacancies.dpe": ("Étiquette énergie (DPE)", "Energy label (DPE)"),
    "vacancies.financing": ("Financement", "Financing"),
    "vacancies.tenure": ("Mode de location", "Tenure"),
    "vacancies.save": ("Enregistrer et confirmer", "Save and confirm"),
    "vacancies.publish_now": ("Publier ce logement", "Publish this dwelling"),
    "vacancies.withdraw": ("Retirer ce logement", "Withdraw this dwelling"),
    "vacancies.withdraw_title": ("Ce logement n'est plus à louer ?", "This dwelling is no longer to let?"),
    "vacancies.withdraw_text": (
        "Le retirer le sort de son territoire à l'instant. S'il est réservé par une proposition, elle est libérée et "
        "l'accompagnant prévenu.",
        "Withdrawing takes it out of its territory at once. If a proposal has reserved it, that is released and the "
        "caseworker told.",
    ),
    "vacancies.withdraw_reason": ("Motif", "Reason"),
    "label.withdrawal.let": ("Loué", "Let"),
    "label.withdrawal.works": ("Travaux", "Works"),
    "label.withdrawal.sold": ("Vendu ou démoli", "Sold or demolished"),
    "label.withdrawal.error": ("Publié par erreur", "Published by mistake"),
    "vacancies.done.created": ("Logement publié.", "Dwelling published."),
    "vacancies.done.updated": ("Logement mis à jour.", "Dwelling updated."),
    "vacancies.done.unchanged": (
        "Rien n'a changé : le logement est confirmé.",
        "Nothing changed: the dwelling is confirmed.",
    ),
    "vacancies.done.withdrawn": ("Logement retiré.", "Dwelling withdrawn."),
}
