"""Words of the page that says what is real, how it is computed, and how to contest."""

from typing import Final

MESSAGES: Final[dict[str, tuple[str, str]]] = {
    "demo.title": ("Ce qui est réel, ce qui est simulé", "What is real and what is simulated"),
    "demo.real": ("Réel", "Real"),
    "demo.real.stock": (
        "Le stock de départ : offres d'emploi d'un jour, par commune et métier (21/12/2021), et logements sociaux vacants "
        "par commune (01/01/2024).",
        "The starting stock: job offers of one day, by commune and occupation (21/12/2021), and vacant social dwellings "
        "by commune (01/01/2024).",
    ),
    "demo.real.places": (
        "Les communes, intercommunalités, zones d'emploi et contours ; les métiers du ROME.",
        "Communes, EPCI, employment areas and outlines; the occupations of the ROME.",
    ),
    "demo.real.path": (
        "Le chemin des données : publications par HTTP, événements, comptes, scores, propositions, alertes.",
        "The path of the data: publications by HTTP, events, counts, scores, proposals, alerts.",
    ),
    "demo.simulated": ("Simulé", "Simulated"),
    "demo.simulated.attributes": (
        "Ce que les sources ne disent pas : surface, loyer, date, contrat, salaire, tirés de distributions écrites.",
        "What the sources do not say: area, rent, date, contract, wage, drawn from written distributions.",
    ),
    "demo.simulated.stream": (
        "Le flux : les logements et offres qui arrivent et partent pendant la démonstration.",
        "The stream: the dwellings and offers that come and go during the demonstration.",
    ),
    "demo.simulated.people": (
        "Les ménages, les bailleurs et les personnes : aucun n'existe.",
        "Households, landlords and people: none exists.",
    ),
    "demo.not_now": (
        "Cette installation n'est pas une démonstration : ce qu'elle montre vient de ses propres flux. Ce qui suit décrit "
        "la démonstration livrée avec Ancrage.",
        "This installation is not a demonstration: what it shows comes from its own feeds. What follows describes the "
        "demonstration that ships with Ancrage.",
    ),
    "demo.accounts": ("Comptes de démonstration", "Demonstration accounts"),
    "demo.no_accounts": (
        "Les comptes sont affichés dans le terminal par « ancrage demo ».",
        "The accounts are printed in the terminal by “ancrage demo”.",
    ),
    "demo.role": ("Rôle", "Role"),
    "demo.computation": ("Comment le calcul propose", "How the computation proposes"),
    "demo.computation.gates": (
        "D'abord les conditions : taille et surface, loyer au regard des ressources, accessibilité, métier, trajet, "
        "permis, territoires souhaités, règles du programme. Une information inconnue n'exclut pas : elle est à confirmer.",
        "First the conditions: size and area, rent against resources, accessibility, occupation, commute, licence, "
        "territories wanted, rules of the programme. Unknown excludes nothing: it is to be confirmed.",
    ),
    "demo.computation.homes": (
        "Puis l'ordre des logements pour un ménage : métier, trajet, part du loyer, territoire souhaité, taille, contrat.",
        "Then the order of homes for a household: occupation, commute, share of rent, territory wanted, size, contract.",
    ),
    "demo.computation.households": (
        "Entre ménages, seuls comptent les priorités de la loi (CCH L441-1), le besoin déclaré d'accessibilité et "
        "l'attente. Jamais les ressources, l'origine ou les refus passés.",
        "Between households only lawful priorities (CCH L441-1), the declared need of accessibility and waiting time "
        "count. Never income, origin or past refusals.",
    ),
    "demo.contest": (
        "Toute personne peut demander les règles qui lui ont été appliquées, les contester et obtenir qu'une autre "
        "personne réexamine la proposition : par son accompagnant, ou par l'organisation qui l'accompagne "
        "(CRPA L311-3-1, RGPD article 22).",
        "Anyone may ask for the rules applied to them, contest them, and have another person review the proposal: through "
        "their caseworker or the organisation that supports them (CRPA L311-3-1, GDPR article 22).",
    ),
    "demo.sources": ("Sources et licences", "Sources and licences"),
}
